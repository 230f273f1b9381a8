#!/usr/bin/python3
"""How many instructions the program takes for a packet: what callgrind counts more for a longer
capture of the same generated traffic than for a shorter one. They repeat, as times do not.

  instructions_test.py RCODESCOPE GENERATE LIBPCAP_LOOP COMPILER

instructions.txt has the figure of each compiler. A commit that needs more changes it there, and its
message says why; one that needs less changes it, too, so that the next one cannot lose that again.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

SHORT, LONG = 20_000, 60_000  # packets
TOLERATED = 0.03
SKIPPED = 77


def counted(command, folder):
    profile = Path(folder) / "profile"
    subprocess.run(["valgrind", "--tool=callgrind", f"--callgrind-out-file={profile}", *command],
                   check=True, capture_output=True)
    return int(re.search(r"^(?:totals|summary): (\d+)", profile.read_text(encoding="utf-8"),
                         re.MULTILINE).group(1))


def per_packet(command, captures, folder):
    fewer, more = (counted([*command, capture], folder) for capture in captures)
    return (more - fewer) / (LONG - SHORT)


def generate(program, folder):
    """The shorter and the longer capture."""
    captures = []
    for packets in (SHORT, LONG):
        captures.append(f"{folder}/{packets}.pcap")
        subprocess.run([program, "--packets", str(packets), "--seed", "1", "--out", captures[-1]],
                       check=True, capture_output=True)
    return captures


def of_a_packet(rcodescope, captures, folder):
    replay = [rcodescope, "replay", "--quiet", "--workers", "1", "--hash-key", "1"]
    return per_packet(replay, captures, folder)


def main():
    rcodescope, generator, libpcap_loop, compiler = sys.argv[1:]
    figures = Path(__file__).with_name("instructions.txt").read_text(encoding="utf-8")
    known = dict(line.rsplit(maxsplit=1) for line in figures.splitlines()
                 if line and not line.startswith("#"))
    if compiler not in known:
        print(f"instructions.txt has no figure of {compiler}")
        return SKIPPED
    with tempfile.TemporaryDirectory(prefix="rcodescope-instructions-") as folder:
        captures = generate(generator, folder)
        ours = of_a_packet(rcodescope, captures, folder)
        loop = per_packet([libpcap_loop], captures, folder)
    most = float(known[compiler]) * (1 + TOLERATED)
    print(f"{ours:.1f} instructions a packet, at most {most:.1f}; libpcap's loop {loop:.1f}")
    return 0 if ours <= most else 1


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/python3
"""Compares what whole programs cost on one capture file.

Runs the programs in turn, round after round, and sets the CPU time (user and system, of all
threads) of each against the baseline's in the same round. A single pair says little on a shared
machine: the figure is the median of the rounds' ratios, and there is no verdict when the baseline
itself spreads too far.

With --peers, what else reads such files is measured beside it, each at what it does fastest; what
is not installed is left out and said. Debian has them: tcpdump dnscap dnstop dnsjit tshark.

Exit codes: 0 measured, 1 --gate exceeded, 64 usage, 66 no such file, 70 a program failed or did not
read the whole capture.
"""

import argparse
import json
import os
import pathlib
import shlex
import shutil
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time

WIDEST_SPREAD = 1.25
FEWEST_PAIRS = 7
BASELINE = "libpcap_loop"
SUBJECT = "rcodescope"
PIPED = "rcodescope, pipe"  # reads its standard input; whoever writes it is not measured
HERE = pathlib.Path(__file__).resolve().parent
DNSCAP_PLUGINS = f"/usr/lib/{sysconfig.get_config_var('MULTIARCH')}/dnscap"
PEERS = {
    "mmap walk": "{build}/bench/mmap_walk {file}",
    "tcpdump -w": "tcpdump -q -r {file} -w /dev/null",
    "dnsjit, codes": "dnsjit {here}/peers/rcodes.lua {file}",
    "dnsjit, clients": "dnsjit {here}/peers/rcodes.lua {file} clients",
    "dnscap -w": "dnscap -r {file} -w -",
    "dnscap rssm": "dnscap -r {file} -P {plugins}/rssm.so -D -S -w {folder}/rssm",
    "dnstop -X": "dnstop -X {file}",
    "tshark": "tshark -n -q -r {file} -z dns,tree",
}

EXIT_GATE = 1
EXIT_USAGE = 64
EXIT_NO_INPUT = 66
EXIT_FAILED = 70


class Failure(Exception):
    pass


class Parser(argparse.ArgumentParser):
    def error(self, message):
        self.print_usage(sys.stderr)
        self.exit(EXIT_USAGE, f"{self.prog}: {message}\n")


def parse_arguments(folder):
    """`folder` is where peers may leave what they write."""
    root = HERE.parent
    parser = Parser(description=__doc__.split("\n\n")[0])
    parser.add_argument("file", help="the capture file")
    parser.add_argument("--build", type=pathlib.Path, default=root / "build",
                        help="build directory with app/rcodescope and bench/libpcap_loop "
                             "(default: %(default)s)")
    parser.add_argument("--rcodescope", help="the program to judge, in place of the build's")
    parser.add_argument("--baseline", help="the libpcap_loop program, in place of the build's")
    parser.add_argument("--peer", action="append", default=[], metavar="NAME=COMMAND",
                        help="a program to measure beside it; {file} stands for the capture")
    parser.add_argument("--peers", action="store_true", help="measure all known peers beside it")
    parser.add_argument("--pairs", type=int, default=11,
                        help="rounds, at least %d (default: %%(default)s)" % FEWEST_PAIRS)
    parser.add_argument("--gate", type=float, metavar="RATIO",
                        help=f"exit {EXIT_GATE} when {SUBJECT}'s median ratio is above it")
    parser.add_argument("--json", metavar="OUT", help="write all figures to this file")
    arguments = parser.parse_args()
    if arguments.pairs < FEWEST_PAIRS:
        parser.error(f"--pairs must be at least {FEWEST_PAIRS}")
    arguments.rcodescope = arguments.rcodescope or str(arguments.build / "app" / "rcodescope")
    arguments.baseline = arguments.baseline or str(arguments.build / "bench" / "libpcap_loop")
    arguments.folder = folder
    named = {}
    for peer in arguments.peer:
        name, equals, command = peer.partition("=")
        if not (name and equals and "{file}" in command):
            parser.error(f"--peer {peer!r}: NAME=COMMAND with {{file}} is wanted")
        if name in (BASELINE, SUBJECT, PIPED, *PEERS, *named):
            parser.error(f"--peer {name}: there is a program of that name already")
        named[name] = command
    arguments.commands = known_peers(arguments) if arguments.peers else {}
    arguments.commands.update({name: words(command, arguments) for name, command in named.items()})
    return arguments


def words(command, arguments):
    """The command's words, with its places filled in."""
    places = {"file": arguments.file, "here": str(HERE), "build": str(arguments.build),
              "folder": arguments.folder, "plugins": DNSCAP_PLUGINS}
    return [word.format(**places) for word in shlex.split(command)]


def known_peers(arguments):
    commands = {}
    for name, command in PEERS.items():
        split = words(command, arguments)
        if shutil.which(split[0]):
            commands[name] = split
        else:
            print(f"compare.py: {name}: {split[0]} is not here", file=sys.stderr)
    return commands


def prepare_page_cache(path):
    """A freshly written file lies in small folios of the page cache, which cost a reader that maps
    it a page fault every 4 KiB: out with it, and in again in large ones by reading it in order."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_SEQUENTIAL)
        while os.read(descriptor, 1 << 20):
            pass
    finally:
        os.close(descriptor)


def run(command, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL):
    """Seconds of CPU and of wall clock that one run takes."""
    with tempfile.TemporaryFile() as errors:
        begin = time.monotonic()
        try:
            process = subprocess.Popen(command, stdin=stdin, stdout=stdout, stderr=errors)
        except OSError as error:
            raise Failure(f"{command[0]}: {error.strerror}") from None
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            errors.seek(0)
            text = errors.read().decode(errors="replace").strip()
            raise Failure(f"{shlex.join(command)}: exit {process.returncode}: {text}")
    return {"cpu": usage.ru_utime + usage.ru_stime, "wall": wall}


def run_piped(command, path):
    with subprocess.Popen(["cat", path], stdout=subprocess.PIPE) as writer:
        with writer.stdout as pipe:
            return run(command, stdin=pipe)


def count_packets(baseline, path):
    with tempfile.TemporaryFile() as output:
        run([baseline, path], stdout=output)
        output.seek(0)
        return int(output.read())


def check_subject(program, path, packets):
    """A program that does not read everything is fast."""
    with tempfile.TemporaryDirectory() as folder:
        report = os.path.join(folder, "report.json")
        run([program, "replay", "--workers", "1", "--json", report, path])
        with open(report, encoding="utf-8") as file:
            seen = json.load(file)["frames"]["seen"]
    if seen != packets:
        raise Failure(f"{program} saw {seen} frames of {packets}")


def measure(programs, path, pairs):
    """One list of runs for each program; the order turns round after every round."""
    def run_once(name):
        return run_piped(programs[name], path) if name == PIPED else run(programs[name])

    runs = {name: [] for name in programs}
    names = list(programs)
    for name in names:
        run_once(name)
    for _ in range(pairs):
        for name in names:
            runs[name].append(run_once(name))
        names.reverse()
    return runs


def spread_of(values):
    return {"min": min(values), "median": statistics.median(values), "max": max(values)}


def evaluate(runs, packets):
    baseline = [one["cpu"] for one in runs[BASELINE]]
    if min(baseline) <= 0:
        raise Failure("the capture is too short to measure")
    programs = {}
    for name, results in runs.items():
        cpu = [one["cpu"] for one in results]
        ratios = [own / base for own, base in zip(cpu, baseline)]
        programs[name] = {
            "cpu_ns_per_packet": spread_of([seconds * 1e9 / packets for seconds in cpu]),
            "wall_seconds": spread_of([one["wall"] for one in results]),
            "ratio": spread_of(ratios),
            "ratios": ratios,
            "runs": results,
        }
    spread = max(baseline) / min(baseline)
    return {"programs": programs, "baseline": BASELINE, "baseline_spread": spread,
            "valid": spread <= WIDEST_SPREAD}


def show(result):
    print(f"{result['file']}: {result['packets']:,} packets of {result['bytes_per_packet']:.1f} "
          f"bytes on average, {result['pairs']} pairs")
    print(f"{'':16}{'CPU ns/packet':^27}{'wall s':^27}{'ratio of CPU':^24}")
    print(f"{'program':16}" + f"{'min':>8}{'median':>8}{'max':>8}   " * 3)
    for name, figures in result["programs"].items():
        cells = [f"{figures[key][statistic]:8.{digits}f}" + ("   " if statistic == "max" else "")
                 for key, digits in (("cpu_ns_per_packet", 1), ("wall_seconds", 3), ("ratio", 3))
                 for statistic in ("min", "median", "max")]
        print(f"{name:16}" + "".join(cells).rstrip())
    spread = result["baseline_spread"]
    if result["valid"]:
        ratio = result["programs"][SUBJECT]["ratio"]["median"]
        print(f"verdict: {SUBJECT} takes {ratio:.3f} × the CPU of {BASELINE} "
              f"(which spread {spread:.2f}×)")
    else:
        print(f"no verdict: {BASELINE} itself spread {spread:.2f}×, more than {WIDEST_SPREAD}×")


def main():
    with tempfile.TemporaryDirectory(prefix="rcodescope-compare-") as folder:
        return compare(parse_arguments(folder))


def compare(arguments):
    path = arguments.file
    if not os.path.isfile(path):
        print(f"compare.py: {path}: no such file", file=sys.stderr)
        return EXIT_NO_INPUT
    try:
        prepare_page_cache(path)
        packets = count_packets(arguments.baseline, path)
        if packets == 0:
            raise Failure(f"{path} holds no packet")
        check_subject(arguments.rcodescope, path, packets)
        replay = [arguments.rcodescope, "replay", "--workers", "1", "--json", "/dev/null"]
        programs = {
            BASELINE: [arguments.baseline, path],
            SUBJECT: [*replay, path],
            PIPED: [*replay, "-"],
            **arguments.commands,
        }
        result = evaluate(measure(programs, path, arguments.pairs), packets)
    except Failure as failure:
        print(f"compare.py: {failure}", file=sys.stderr)
        return EXIT_FAILED
    file_header, record_header = 24, 16
    size = os.path.getsize(path) - file_header - record_header * packets
    result.update(file=path, packets=packets, bytes_per_packet=size / packets,
                  pairs=arguments.pairs, gate=arguments.gate)
    show(result)
    if arguments.json:
        with open(arguments.json, "w", encoding="utf-8") as file:
            json.dump(result, file, indent=1)
            file.write("\n")
    ratio = result["programs"][SUBJECT]["ratio"]["median"]
    if arguments.gate is not None and result["valid"] and ratio > arguments.gate:
        print(f"above the gate of {arguments.gate}")
        return EXIT_GATE
    return 0


if __name__ == "__main__":
    sys.exit(main())

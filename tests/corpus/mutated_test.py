#!/usr/bin/python3
"""Mutated messages of the captures, decoded by the tool and by tshark. Where they differ, a walk over
the bytes that shares no code with either must give the tool's answer and one of five causes.

  mutated_test.py OBSERVE [MESSAGES [SEED]]
"""

import os
import struct
import subprocess
import sys
import tempfile
import unittest
from collections import Counter
from pathlib import Path

import observe
import records
import truth
from message_mutations import Mutator, seeds

PER_FILE = 50_000  # tshark remembers every exchange of a file
LINKTYPE_IPV4 = 228
SERVER, CLIENT = bytes((192, 0, 2, 53)), bytes((198, 51, 100, 7))
FIELDS = ("frame.number", "dns.id", "dns.flags.opcode", "dns.flags.rcode", "dns.resp.ext_rcode", "_ws.malformed")
TSHARK = ["tshark", "-n", "-d", "udp.port==53,dns", "--disable-heuristic", "dns_udp", "-T", "fields",
          "-E", "occurrence=a", "-E", "separator=;"]  # fmt: skip
MOST_SHOWN = 20

messages_wanted = int(sys.argv.pop(2)) if len(sys.argv) > 2 else 20_000
seed = int(sys.argv.pop(2)) if len(sys.argv) > 2 else 1


def write_capture(path, messages):
    with open(path, "wb") as out:
        out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262_144, LINKTYPE_IPV4))
        for number, message in enumerate(messages):
            # Each has a port of its own: tshark takes no two for one exchange.
            udp = struct.pack(">HHHH", 53, 1024 + number % 60_000, 8 + len(message), 0) + message
            ip = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0) + SERVER + CLIENT
            out.write(struct.pack("<IIII", 1_700_000_000 + number // 1000, 0, len(ip + udp), len(ip + udp)))
            out.write(ip + udp)


def tshark(path):
    """{frame: (id, opcode, nibble, [upper bits of each OPT], malformed)}."""
    wanted = [part for field in FIELDS for part in ("-e", field)]
    done = subprocess.run([*TSHARK, *wanted, "-r", path], capture_output=True, text=True, check=True)
    found = {}
    for line in done.stdout.splitlines():
        number, *rest = line.split(";")
        uppers = [int(upper, 0) for upper in rest[3].split(",") if upper]
        fixed = [int(value.split(",")[0], 0) if value else None for value in rest[:3]]
        found[int(number)] = (*fixed, uppers, rest[4] != "")
    return found


def agreement(message, theirs, ours):
    """How the two agree, the cause of their difference, or None: there is no such cause, or the
    walk does not say what the tool says."""
    identity, opcode, nibble, uppers, malformed = theirs
    walk = records.walk_message(message, len(message))
    full = ours["certainty"] == "full"
    first = next((opt.upper for opt in walk.opts if opt.believed()), 0)
    if (
        (identity, opcode, nibble) != (ours["id"], ours["op"], ours["rc"])
        or (ours["reason"] or "full") not in walk.certainties()
        or full and ours["xrc"] != (first << 4 | nibble)
    ):
        return None
    if full and len(uppers) <= 1 and ours["xrc"] == (sum(uppers) << 4 | nibble):
        return "agree"
    if not full and not uppers:
        return "agree on the nibble, and know no more"
    if len(walk.opts) > 1:
        return "several OPTs"
    if any(opt.section != 3 or not opt.root for opt in walk.opts):
        return "misplaced or non-root OPT"
    if walk.cut_inside_opt or not all(opt.fits for opt in walk.opts):
        return "cut inside the OPT"
    if malformed and full:
        return "tshark stops in bad RDATA before the OPT"
    if any(records.reaches_reserved_label(message, name) for name in walk.names):
        return "tshark reads labels of a kind that is reserved"
    return None


class MutatedTest(unittest.TestCase):
    def test_every_difference_has_a_cause(self):
        mutator = Mutator(seeds(), seed)
        counts, unclassified = Counter(), []
        left = messages_wanted
        with tempfile.TemporaryDirectory(prefix="rcodescope-mutated-") as folder:
            path = Path(folder) / "mutated.pcap"
            while left:
                messages = [mutator.next() for _ in range(min(left, PER_FILE))]
                left -= len(messages)
                write_capture(path, messages)
                theirs = tshark(path)
                run = observe.run(path, seconds=300)
                self.assertEqual(run.faults(), [])
                self.assertEqual([ours["f"] for ours in run.messages], list(range(1, len(messages) + 1)))
                for message, ours in zip(messages, run.messages):
                    cause = agreement(message, theirs[ours["f"]], ours)
                    counts[cause] += 1
                    if cause is None and len(unclassified) < MOST_SHOWN:
                        unclassified.append(f"{message.hex()}\n    tshark {theirs[ours['f']]}\n    ours   {ours}")
        for cause, count in counts.most_common():
            print(f"\n  {count:8} {cause}", end="")
        print(f"\n  seed {seed}, {messages_wanted} messages", end=" ")
        self.assertEqual(unclassified, [], "\n".join(unclassified))
        self.assertGreater(counts["agree"], messages_wanted // 4)


if __name__ == "__main__":
    observe.main()

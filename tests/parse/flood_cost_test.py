#!/usr/bin/python3
"""What decoding honest traffic costs beside floods, as a ratio of callgrind's instructions to those
of the same traffic undisturbed; and that floods cost no message, no memory and no frame's end.

  flood_cost_test.py PROGRAM

RCODESCOPE_LONG_TESTS=1: a million frames of each flood instead of a hundred thousand.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

program = sys.argv.pop(1)

LONG = bool(os.environ.get("RCODESCOPE_LONG_TESTS"))
FRAMES = ("200000", "1000000") if LONG else ("20000", "100000")
LEAST_RATE = 0.70
MOST_GROWTH = 1 << 20  # bytes, of nothing to do with floods


def instructions(parts):
    """{run: instructions of the honest batches}."""
    found = {}
    for part in parts:
        name = re.search(r"^desc: Trigger: Client Request: (.+)$", part, re.MULTILINE)
        total = re.search(r"^(?:totals|summary): (\d+)", part, re.MULTILINE)
        if name and total:
            found[name.group(1)] = int(total.group(1))
    return found


class FloodTest(unittest.TestCase):
    def test_honest_traffic_goes_on_beside_floods(self):
        with tempfile.TemporaryDirectory(prefix="rcodescope-callgrind-") as folder:
            command = ["valgrind", "--tool=callgrind", "--collect-atstart=no",
                       f"--callgrind-out-file={folder}/profile", program, *FRAMES]
            subprocess.run(command, check=True, capture_output=True)
            counted = instructions(path.read_text(encoding="utf-8") for path in Path(folder).iterdir())
        for name, count in counted.items():
            print(f"\n  {name:14} {counted['undisturbed'] / count:5.2f}", end="")
        print("", end=" ")
        self.assertEqual(len(counted), 6)
        for name, count in counted.items():
            with self.subTest(name):
                self.assertGreaterEqual(counted["undisturbed"] / count, LEAST_RATE)

    def test_floods_cost_no_message_no_memory_and_no_frames_end(self):
        done = subprocess.run([program, *FRAMES], check=True, capture_output=True, text=True)
        runs = {run["name"]: run for run in map(json.loads, done.stdout.splitlines())}
        self.assertEqual(len(runs), 6)
        for name, run in runs.items():
            with self.subTest(name):
                self.assertEqual(run["ended"], run["frames"])
                self.assertEqual(run["held"], 0)
                self.assertEqual(run["honest"], runs["undisturbed"]["honest"])
                self.assertLessEqual(run["grown"], MOST_GROWTH)
        # Whatever does not fit is told: of so many streams and datagrams most have been evicted.
        flood = int(FRAMES[1])
        for name, event, count in (
            ("half_open", "streams_evicted", flood),
            ("half_message", "streams_evicted", flood),
            ("first_only", "datagrams_evicted", flood),
            ("rose", "datagrams_evicted", flood / 2),
        ):
            with self.subTest(name):
                self.assertGreater(runs[name][event], count / 2)
        self.assertGreaterEqual(runs["teardrop"]["datagrams_refused"], flood / 2)


if __name__ == "__main__":
    unittest.main(verbosity=2)

#!/usr/bin/python3
"""Small incidents as capture files through the whole program: it counts what was written, and says
of the incident what the detector says of the same responses as windows.

    incident_packets_test.py RCODESCOPE INCIDENT_PACKETS

Each of the ten kinds comes in turn. RCODESCOPE_LONG_TESTS=1 takes fifty incidents, else it is five.
"""

import datetime
import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "bench" / "incidents"))

import judge  # noqa: E402  (its folder is put on the path above)

PROGRAM, WRITER = sys.argv[1:3]
# An outage, a lame server, a wild client, a block and a rate limit.
FEW = (10, 12, 14, 17, 19)
SEEDS = range(50) if os.environ.get("RCODESCOPE_LONG_TESTS") else FEW


def seconds(time):
    """Of a time in a report, since 1970."""
    if time is None:
        return None
    whole, fraction = time.rstrip("Z").split(".")
    return datetime.datetime.fromisoformat(whole + "+00:00").timestamp() + float("0." + fraction)


def written(seed, capture):
    """The truth about a capture, which is written."""
    done = subprocess.run(
        [WRITER, "--seed", str(seed), "--out", capture], stdout=subprocess.PIPE, check=True
    )
    return json.loads(done.stdout)


def replayed(capture):
    """The program's report of a capture."""
    done = subprocess.run(
        [PROGRAM, "replay", "--json", "-", capture], stdout=subprocess.PIPE, check=True
    )
    return json.loads(done.stdout)


def verdict(scenario, spikes):
    """What is right about spikes: (found, keys, class), and how many of them are false."""
    (judged,), false = judge.verdicts({**scenario, "spikes": {judge.DETECTOR: spikes}}, judge.DETECTOR)
    return (judged["found"], judged.get("right"), judged.get("class")), len(false)


class IncidentPacketsTest(unittest.TestCase):
    def test_the_program_says_what_the_detector_says(self):
        found = right = classed = 0
        for seed in SEEDS:
            with self.subTest(seed=seed), tempfile.TemporaryDirectory() as folder:
                capture = Path(folder) / "incident.pcap"
                scenario = written(seed, capture)
                report = replayed(capture)
                counted = {row["rcode"]: row["responses"] for row in report["rcodes"] if row["responses"]}
                self.assertEqual(counted, scenario["responses"])
                spikes = [
                    {**spike, **{key: seconds(spike[key]) for key in ("begin", "detected", "end")}}
                    for spike in report["spikes"]
                ]
                of_program = verdict(scenario, spikes)
                of_detector = verdict(scenario, scenario["spikes"][judge.DETECTOR])
                what = judge.describe_incident(scenario, scenario["incidents"][0])
                self.assertEqual(of_program, of_detector, what)
                self.assertEqual(of_program[1], 0, what)
                found += of_program[0][0]
                right += bool(of_program[0][1])
                classed += bool(of_program[0][2])
        self.assertEqual(found, len(SEEDS))
        self.assertGreaterEqual(right, 0.95 * len(SEEDS))
        self.assertGreaterEqual(classed, 0.9 * len(SEEDS))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)

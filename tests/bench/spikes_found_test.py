#!/usr/bin/python3
"""The spike detector on a few seeded incidents and quiet days: loose limits, for the proof proper is
bench/incidents/proof.py, on more and other seeds. Takes minutes: with RCODESCOPE_LONG_TESTS=1 only.

    spikes_found_test.py INCIDENTS
"""

import json
import os
import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "bench" / "incidents"))

import judge  # noqa: E402  (its folder is put on the path above)

PROGRAM = sys.argv[1]
FIRST_SEED = 500_000
SCENARIOS = 4
QUIET = 2  # of half a day each


def run(*arguments):
    done = subprocess.run([PROGRAM, *map(str, arguments)], stdout=subprocess.PIPE, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


@unittest.skipUnless(os.environ.get("RCODESCOPE_LONG_TESTS") == "1", "takes minutes: RCODESCOPE_LONG_TESTS=1")
class SpikesFoundTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.busy = run("--seed", FIRST_SEED, "--count", SCENARIOS)
        cls.quiet = run("--quiet", "--seed", FIRST_SEED, "--count", QUIET, "--seconds", 43_200)

    def test_incidents_are_found_and_explained(self):
        scores, _, wrong = judge.score(self.busy)
        score = scores[judge.DETECTOR]
        what = "\n".join(wrong)
        self.assertGreaterEqual(score.due, 5 * SCENARIOS)
        self.assertGreaterEqual(score.found, 0.9 * score.due, what)
        self.assertLessEqual(judge.quantile(score.delays, 0.5), 5, what)
        self.assertGreaterEqual(score.right, 0.75 * score.judged, what)
        self.assertGreaterEqual(score.classed, 0.8 * score.judged, what)

    def test_a_quiet_day_is_next_to_silent(self):
        scores, _, wrong = judge.score(self.quiet)
        self.assertLessEqual(scores[judge.DETECTOR].quiet_false, 1, "\n".join(wrong))

    def test_it_is_soon_found_where_yardsticks_are_not(self):
        """The streams are no easy ones: what is in textbooks misses some or cries wolf."""
        scores, _, _ = judge.score(self.busy)
        for yardstick in judge.YARDSTICKS:
            with self.subTest(yardstick):
                other = scores[yardstick]
                self.assertTrue(
                    other.found < 0.97 * other.due or other.busy_false > 1,
                    f"{other.found} of {other.due}, {other.busy_false} false",
                )


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)

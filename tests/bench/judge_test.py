#!/usr/bin/python3
"""The judge of spikes: what belongs to what, and which keys and classes are right."""

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "bench" / "incidents"))

import judge  # noqa: E402  (its folder is put on the path above)


def incident(**changes):
    return {
        "kind": "outage", "class": "authoritative_outage", "shape": "step", "rcode": "SERVFAIL",
        "begin": 1000.0, "end": 1100.0, "due": 1000.0, "size": 5, "usual": 4, "extra": 16,
        "zones": ["example.com."], "servers": [], "clients": [], "info_codes": [22], "names": 3,
        "causes": ["zone"], **changes,
    }


def spike(**changes):
    return {
        "rcode": "SERVFAIL", "dimension": "overall", "key": "", "kind": "above_baseline",
        "detected": 1003.0, "end": 1101.0, "rate": 20, "baseline": 4,
        "class": "authoritative_outage", "reasons": [],
        "explains": [part(zone="example.com.", share=0.9)], **changes,
    }


def part(**changes):
    return {"zone": "", "server": "", "client": "", "qtype": 0, "ede": -1, "share": 1, **changes}


def scenario(incidents, spikes):
    return {
        "seed": 1, "sensor": "resolver", "rate": 100, "begin": 0, "seconds": 3600, "surges": [],
        "losses": [], "incidents": incidents, "spikes": {judge.DETECTOR: spikes},
    }


def judged(incidents, spikes):
    return judge.verdicts(scenario(incidents, spikes), judge.DETECTOR)


class JudgeTest(unittest.TestCase):
    def test_a_spike_in_time_with_the_right_zone(self):
        (verdict,), false = judged([incident()], [spike()])
        self.assertTrue(verdict["found"] and verdict["right"] and verdict["class"])
        self.assertEqual((verdict["delay"], false), (3, []))

    def test_nothing_said_is_missed(self):
        (verdict,), false = judged([incident()], [])
        self.assertFalse(verdict["found"])
        self.assertEqual(false, [])

    def test_what_does_not_belong_is_false(self):
        for changes in (
            {"detected": 999.0},
            {"detected": 1111.0},
            {"rcode": "REFUSED"},
            {"dimension": "zone", "key": "example.net."},
        ):
            with self.subTest(changes):
                (verdict,), false = judged([incident()], [spike(**changes)])
                self.assertFalse(verdict["found"])
                self.assertEqual(len(false), 1)

    def test_an_alarm_that_was_on_before_finds_but_is_not_judged(self):
        first = incident(begin=500.0, due=500.0, zones=["example.net."])
        verdicts, _ = judged([first, incident()], [spike(detected=503.0)])
        self.assertEqual([bool(verdict["spikes"]) for verdict in verdicts], [True, False])
        self.assertTrue(verdicts[1]["found"])

    def test_of_two_at_once_the_named_one_is_meant(self):
        other = incident(begin=1001.0, due=1001.0, zones=["example.net."])
        verdicts, _ = judged([incident(), other], [spike()])
        self.assertEqual([bool(verdict["spikes"]) for verdict in verdicts], [True, False])

    def test_keys_that_are_not_the_cause_are_wrong(self):
        server = incident(causes=["zone", "server"], servers=["192.0.2.53"])
        client = incident(causes=["client"], clients=["100.64.7.3"], zones=[])
        everybody = incident(causes=[], zones=[])
        for which, parts, right in (
            (incident(), [part(zone="example.net.")], False),
            (incident(), [part(zone="example.com.", share=0.3), part(share=0.6)], False),
            (server, [part(zone="example.com.", server="192.0.2.53")], True),
            (server, [part(zone="example.com.")], False),
            (client, [part(client="100.64.7.3")], True),
            (client, [part(client="100.64.7.0/24")], True),
            (client, [part(client="100.64.0.0/10")], False),
            (client, [part(client="100.64.8.0/24")], False),
            (everybody, [part()], True),
            (everybody, [part(client="100.64.0.0/16", share=0.9)], True),
            (everybody, [part(client="100.64.7.0/24", share=0.9)], False),
            (everybody, [part(zone="example.com.", share=0.9)], False),
        ):
            with self.subTest(causes=which["causes"], parts=parts):
                (verdict,), _ = judged([which], [spike(explains=parts)])
                self.assertEqual(verdict["right"], right)

    def test_the_class_is_the_kinds(self):
        (verdict,), _ = judged([incident()], [spike(**{"class": "dnssec_failure"})])
        self.assertFalse(verdict["class"])

    def test_the_sums(self):
        scores, kinds, wrong = judge.score(
            [
                scenario([incident(), incident(begin=2000.0, end=2100.0, due=2000.0)], [spike()]),
                scenario([incident(due=None)], []),
                scenario([], [spike()]),
            ]
        )
        total = scores[judge.DETECTOR]
        self.assertEqual((total.found, total.due, total.small, total.quiet_false), (1, 2, 1, 1))
        self.assertEqual(kinds["outage"].due, 2)
        self.assertEqual(sorted(line.split()[0] for line in wrong), ["FALSE", "MISSED"])


if __name__ == "__main__":
    unittest.main()

#!/usr/bin/python3
"""The Alertmanager configuration that is shipped, in a real Alertmanager: which alerts silence which,
who is told, and that the end is told as well. The alerts have the labels of the rules."""

import datetime
import subprocess
import tempfile
import unittest
from pathlib import Path

import metrics
import program
from alertmanager_server import HINDRANCE, Alertmanager, Receiver
from metrics import DEPLOY


def alert(name, instance, severity=None, **more):
    """As Prometheus sends it, or the sensor itself, which says neither job nor component."""
    if name in ("RcodescopeSpike", "RcodescopeDisagreement"):
        return {"alertname": name, "instance": instance, "severity": "warning", **more}
    found = [rule["labels"] for rule in metrics.rules() if rule.get("alert") == name]
    labels = next(item for item in found if severity in (None, item["severity"]))
    return {"alertname": name, "job": "rcodescope", "instance": instance, **labels, **more}


SERVFAIL, REFUSED = {"rcode": "SERVFAIL"}, {"rcode": "REFUSED"}
# Each case has a sensor of its own: what fires there, and which of it wakes somebody.
CASES = {
    "a blind sensor says nothing on responses": (
        [("RcodescopeBlind", {}), ("RcodescopeRcodeSpike", SERVFAIL), ("RcodescopeZoneSpike", REFUSED),
         ("RcodescopeServfailBudgetBurn", {"severity": "critical"}), ("RcodescopeSpikeDetected", SERVFAIL)],
        {("RcodescopeBlind", "critical")},
    ),
    "nor does one that drops a hundredth": (
        [("RcodescopeFramesDropped", {"severity": "critical"}), ("RcodescopeServerSpike", SERVFAIL)],
        {("RcodescopeFramesDropped", "critical")},
    ),
    "one that drops a thousandth does": (
        [("RcodescopeFramesDropped", {"severity": "warning"}), ("RcodescopeServerSpike", SERVFAIL)],
        {("RcodescopeFramesDropped", "warning"), ("RcodescopeServerSpike", "warning")},
    ),
    "a full table distorts no count": (
        [("RcodescopeKeysOverflow", {"dimension": "client"}), ("RcodescopeZoneSpike", SERVFAIL)],
        {("RcodescopeKeysOverflow", "warning"), ("RcodescopeZoneSpike", "warning")},
    ),
    "the worse of two is enough": (
        [("RcodescopeServfailRatioHigh", {"severity": "warning", **SERVFAIL}),
         ("RcodescopeServfailRatioHigh", {"severity": "critical", **SERVFAIL}),
         ("RcodescopeRefusedRatioHigh", REFUSED)],
        {("RcodescopeServfailRatioHigh", "critical"), ("RcodescopeRefusedRatioHigh", "warning")},
    ),
    "a link that is down is why no packets come": (
        [("RcodescopeLinkDown", {"source": "eth1"}), ("RcodescopeBlind", {}), ("RcodescopeTrafficFell", {})],
        {("RcodescopeLinkDown", "critical")},
    ),
    "the detector comes before the rules, on its code": (
        [("RcodescopeSpikeDetected", SERVFAIL), ("RcodescopeRcodeSpike", SERVFAIL),
         ("RcodescopeServerSpike", REFUSED)],
        {("RcodescopeSpikeDetected", "warning"), ("RcodescopeServerSpike", "warning")},
    ),
    "which may come from the sensor itself": (
        [("RcodescopeSpike", SERVFAIL), ("RcodescopeSpikeDetected", SERVFAIL),
         ("RcodescopeZoneSpike", SERVFAIL), ("RcodescopeZoneSpike", REFUSED)],
        {("RcodescopeSpike", "warning"), ("RcodescopeZoneSpike", "warning")},
    ),
    "unless the sensor is blind": (
        [("RcodescopeSpike", SERVFAIL), ("RcodescopeDisagreement", SERVFAIL), ("RcodescopeBlind", {})],
        {("RcodescopeBlind", "critical")},
    ),
    "siblings that disagree may come from the sensor itself": (
        [("RcodescopeDisagreement", {**REFUSED, "key": "192.0.2.53"}),
         ("RcodescopeDisagreementDetected", {**REFUSED, "key": "192.0.2.53"})],
        {("RcodescopeDisagreement", "warning")},
    ),
    "what befalls another sensor says nothing on this one": (
        [("RcodescopeZoneSpike", SERVFAIL)],
        {("RcodescopeZoneSpike", "warning")},
    ),
}


class ConfigurationTest(unittest.TestCase):
    def test_amtool_takes_it(self):
        done = subprocess.run(["amtool", "check-config", DEPLOY / "prometheus" / "alertmanager.yml"],
                              capture_output=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr.decode())


@unittest.skipIf(HINDRANCE, HINDRANCE)
class AlertmanagerTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="rcodescope-alertmanager-")
        cls.addClassCleanup(folder.cleanup)
        cls.receiver = Receiver()
        cls.addClassCleanup(cls.receiver.stop)
        cls.alertmanager = Alertmanager(Path(folder.name), cls.receiver)
        cls.addClassCleanup(cls.alertmanager.stop)
        cls.alerts = [
            alert(name, case, **labels) for case, (fired, _) in CASES.items() for name, labels in fired
        ]
        cls.alertmanager.post([{"labels": labels} for labels in cls.alerts])
        cls.receiver.wait_for("firing", *(name for _, woken in CASES.values() for name, _ in woken))

    def test_which_silence_which(self):
        woken = {case: set() for case in CASES}
        for labels, silenced in self.alertmanager.alerts():
            if not silenced:
                woken[labels["instance"]].add((labels["alertname"], labels["severity"]))
        for case, (_, expected) in CASES.items():
            with self.subTest(case):
                self.assertEqual(woken[case], expected)

    def test_who_is_told_of_what_and_of_its_end(self):
        for path, _, labels, _ in list(self.receiver.told):
            self.assertEqual(path, "/pager" if labels["severity"] == "critical" else "/notes")
        past = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(seconds=1)
        self.alertmanager.post([
            {"labels": labels, "endsAt": past.isoformat()}
            for labels in self.alerts if labels["alertname"] in ("RcodescopeBlind", "RcodescopeKeysOverflow")
        ])
        self.receiver.wait_for("resolved", "RcodescopeBlind", "RcodescopeKeysOverflow")
        # What was silenced comes out when its silencer ends.
        self.receiver.wait_for("firing", "RcodescopeServfailBudgetBurn")


if __name__ == "__main__":
    program.main()

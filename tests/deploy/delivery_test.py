#!/usr/bin/python3
"""From the wire to who is woken: `rcodescope live`, a real Prometheus with the rules and three quiet
hours behind it, a real Alertmanager, and a receiver, all in a network of their own. An incident is sent
over a cable; the right alerts arrive, no others, and their end does; so do a link that goes down and a
sensor that ends. Takes 10 minutes, for nothing is shortened: RCODESCOPE_LONG_TESTS=1."""

import contextlib
import os
import signal
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

import backfill
import capture_files
import incident
import live
import metrics
import network
import program
from alertmanager_server import HINDRANCE, Alertmanager, Receiver
from metrics import RULES

LONG = bool(os.environ.get("RCODESCOPE_LONG_TESTS"))
SPIKES = {"RcodescopeRcodeSpike", "RcodescopeServerSpike", "RcodescopeZoneSpike"}
DETECTED = "RcodescopeSpikeDetected"
WHO = {"rcode": "SERVFAIL", "server": "192.0.2.53", "zone": "example.com."}


@unittest.skipIf(network.hindrance(), network.hindrance())
class LivePageTest(unittest.TestCase):
    def test_a_live_page_has_what_is_written_of_it(self):
        """So that what rules and dashboards are held to is what there is."""
        told = metrics.page()
        with network.silent_cable() as net, live.capturing(net, "--text", "off") as (_, port):
            page = live.page_with(net, port, 0)
        names = {line.split("{")[0].split(" ")[0] for line in page.splitlines() if line[:1] != "#"}
        self.assertEqual(names - set(told), set())
        # The last one appears when a key leaves the page.
        self.assertEqual(metrics.live_only() - names, {"rcodescope_key_retired_responses_total"})
        for name in names:
            for labels, _ in live.series(page, name.removeprefix("rcodescope_")):
                self.assertEqual(set(labels), told[name], name)

    def test_what_is_set_beside_the_replay_has_those_labels(self):
        for series in incident.LIVE:
            name, _, labels = series.rstrip("}").partition("{")
            with self.subTest(name):
                found = {part.split("=")[0] for part in labels.split(",") if part}
                self.assertEqual(found, metrics.known([])[name])


@unittest.skipIf(network.hindrance() or HINDRANCE, network.hindrance() or HINDRANCE)
@unittest.skipUnless(LONG, "takes 10 minutes: RCODESCOPE_LONG_TESTS=1")
class DeliveryTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="rcodescope-delivery-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.net = self.enterContext(network.silent_cable())
        self.enterContext(network.inside(self.net.server))
        self.process, port = self.enterContext(
            live.capturing(self.net, "--text", "off", "--scrape-interval", "1s")
        )
        self.instance = f"127.0.0.1:{port}"
        self.receiver = Receiver()
        self.addCleanup(self.receiver.stop)
        self.alertmanager = Alertmanager(self.folder, self.receiver)
        self.addCleanup(self.alertmanager.stop)
        now = int(time.time())
        text, _ = incident.history(self.folder, now, self.instance, 0)
        backfill.load(self.folder, text, now, backfill.PASSES[:2])
        prometheus = backfill.started(self.folder, {"rcodescope": port}, {
            "rule_files": [str(path) for path in RULES],
            "alerting": {"alertmanagers": [
                {"static_configs": [{"targets": [f"127.0.0.1:{self.alertmanager.port}"]}]}
            ]},
        })
        self.addCleanup(prometheus.stop)

    @contextlib.contextmanager
    def sending(self, name, mix):
        """15 seconds' frames of a mix, over and over, at their own pace."""
        path = self.folder / f"{name}-live.pcap"
        frames = incident.frames(mix)
        path.write_bytes(capture_files.pcap(frames))
        rate = round(len(frames) / incident.STEP)
        sender = subprocess.Popen(
            self.net.at_client(live.send_frames(), "eth0", path, str(10**9), "3600", str(rate)),
            stdout=subprocess.DEVNULL,
        )
        try:
            yield
        finally:
            sender.kill()
            sender.wait()

    def wait_for(self, what, condition, seconds):
        """Until it holds for what Alertmanager knows: [(labels, silenced)]."""
        end = time.monotonic() + seconds
        while not condition(known := self.alertmanager.alerts()):
            self.assertLess(time.monotonic(), end, f"{what}: {known}")
            time.sleep(0.2)  # between two questions

    def test_an_incident_is_told_and_its_end(self):
        """By the detector at once, and by the rules, which it silences, a minute later."""
        begin = time.monotonic()
        with self.sending("incident", incident.INCIDENT):
            self.receiver.wait_for("firing", DETECTED, seconds=60)
            print(f"detected after {time.monotonic() - begin:.0f} s")
            self.wait_for(
                "rules, silenced",
                lambda known: SPIKES <= {labels["alertname"] for labels, silenced in known if silenced},
                240,
            )
            print(f"found by the rules after {time.monotonic() - begin:.0f} s")
            for labels, _ in self.alertmanager.alerts():
                self.assertEqual((labels["job"], labels["instance"]), ("rcodescope", self.instance))
                if labels["alertname"] in SPIKES:
                    self.assertEqual({k: v for k, v in labels.items() if k in WHO},
                                     {k: v for k, v in WHO.items() if k in labels})
        with self.sending("quiet", incident.QUIET):
            self.receiver.wait_for("resolved", DETECTED, seconds=240)
            self.wait_for(
                "ended",
                lambda known: not {*SPIKES, DETECTED} & {labels["alertname"] for labels, _ in known},
                480,
            )
            print(f"ended after {time.monotonic() - begin:.0f} s")
            others = {name for _, name in self.receiver.of("firing")} - SPIKES - {DETECTED}
            self.assertLessEqual(others, {"RcodescopeServfailRatioHigh"})
            for _, _, _, notes in list(self.receiver.told):
                self.assertTrue(notes["runbook_url"].endswith(".md"))

            network.ip("link", "set", network.INTERFACE, "down")
            self.receiver.wait_for("firing", "RcodescopeLinkDown", seconds=90)
            network.ip("link", "set", network.INTERFACE, "up")
            self.receiver.wait_for("resolved", "RcodescopeLinkDown", seconds=90)
        self.process.send_signal(signal.SIGTERM)
        self.receiver.wait_for("firing", "RcodescopeDown", seconds=120)
        self.assertIn(("/pager", "RcodescopeDown"), self.receiver.of("firing"))


if __name__ == "__main__":
    program.main()

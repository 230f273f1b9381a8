#!/usr/bin/python3
"""deploy/try-alerts beside a replay that serves: its Prometheus has the sensor, the rules and an
Alertmanager, and nothing of it is left when it ends."""

import json
import os
import re
import signal
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

import metrics
import program
from alertmanager_server import HINDRANCE
from metrics import DEPLOY
from prometheus_server import fetch_here


@unittest.skipIf(HINDRANCE, HINDRANCE)
class TryAlertsTest(unittest.TestCase):
    def test_it_watches_and_ends_clean(self):
        with tempfile.TemporaryDirectory(prefix="rcodescope-test-") as folder:
            _, sensor = self.enterContext(program.serving(program.CAPTURES / "g08-servfail-ede.pcap"))
            process = subprocess.Popen(
                [DEPLOY / "try-alerts", f"127.0.0.1:{sensor}"], stdout=subprocess.PIPE,
                env={**os.environ, "TMPDIR": folder},
            )
            try:
                said = [process.stdout.readline().decode() for _ in range(3)]
                prometheus, alertmanager = (int(re.search(r"127\.0\.0\.1:(\d+)", line)[1])
                                            for line in said[:2])
                self.assertIn(f"127.0.0.1:{sensor}", said[2])
                self.assertEqual(len(list(Path(folder).iterdir())), 1)
                self.look(prometheus, alertmanager, sensor)
                process.send_signal(signal.SIGTERM)
                self.assertEqual(process.wait(program.LONGEST_RUN), 0)
            finally:
                process.kill()
                process.wait()
                process.stdout.close()
            self.assertEqual(list(Path(folder).iterdir()), [])
            for port in (prometheus, alertmanager):
                with self.assertRaises(OSError):
                    fetch_here(port, "/-/ready")

    def look(self, prometheus, alertmanager, sensor):
        def api(path):
            return json.loads(fetch_here(prometheus, f"/api/v1/{path}"))["data"]

        groups = api("rules")["groups"]
        self.assertEqual(sum(len(group["rules"]) for group in groups), len(metrics.rules()))
        end = time.monotonic() + program.LONGEST_RUN
        while True:
            targets = [(t["labels"]["job"], t["labels"]["instance"], t["health"])
                       for t in api("targets")["activeTargets"]]
            senders = api("alertmanagers")["activeAlertmanagers"]
            if senders and targets and all(health != "unknown" for *_, health in targets):
                break
            self.assertLess(time.monotonic(), end)
            time.sleep(0.1)  # between two questions
        self.assertEqual(targets, [("rcodescope", f"127.0.0.1:{sensor}", "up")])
        self.assertEqual([s["url"] for s in senders], [f"http://127.0.0.1:{alertmanager}/api/v2/alerts"])

    def test_what_is_no_address_is_usage(self):
        done = subprocess.run([DEPLOY / "try-alerts", "--sensors"], capture_output=True, check=False)
        self.assertEqual(done.returncode, 64)
        self.assertIn(b"ADDRESS:PORT", done.stdout)


if __name__ == "__main__":
    program.main()

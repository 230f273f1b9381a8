#!/usr/bin/python3
"""Spikes of a live capture, pushed to a real Alertmanager by the sandboxed program itself, one of two
that it is told of: somebody is woken, is told what it is, and is told when it is over."""

import os
import socket
import tempfile
import threading
import unittest
from pathlib import Path

import live
import program
from alertmanager_server import HINDRANCE, Alertmanager, Receiver
from capture_files import NOERROR, SERVFAIL, response, wire_name
from prometheus_server import fetch_here, free_port

PORT = 15353
PACE = 0.005  # seconds between two responses
NAME = "RcodescopeSpike"
BY_RULES = {"alertname": "RcodescopeZoneSpike", "severity": "warning", "rcode": "SERVFAIL", "zone": "broken.com."}


class Traffic:
    """Responses on loopback, all of one code at a time."""

    def __init__(self):
        self.code = SERVFAIL
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self.send)
        self.thread.start()

    def send(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.bind(("127.0.0.1", PORT))
            number = 0
            while not self.ended.wait(PACE):
                number += 1
                # Some are good at all times: without any, nobody could say that errors are few.
                code = NOERROR if number % 4 == 0 else self.code
                name = wire_name(b"host%d" % (number % 9), b"broken", b"com")
                sender.sendto(response(number % 65536, name, code), ("127.0.0.1", 20_000 + number % 40))

    def stop(self):
        self.ended.set()
        self.thread.join()


@unittest.skipIf(HINDRANCE, HINDRANCE)
@unittest.skipIf(os.geteuid() != 0, "capturing takes root")
class Push(unittest.TestCase):
    def test_told_and_told_when_over(self):
        folder = tempfile.TemporaryDirectory(prefix="rcodescope-push-")
        self.addCleanup(folder.cleanup)
        receiver = Receiver()
        self.addCleanup(receiver.stop)
        alertmanager = Alertmanager(Path(folder.name), receiver)
        self.addCleanup(alertmanager.stop)
        traffic = Traffic()
        self.addCleanup(traffic.stop)
        there, nobody = f"http://127.0.0.1:{alertmanager.port}", f"http://127.0.0.1:{free_port()}"
        command = program.command(
            "live", "-i", "lo", "--ports", str(PORT), "--listen", "127.0.0.1:0", "--workers", "1",
            "--alertmanager", nobody, "--alertmanager", there)
        with live.started(command) as (_, port):
            receiver.wait_for("firing", NAME)
            # What is shipped silences the rules' alert on the same code.
            (sensor,) = {labels["instance"] for labels, _ in alertmanager.alerts()}
            alertmanager.post([{"labels": {**BY_RULES, "instance": sensor, "job": "rcodescope"}}])
            silenced = {labels["alertname"]: by_another for labels, by_another in alertmanager.alerts()}
            self.assertEqual(silenced, {NAME: False, BY_RULES["alertname"]: True})
            traffic.code = NOERROR
            receiver.wait_for("resolved", NAME)
            page = fetch_here(port, "/metrics").decode()
        became = {(labels["url"].removesuffix("/api/v2/alerts"), labels["result"]): value
                  for labels, value in live.series(page, "alert_requests_total")}
        self.assertEqual((became[there, "failed"], became[nobody, "taken"]), (0, 0))
        self.assertGreater(became[there, "taken"], 0)
        self.assertGreater(became[nobody, "failed"], 0)
        labels, annotations = next(
            (labels, annotations) for _, status, labels, annotations in receiver.told
            if status == "firing" and labels["alertname"] == NAME)
        self.assertEqual(labels["rcode"], "SERVFAIL")
        self.assertEqual(labels["key"], "broken.com.")
        self.assertIn("SERVFAIL", annotations["summary"])
        self.assertTrue(annotations["check_next"])
        # No value that changes is a label.
        self.assertEqual(set(labels) - {"alertname", "severity", "rcode", "dimension", "kind", "key",
                                        "instance", "site"}, set())


if __name__ == "__main__":
    program.main()

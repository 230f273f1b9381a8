#!/usr/bin/python3
"""The same frames from a file, through packet sockets and through libpcap: one report."""

import json
import subprocess
import tempfile
import unittest
from pathlib import Path

import network
import program
import same_report
from live import capturing, end, fetch, send_frames, until

RATE = 20_000  # frames a second, slow enough for none to be lost

HINDRANCE = network.hindrance()


@unittest.skipIf(HINDRANCE, HINDRANCE)
class SameReportTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.net = cls.enterClassContext(network.silent_cable())

    def check(self, *options):
        for name in same_report.CAPTURES:
            with self.subTest(name), tempfile.TemporaryDirectory() as folder:
                Path(folder).chmod(0o777)  # reports are written by nobody
                self.check_capture(same_report.capture_file(name), Path(folder), options)

    def check_capture(self, capture, folder, options):
        expected = program.report("--window", "100ms", capture)
        seen = expected["frames"]["seen"]
        report = folder / "report.json"
        # A filter that lets everything pass, where the built one would keep back what is no DNS.
        with capturing(
            self.net, "--text", "off", "--json", report, *options, "--", "greater 0"
        ) as (process, port):
            subprocess.run(
                self.net.at_client(send_frames(), "eth0", capture, "0", "60", str(RATE)),
                check=True, stdout=subprocess.DEVNULL,
            )
            until(lambda: same_report.frames_on(fetch(self.net, port, "/metrics")[1]) >= seen)
            status, _, log = end(process)
        self.assertEqual(status, 0, log)
        told = json.loads(report.read_text(encoding="utf-8"))
        self.assertEqual(told["frames"]["dropped"].get("ring", 0), 0)
        same_report.check(self, told, expected)

    def test_packet_sockets(self):
        self.check("--workers", "1")

    def test_packet_sockets_of_two_workers(self):
        self.check("--workers", "2")

    def test_libpcap(self):
        self.check("--capture", "pcap")


if __name__ == "__main__":
    program.main()

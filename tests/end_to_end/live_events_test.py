#!/usr/bin/python3
"""--events and --write of a live capture: in the sandbox, at once, and no more than allowed."""

import json
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

import capture_files
import network
import program
from live import DEADLINE, capturing, page_with, send_frames, sums

HINDRANCE = network.hindrance()
RESPONSES = 400


@unittest.skipIf(HINDRANCE, HINDRANCE)
class LiveEventsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.net = cls.enterClassContext(network.cable())
        folder = tempfile.TemporaryDirectory(prefix="rcodescope-events-")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name)
        cls.capture = cls.folder / "frames.pcap"
        frames = []
        for i in range(RESPONSES):
            answer = capture_files.response(i, capture_files.wire_name(b"www", b"test"), i % 4)
            client = (f"198.51.100.{i % 50 + 1}", 999)
            frames.append((i, capture_files.udp_frame(("192.0.2.53", 53), client, answer)))
        cls.capture.write_bytes(capture_files.pcap(frames))

    def send(self):
        command = self.net.at_client(send_frames(), "eth0", self.capture, str(RESPONSES))
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True)

    def wait_for_lines(self, path, count):
        end = time.monotonic() + DEADLINE
        while time.monotonic() < end:
            if len(lines := path.read_bytes().splitlines()) >= count:
                return lines
            time.sleep(0.05)  # between two looks
        raise AssertionError(f"{len(lines)} lines, not {count}")

    def test_lines_are_there_while_it_captures(self):
        events, packets = self.folder / "events.jsonl", self.folder / "packets.pcapng"
        options = ("--events", events, "--write", packets, "--rcode", "SERVFAIL,NXDOMAIN", "--workers", "2")
        with capturing(self.net, *options) as (process, port):
            self.send()
            found = [json.loads(line) for line in self.wait_for_lines(events, RESPONSES // 2)]
            page = page_with(self.net, port, RESPONSES)
            counted = {"NOERROR": 100, "FORMERR": 100, "SERVFAIL": 100, "NXDOMAIN": 100}
            self.assertEqual(sums(page, "responses_total", "rcode"), counted, "the page is of all messages")
            self.assertEqual(sums(page, "events_total", "result"), {"written": RESPONSES // 2})
            process.terminate()
            process.communicate(timeout=DEADLINE)
            self.assertEqual(process.returncode, 0)
        self.assertEqual({e["rcode"] for e in found}, {"SERVFAIL", "NXDOMAIN"})
        self.assertEqual(sorted(e["id"] for e in found), [i for i in range(RESPONSES) if i % 4 >= 2])
        report = program.report(packets)
        self.assertEqual(program.responses(report["rcodes"]), {"SERVFAIL": 100, "NXDOMAIN": 100})

    def test_no_more_lines_than_allowed_and_all_are_counted(self):
        events = self.folder / "limited.jsonl"
        with capturing(self.net, "--events", events, "--events-rate", "30", "--workers", "2") as (process, port):
            self.send()
            page = page_with(self.net, port, RESPONSES)
            process.terminate()
            process.communicate(timeout=DEADLINE)
        found = [json.loads(line) for line in events.read_bytes().splitlines()]
        seconds = {}
        for event in found:
            seconds[event["time"][:19]] = seconds.get(event["time"][:19], 0) + 1
        self.assertLessEqual(max(seconds.values()), 30)
        self.assertGreaterEqual(len(found), 30, "both workers share what is allowed")
        self.assertEqual(sums(page, "events_total", "result"), {"written": len(found), "rate_limited": RESPONSES - len(found)})


if __name__ == "__main__":
    program.main()

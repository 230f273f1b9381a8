#!/usr/bin/python3
"""--follow beside tcpdump and dumpcap, which rotate what they capture on a cable."""

import json
import re
import signal
import subprocess
import tempfile
import unittest
import urllib.request
from pathlib import Path

import capture_files
import live
import network
import program

FRAMES = 12_000
RATE = 2_000  # a second: 6 s, in which an epoch of 5 s ends
LONGEST = 60  # seconds, for what is waited for
TCPDUMP = ["tcpdump", "-i", network.INTERFACE, "-Z", "root", "-U", "--immediate-mode", "-s", "2048", "-B", "32768"]


@unittest.skipIf(network.hindrance(), network.hindrance())
class CaptureTest(unittest.TestCase):
    def setUp(self):
        self.net = self.enterContext(network.silent_cable())
        self.place = Path(self.enterContext(tempfile.TemporaryDirectory(prefix="rcodescope-follow-")))
        self.folder = self.place / "captures"
        self.folder.mkdir()
        self.frames = self.place / "frames"
        self.frames.write_bytes(capture_files.pcap(capture_files.exchanges(2_000)))

    def start(self, command, ready):
        """A program at the server's end of the cable, once it has said so."""
        process = subprocess.Popen(self.net.at_server(*command), stderr=subprocess.PIPE, stdout=subprocess.DEVNULL)
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.wait)
        self.addCleanup(lambda: process.poll() is None and process.kill())
        for line in process.stderr:
            if ready in line:
                return process
        raise AssertionError(f"{command} does not capture")

    def stop(self, process):
        """What it said; nothing may be lost on its own way."""
        process.send_signal(signal.SIGINT)
        said = process.communicate(timeout=LONGEST)[1].decode()
        self.assertEqual(process.returncode, 0, said)
        for dropped in re.findall(r"(\d+) packets dropped by kernel", said):
            self.assertEqual(dropped, "0", said)

    def send(self):
        command = self.net.at_client(live.send_frames(), "eth0", self.frames, str(FRAMES), "60", str(RATE))
        sent = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)
        self.assertEqual(sent, {"sent": FRAMES, "refused": 0})

    def follow(self, *writer, ready=b"listening on"):
        """The report of what was followed while `writer` captured. A second capture, in one file, is the
        truth, but for times: each socket has stamps of its own."""
        truth = self.place / "truth"
        report = self.place / "report"
        events = self.place / "events"
        command = program.command("replay", "--follow", self.folder, "--listen", "127.0.0.1:0", "--text", "off", "--json", report,
                                  "--events", events)
        with live.started_following(command) as (process, port):
            writers = [self.start([*TCPDUMP, "-w", truth], b"listening on"), self.start(writer, ready)]
            self.send()
            # What is in their rings when they are told to end, captures do not write.
            live.until(lambda: program.report(truth)["frames"]["seen"] == FRAMES)
            live.until(lambda: self.lines(events) == FRAMES,
                       lambda: f"{self.lines(events)} of {FRAMES} followed; the folder holds {self.frames_there()} of them")
            for writer_process in writers:
                self.stop(writer_process)
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as page:
                on_page = sum(v for _, v in live.series(page.read().decode(), "responses_total"))
            status, _, log = live.end(process)
        self.assertEqual(status, 0, log)
        self.assertNotIn("lost", log)
        self.assertGreater(on_page, 0, "the page follows")
        expected = program.replay("--events", "-", "--text", "off", truth).stdout
        self.assertEqual(self.messages(events.read_bytes()), self.messages(expected))
        return json.loads(report.read_bytes())

    def lines(self, events):
        return events.read_bytes().count(b"\n")

    def frames_there(self):
        return program.report("--merge", *self.folder.iterdir())["frames"]["seen"]

    def messages(self, lines):
        rows = []
        for line in lines.splitlines():
            message = json.loads(line)
            del message["time"]
            rows.append(message)
        return rows

    def assert_same_as_files(self, report):
        """All that was captured is still there: read afterwards, it is the same."""
        found = program.replay("--json", "-", "--merge", *self.folder.iterdir()).stdout
        self.assertEqual(program.without_sources(json.dumps(report)), program.without_sources(found))
        self.assertEqual(report["frames"]["seen"], FRAMES)

    def names(self, report):
        return [Path(source["name"]).name for source in report["sources"] if source["packets"]]

    def test_tcpdump_by_time(self):
        report = self.follow(*TCPDUMP, "-G", "1", "-w", self.folder / "dns-%s.pcap")
        self.assertGreaterEqual(len(self.names(report)), 4)
        # The first one has no packet where a second ends before one comes.
        files = [path.name for path in sorted(self.folder.iterdir()) if path.stat().st_size > len(capture_files.pcap([]))]
        self.assertEqual(self.names(report), files)
        self.assert_same_as_files(report)

    def test_tcpdump_by_size_packed_as_soon_as_it_is_whole(self):
        self.frames.write_bytes(capture_files.pcap([(at, frame + bytes(400)) for at, frame in capture_files.exchanges(2_000)]))
        report = self.follow(*TCPDUMP, "-C", "1", "-z", "gzip", "-w", self.folder / "dns.pcap")
        self.assertGreaterEqual(len(self.names(report)), 4)
        self.assert_same_as_files(report)

    def test_tcpdump_in_a_ring(self):
        self.frames.write_bytes(capture_files.pcap([(at, frame + bytes(400)) for at, frame in capture_files.exchanges(2_000)]))
        report = self.follow(*TCPDUMP, "-C", "1", "-W", "3", "-w", self.folder / "dns.pcap")
        self.assertGreater(len(self.names(report)), 3)
        self.assertEqual(len(set(self.names(report))), 3)

    def test_dumpcap_in_a_ring(self):
        report = self.follow("dumpcap", "-q", "-i", network.INTERFACE, "-b", "duration:1", "-b", "files:3", "-w", self.folder / "dns.pcapng",
                             ready=b"File:")
        self.assertGreaterEqual(len(self.names(report)), 4)


if __name__ == "__main__":
    program.main()

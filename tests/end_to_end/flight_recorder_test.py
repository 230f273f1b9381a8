#!/usr/bin/python3
"""--flight-recorder of a live capture: when a spike begins, the responses that led to it are in a file."""

import json
import pwd
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

import capture_files
import network
import program
from live import DEADLINE, capturing, fetch, send_frames

HINDRANCE = network.hindrance()
KEPT = 512  # bytes of a frame
LONG = b"\0" * 600  # behind a message


@unittest.skipIf(HINDRANCE, HINDRANCE)
class FlightRecorderTest(unittest.TestCase):
    def setUp(self):
        self.net = self.enterContext(network.cable())
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory(prefix="rcodescope-flight-")))
        self.folder.chmod(0o777)  # files are written by nobody
        self.capture = self.folder / "frames.pcap"
        frames = []
        for i in range(100):
            code = capture_files.SERVFAIL if i % 2 else capture_files.NXDOMAIN if i % 10 == 0 else 0
            answer = capture_files.response(i, capture_files.wire_name(b"www", b"example", b"com"), code)
            client = (f"198.51.100.{i % 50 + 1}", 4000)
            frames.append((i, capture_files.udp_frame(("192.0.2.53", 53), client, answer + LONG * (i % 20 == 1))))
        self.capture.write_bytes(capture_files.pcap(frames))

    def files(self):
        return sorted(self.folder.glob("rcodescope-spike-*.pcapng"))

    def fail_until(self, condition, rate=100):
        """Sends until the condition holds."""
        sender = subprocess.Popen(
            self.net.at_client(send_frames(), "eth0", self.capture, str(rate * DEADLINE), str(DEADLINE), str(rate)),
            stdout=subprocess.DEVNULL,
        )
        try:
            end = time.monotonic() + DEADLINE
            while not condition():
                self.assertLess(time.monotonic(), end, "it did not come to pass")
                time.sleep(0.05)  # between two looks
        finally:
            sender.kill()
            sender.wait()

    def test_a_spike_leaves_a_file_that_says_why(self):
        with capturing(self.net, "--flight-recorder", self.folder, "--workers", "2") as (process, port):
            self.fail_until(self.files)
            spike = json.loads(fetch(self.net, port, "/api/v1/spikes")[1])["spikes"][0]
            process.terminate()
            _, log = process.communicate(timeout=DEADLINE)
        file, = self.files()
        self.assertEqual(spike["rcode"], "SERVFAIL")
        self.assertIn("-SERVFAIL-1.pcapng", file.name)
        self.assertIn(b'msg="what led to a spike is written"', log)
        self.assertEqual(pwd.getpwuid(file.stat().st_uid).pw_name, "nobody")
        told = subprocess.run(["capinfos", "-k", file], capture_output=True, check=True, text=True).stdout
        self.assertIn("SERVFAIL", told)
        self.assertIn("192.0.2.53", told)
        rows = subprocess.run(
            ["tshark", "-r", file, "-T", "fields", "-e", "frame.time_epoch", "-e", "frame.cap_len", "-e", "frame.len",
             "-e", "dns.flags.rcode"], capture_output=True, check=True, text=True,
        ).stdout.splitlines()
        times, captured, wire, codes = zip(*(row.split("\t") for row in rows), strict=True)
        self.assertGreater(len(rows), 50)
        self.assertEqual(set(codes), {"2"})
        self.assertEqual(list(times), sorted(times, key=float))
        self.assertEqual(max(int(n) for n in captured), KEPT)
        self.assertGreater(max(int(n) for n in wire), KEPT)

    def test_the_oldest_files_go(self):
        for name in ("rcodescope-spike-2020-01-01T000000Z-REFUSED-1.pcapng", "rcodescope-spike-notes.txt"):
            (self.folder / name).write_bytes(b"x")
        old, = self.files()
        options = ("--flight-recorder", self.folder, "--flight-recorder-files", "1", "--flight-recorder-size", "1MiB")
        with capturing(self.net, *options) as (process, _):
            self.fail_until(lambda: self.files() and self.files() != [old] and not old.exists())
        self.assertEqual(len(self.files()), 1)
        self.assertTrue((self.folder / "rcodescope-spike-notes.txt").exists())

    def test_what_cannot_be_is_refused(self):
        key = self.folder / "key"
        key.write_bytes(bytes(32))
        for options, code in (
            (("--flight-recorder", self.folder, "--pseudonym-key", key), 64),
            (("--flight-recorder", self.folder, "--no-qname"), 64),
            (("--flight-recorder", self.folder / "none"), 73),
            (("--flight-recorder", self.capture), 73),
            (("--flight-recorder-size", "1k"), 64),
        ):
            with self.subTest(options=options):
                done = program.run("live", "-i", "lo", *options)
                self.assertEqual(done.returncode, code, done.stderr)


if __name__ == "__main__":
    program.main()

#!/usr/bin/python3
"""SIGINT and SIGTERM: drain, report, 0. A second one leaves at once."""

import fcntl
import json
import os
import signal
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

import capture_files
import program
from capture_files import NXDOMAIN, wire_name

AT_ONCE = 5  # seconds, on a busy machine
FRAMES = capture_files.exchanges(100)


class SignalTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="rcodescope-signals-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def test_a_server_ends_well(self):
        capture = self.folder / "good.pcap"
        capture.write_bytes(capture_files.pcap(FRAMES))
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(number), program.serving(capture) as (process, _):
                process.send_signal(number)
                self.assertEqual(process.wait(AT_ONCE), 0)

    def reading_idle_pipe(self):
        """A replay that has read the capture from a pipe that stays open and says nothing more."""
        process = self.enterContext(
            program.running(
                "replay", "--json", "-", "-",
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            )
        )
        process.stdin.write(capture_files.pcap(FRAMES))
        process.stdin.flush()
        # The pipe is empty once the program has taken everything out of it.
        until(lambda: not unread(process.stdin) and idle(process.pid))
        return process

    def test_an_idle_pipe_is_left_and_reported(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(number):
                process = self.reading_idle_pipe()
                process.send_signal(number)
                output, errors = communicate(process)
                self.assertEqual((process.returncode, errors), (0, b""))
                self.assertEqual(json.loads(output)["frames"]["seen"], len(FRAMES))
                self.assertEqual(json.loads(output)["frames"]["residual"], 0)

    def test_a_pipe_without_a_byte_is_left(self):
        with program.running(
            "replay", "-", stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as process:
            until(lambda: mask(process.pid, "SigBlk") >> (signal.SIGTERM - 1) & 1)
            process.send_signal(signal.SIGTERM)
            _, errors = communicate(process)
            self.assertEqual((process.returncode, errors), (0, b""))

    def test_a_second_signal_leaves_at_once(self):
        """A report that nobody reads cannot be written; the program must not be stuck with it."""
        capture = self.folder / "zones.pcap"
        frames = [
            (at, capture_files.udp_frame(("192.0.2.53", 53), ("198.51.100.1", 4_000), message))
            for at, message in (
                (1000 * i, capture_files.response(i, wire_name(b"zone%d" % i, b"com"), NXDOMAIN))
                for i in range(3000)
            )
        ]
        capture.write_bytes(capture_files.pcap(frames))
        reader, writer = os.pipe()
        self.addCleanup(os.close, reader)
        try:
            process = self.enterContext(
                program.running(
                    "replay", "--json", "-", "--top", "3000", capture,
                    stdout=writer, stderr=subprocess.DEVNULL,
                )
            )
            capacity = fcntl.fcntl(writer, fcntl.F_GETPIPE_SZ)
        finally:
            os.close(writer)
        until(lambda: unread(reader) == capacity)
        process.send_signal(signal.SIGTERM)
        # A signal that is still pending swallows another of its kind.
        until(lambda: not mask(process.pid, "ShdPnd") >> (signal.SIGTERM - 1) & 1)
        self.assertIsNone(process.poll())
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(AT_ONCE), 128 + signal.SIGTERM)


def communicate(process):
    """What the process still writes; its input is not closed, as communicate() would."""
    output, errors = process.stdout.read(), process.stderr.read()
    process.wait(program.LONGEST_RUN)
    return output, errors


def unread(pipe):
    """Bytes that wait in a pipe."""
    return int.from_bytes(fcntl.ioctl(pipe, 0x541B, b"\0" * 4), "little")  # FIONREAD


def mask(pid, field):
    """A set of signals of /proc/PID/status, as a number."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1], 16)
    return 0


def idle(pid):
    """Whether all threads sleep: what came by now is counted."""
    states = [stat.read_text(encoding="utf-8") for stat in Path(f"/proc/{pid}/task").glob("*/stat")]
    return all(state.rsplit(")", 1)[1].split()[0] == "S" for state in states)


def until(condition):
    """Returns as soon as the condition holds; a failure when it does not for AT_ONCE seconds."""
    end = time.monotonic() + AT_ONCE
    while not condition():
        if time.monotonic() > end:
            raise AssertionError("it did not come to pass")
        os.sched_yield()


if __name__ == "__main__":
    program.main()

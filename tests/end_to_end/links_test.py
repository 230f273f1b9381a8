#!/usr/bin/python3
"""An interface that is deleted and made again, again and again: `rcodescope live`, as nobody in its
sandbox, takes it up each time, counts all that comes from then on, and tells the gaps."""

import os
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

import network
import program
from live import capturing, end, fetch, page_with, send_frames, series, sums, until

TIMES = 50 if os.environ.get("RCODESCOPE_LONG_TESTS") else 5
RESUMED = 2  # seconds
CAPTURE = program.CAPTURES / "g05-update.pcap"  # without TCP, of which a second time is no news

HINDRANCE = network.hindrance()


@unittest.skipIf(HINDRANCE, HINDRANCE)
class LinksTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="rcodescope-links-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.folder.chmod(0o777)  # reports are written by nobody

    def test_one_worker(self):
        self.delete_and_make("1")

    def test_two_workers(self):
        self.delete_and_make("2")

    def delete_and_make(self, workers):
        expected = program.report(CAPTURE)
        once = program.responses(expected["rcodes"])
        frames = str(expected["frames"]["seen"])
        with network.cable() as net, capturing(
            net, "--text", "off", "--workers", workers
        ) as (process, port):
            slowest = 0.0
            for times in range(1, TIMES + 1):
                network.unplug(net)
                until(lambda: self.link_up(net, port) == 0)
                begin = time.monotonic()
                network.plug(net)
                until(lambda: self.link_up(net, port) == 1)
                slowest = max(slowest, time.monotonic() - begin)
                subprocess.run(
                    net.at_client(send_frames(), "eth0", CAPTURE, frames), check=True,
                    stdout=subprocess.DEVNULL,
                )
                page = page_with(net, port, times * sum(once.values()))
                self.assertEqual(
                    sums(page, "responses_total", "rcode"),
                    {code: times * count for code, count in once.items()},
                )
                self.assertEqual(series(page, "source_gaps_total")[0][1], times)
            self.assertLess(slowest, RESUMED)
            status, _, log = end(process)
            self.assertEqual(status, 0, log)
            self.assertNotIn("level=error", log)
        print(f"{TIMES} of {TIMES} taken up again, slowest after {slowest * 1000:.0f} ms")

    def link_up(self, net, port):
        """On the page, which changes at the end of an epoch; None before the first."""
        rows = series(fetch(net, port, "/metrics")[1], "link_up")
        return rows[0][1] if rows else None


if __name__ == "__main__":
    program.main()

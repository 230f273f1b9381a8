#!/usr/bin/python3
"""Hours in which the busiest clients change all the time, before a real Prometheus that reads each 15 s and again
each 60 s: rates of the key series add up to the total's, and no counter decreases. An hour takes a minute.
Three hours with RCODESCOPE_LONG_TESTS=1, else a quarter of one."""

import itertools
import os
import random
import subprocess
import tempfile
import time
import unittest
from collections import Counter
from pathlib import Path

import capture_files
import program
from prometheus_server import Prometheus, free_port

SPEED = 60
HOURS = 3 if os.environ.get("RCODESCOPE_LONG_TESTS") else 0.25
SPAN = int(HOURS * 3600)  # s
SLOTS = 50  # keys on the page, and clients at a time
STAYS = 800  # s that a client goes on
CLIENTS = SLOTS + SLOTS * SPAN // STAYS
PACE = 5  # s between two responses to one client
CODES = (capture_files.SERVFAIL, capture_files.NXDOMAIN, 0, 0)
READERS = {"quick": 15, "slow": 60}  # s between two readings
READINGS = 20  # that a rate is taken over


def capture(path):
    """Each client begins at a time of its own. Answers with the number of responses."""
    draw = random.Random(7)
    frames = []
    name = capture_files.wire_name(b"www", b"example", b"com")
    for client in range(CLIENTS):
        begin = draw.uniform(-STAYS, SPAN)
        code = draw.choice(CODES)
        address = f"198.18.{client >> 8}.{client & 255}"
        at = begin
        while at < begin + STAYS:
            if 0 <= at < SPAN:
                answer = capture_files.response(client, name, code)
                frame = capture_files.udp_frame(("192.0.2.53", 53), (address, 4_000), answer)
                frames.append((1_767_225_600_000_000 + int(at * 1_000_000), frame))
            at += draw.uniform(0.5, 1.5) * PACE
    frames.sort(key=lambda frame: frame[0])
    path.write_bytes(capture_files.pcap(frames))
    return len(frames)


def jobs(port):
    return {"scrape_configs": [
        {"job_name": name, "scrape_interval": f"{1000 * every // SPEED}ms", "scrape_timeout": "250ms",
         "static_configs": [{"targets": [f"127.0.0.1:{port}"]}]}
        for name, every in READERS.items()
    ]}  # fmt: skip


class Series:
    """As one of the readers has them."""

    def __init__(self, job):
        self.total = f'rcodescope_responses_total{{job="{job}"}}'
        self.keys = f'rcodescope_client_responses_total{{job="{job}"}}'
        self.retired = f'rcodescope_key_retired_responses_total{{job="{job}",dimension="client"}}'


class ChurnTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = cls.enterClassContext(tempfile.TemporaryDirectory(prefix="rcodescope-churn-"))
        file = Path(folder) / "churn.pcap"
        responses = capture(file)
        port = free_port()
        cls.server = Prometheus(Path(folder), {}, more=jobs(port))
        cls.addClassCleanup(cls.server.stop)
        cls.server.wait_until_ready()
        cls.server.wait_until_scraped(READERS)  # in vain as yet
        cls.begin = time.time()
        cls.enterClassContext(program.running(
            "replay", "--speed", str(SPEED), "--listen", f"127.0.0.1:{port}", "--top", str(SLOTS), "--text", "off", file,
            stderr=subprocess.DEVNULL,
        ))
        latest = cls.begin + SPAN / SPEED + program.LONGEST_RUN
        while cls.value_now(f"sum({Series('slow').total})") != responses:
            if time.time() > latest:
                raise AssertionError("the replay does not come to its end")
            time.sleep(0.5)  # between two questions
        cls.end = time.time()

    @classmethod
    def value_now(cls, expression):
        found = cls.server.query(expression)
        return found[0][1] if found else None

    def pairs(self, name):
        """(time, value) of a reading and of the next one that has the series, of each series."""
        for samples in self.server.samples(f"{name}[{int(self.end - self.begin) + 5}s]", self.end):
            yield from itertools.pairwise(samples)

    def increments(self, name):
        """{time of a reading: what all series together have more than at the one before}"""
        more = Counter()
        for (_, before), (at, value) in self.pairs(name):
            more[at] += value - before if value >= before else value
        return more

    def test_no_counter_decreases(self):
        """But one that everybody has seen gone: what comes back begins at 0, as after a restart."""
        span = int(self.end - self.begin) + 5
        for job, every in READERS.items():
            keys = Series(job).keys
            for name in (keys, Series(job).total, Series(job).retired):
                for (left, before), (at, value) in self.pairs(name):
                    if value < before:
                        self.assertEqual((value, name), (0, keys))
                        self.assertGreater(at - left, 1.5 * every / SPEED)
            seen = self.value_now(f"count(count by (client) (last_over_time({keys}[{span}s])))")
            self.assertGreater(seen, 0.4 * CLIENTS, "they took turns")

    def test_at_each_reading_keys_and_retired_are_the_total(self):
        for job in READERS:
            series = Series(job)
            rest = f"sum({series.keys}) + (sum({series.retired}) or vector(0)) - sum({series.total})"
            found = self.server.query_range(rest, self.begin, self.end, READERS[job] / SPEED)[0][1]
            self.assertEqual(set(found), {0}, job)

    def test_what_is_read_of_keys_adds_up(self):
        for job, every in READERS.items():
            whole, keys = (self.increments(name) for name in (Series(job).total, Series(job).keys))
            self.assertGreater(len(whole), 0.8 * SPAN / every)
            self.assertEqual({at: (keys[at], whole[at]) for at in whole if keys[at] != whole[at]}, {}, job)

    def test_rates_add_up(self):
        """rate() does not extrapolate a counter to before it was 0: of a key that begins within its range, half a
        reading may be missing."""
        for job, every in READERS.items():
            if (window := READINGS * every) > SPAN / 2:
                print(f"{job}: not asked, for its range of {window} s is most of the run (RCODESCOPE_LONG_TESTS=1)")
                continue
            whole, keys = (
                self.server.query_range(f"sum(rate({name}[{1000 * window // SPEED}ms]))",
                                        self.begin + window / SPEED, self.end, every / SPEED)[0][1]
                for name in (Series(job).total, Series(job).keys)
            )
            lacking = 1 - sum(keys) / sum(whole)
            print(f"{job}: {CLIENTS} clients in {HOURS} h, rates of keys lack {100 * lacking:.3f} % of the total's")
            self.assertTrue(-0.001 <= lacking <= 0.5 / READINGS, lacking)


if __name__ == "__main__":
    program.main()

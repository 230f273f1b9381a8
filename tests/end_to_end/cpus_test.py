#!/usr/bin/python3
"""`rcodescope live --cpus`: each worker runs on its CPU and nowhere else, in the sandbox too."""

import collections
import os
import socket
import subprocess
import unittest
from pathlib import Path

import network
import program
from live import ENVIRONMENT, capturing, page_with

USAGE = 64
CPUS = sorted(os.sched_getaffinity(0))

HINDRANCE = network.hindrance()


def affinities(pid):
    """{list of CPUs: how many threads of the process may run on just these}"""
    found = collections.Counter()
    for status in Path(f"/proc/{pid}/task").glob("*/status"):
        for line in status.read_text(encoding="utf-8").splitlines():
            if line.startswith("Cpus_allowed_list:"):
                found[line.split()[1]] += 1
    return found


def listed(cpus):
    return ",".join(map(str, cpus))


@unittest.skipIf(HINDRANCE, HINDRANCE)
class PinTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.net = cls.enterClassContext(network.cable())

    def pinned(self, *options):
        """How many threads run on one CPU only, by CPU, and how many threads there are."""
        with capturing(self.net, "--text", "off", *options) as (process, port):
            page_with(self.net, port, 0)  # all its threads are there, for an epoch has ended
            found = affinities(process.pid)
        return {cpus: count for cpus, count in found.items() if cpus.isdecimal()}, found.total()

    def test_a_worker_on_each_of_the_list(self):
        if len(CPUS) < 2:
            self.skipTest("there is one CPU only")
        wanted = {str(cpu): 1 for cpu in CPUS[:2]}
        for options in ((), ("--workers", "2"), ("--user", "nobody")):
            with self.subTest(options):
                found, threads = self.pinned("--cpus", listed(CPUS[1::-1]), *options)
                self.assertEqual(found, wanted)
                self.assertGreater(threads, 2)  # the others are free

    def test_fewer_workers_than_cpus_take_the_first(self):
        if len(CPUS) < 2:
            self.skipTest("there is one CPU only")
        found, _ = self.pinned("--cpus", listed(CPUS[1::-1]), "--workers", "1")
        self.assertEqual(found, {str(CPUS[1]): 1})

    def test_libpcap(self):
        if len(CPUS) < 2:
            self.skipTest("there is one CPU only, and all threads are on it")
        found, _ = self.pinned("--cpus", str(CPUS[1]), "--capture", "pcap")
        self.assertEqual(found, {str(CPUS[1]): 1})

    def test_nobody_is_pinned_unasked(self):
        if len(CPUS) < 2:
            self.skipTest("there is one CPU only, and all threads are on it")
        self.assertEqual(self.pinned("--workers", "2")[0], {})


class RefusalTest(unittest.TestCase):
    """Before anything is opened: neither the port, which is taken, nor the interface is tried."""

    def refused(self, *options, before=()):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            done = subprocess.run(
                [*before, *program.command("live", "-i", "eth99", "--listen",
                                           f"127.0.0.1:{taken.getsockname()[1]}", *options)],
                capture_output=True, timeout=program.LONGEST_RUN, check=False, env=ENVIRONMENT,
            )
        self.assertEqual(done.returncode, USAGE, done.stderr)
        self.assertEqual(done.stderr.count(b"\n"), 1)
        return done.stderr.decode()

    def test_fewer_cpus_than_workers(self):
        message = self.refused("--cpus", str(CPUS[0]), "--workers", "2")
        self.assertIn("--cpus: fewer CPUs (1) than workers (2)", message)

    def test_a_cpu_that_is_not_there(self):
        self.assertIn("CPU 1023 is not there", self.refused("--cpus", f"{CPUS[0]},1023"))

    def test_a_cpu_that_is_not_this_process_s(self):
        if len(CPUS) < 2:
            self.skipTest("there is one CPU only")
        message = self.refused("--cpus", str(CPUS[1]), before=("taskset", "-c", str(CPUS[0])))
        self.assertIn(f"CPU {CPUS[1]} is not there, or not this process's to use", message)


if __name__ == "__main__":
    program.main()

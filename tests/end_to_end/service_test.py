#!/usr/bin/python3
"""What a service manager hears of `rcodescope live` (sd_notify(3)), in the sandbox: this test is the
manager."""

import select
import socket
import tempfile
import time
import unittest
from pathlib import Path

import live
import network
import program
from live import DEADLINE, capturing, end, fetch, page_with, series

WATCHDOG = 1.0  # seconds

HINDRANCE = network.hindrance()


class Manager:
    """Its socket, at a path, which network namespaces have in common."""

    def __init__(self, path):
        self.path = str(path)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        self.socket.settimeout(DEADLINE)

    def hear(self):
        return self.socket.recv(4096).decode()

    def hear_until(self, word):
        """All that is heard before that word."""
        heard = []
        while (state := self.hear()) != word:
            heard.append(state)
        return heard

    def waits(self):
        return bool(select.select([self.socket], [], [], 0)[0])


@unittest.skipIf(HINDRANCE, HINDRANCE)
class ServiceTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.net = cls.enterClassContext(network.cable())

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="rcodescope-service-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        environment = dict(live.ENVIRONMENT)
        self.addCleanup(setattr, live, "ENVIRONMENT", environment)
        live.ENVIRONMENT = dict(environment)

    def managed(self, watchdog=WATCHDOG):
        path = self.folder / "notify"
        live.ENVIRONMENT["NOTIFY_SOCKET"] = str(path)
        if watchdog:
            live.ENVIRONMENT["WATCHDOG_USEC"] = str(int(watchdog * 1_000_000))
        manager = Manager(path)
        self.addCleanup(manager.socket.close)
        return manager

    def check(self, *options):
        """READY, WATCHDOG in time again and again, STOPPING, and then the end."""
        manager = self.managed()
        with capturing(self.net, "--text", "off", *options) as (process, port):
            self.assertEqual(manager.hear(), "READY=1")
            heard = time.monotonic()
            for _ in range(4):
                self.assertEqual(manager.hear(), "WATCHDOG=1")
                self.assertLess(time.monotonic() - heard, WATCHDOG * live.patience())
                heard = time.monotonic()
            page = page_with(self.net, port, 0)
            sandbox = {labels["feature"]: value for labels, value in series(page, "sandbox")}
            for feature in ("user", "capabilities", "no_new_privs", "seccomp"):
                self.assertEqual(sandbox[feature], 1, feature)
            status, _, log = end(process)
            self.assertEqual(status, 0, log)
            self.assertNotIn("service manager", log)
        self.assertLessEqual(set(manager.hear_until("STOPPING=1")), {"WATCHDOG=1"})
        while manager.waits():
            self.assertEqual(manager.hear(), "WATCHDOG=1")

    def test_one_worker(self):
        self.check("--workers", "1")

    def test_two_workers(self):
        self.check("--workers", "2")

    def test_libpcap(self):
        self.check("--capture", "pcap")

    def test_without_a_watchdog_it_is_not_told(self):
        manager = self.managed(watchdog=None)
        with capturing(self.net, "--text", "off") as (process, port):
            page_with(self.net, port, 0)
            self.assertEqual(end(process)[0], 0)
        self.assertEqual([manager.hear(), manager.hear()], ["READY=1", "STOPPING=1"])
        self.assertFalse(manager.waits())

    def test_a_manager_that_does_not_listen_holds_nothing_up(self):
        """Its queue is full: frames are counted, pages change, and the end comes."""
        manager = self.managed()
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as filler:
            filler.setblocking(False)
            with self.assertRaises(BlockingIOError):
                while True:
                    filler.sendto(b"X=1", manager.path)
        with capturing(self.net, "--text", "off") as (process, port):
            page_with(self.net, port, 0)
            self.assertEqual(fetch(self.net, port, "/-/ready")[0], 200)
            status, _, log = end(process)
            self.assertEqual(status, 0, log)

    def test_one_that_is_not_there_is_named(self):
        live.ENVIRONMENT["NOTIFY_SOCKET"] = str(self.folder / "absent")
        with capturing(self.net, "--text", "off") as (process, _):
            status, _, log = end(process)
            self.assertEqual(status, 0, log)
            self.assertRegex(log, "service manager cannot be told.*absent.*No such file")


if __name__ == "__main__":
    program.main()

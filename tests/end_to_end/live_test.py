#!/usr/bin/python3
"""`rcodescope live` beside a real server (NSD) that answers a real client (dig), in network
namespaces: every count is the client's, code by code. Then how it ends, and how it fails."""

import collections
import json
import os
import signal
import socket
import stat
import subprocess
import tempfile
import unittest
from pathlib import Path

import clients
import name_servers
import network
import program
from live import (
    AT_ONCE_IDLE, DEADLINE, ENVIRONMENT, capturing, check_at_once, end, fetch, flood, page_with,
    series, sums, until,
)
from name_servers import ZONE

USAGE, NO_INPUT, UNAVAILABLE, CANNOT_CREATE, NO_PERMISSION = 64, 66, 69, 73, 77
NOBODY = 65534

# A question to dig, its options, and how often: what a server answers differently.
QUESTIONS = (
    ("www." + ZONE, (), 40),
    ("alias." + ZONE, (), 7),
    ("www." + ZONE + " AAAA", (), 5),
    ("nothere." + ZONE, (), 23),
    ("www.elsewhere.example", (), 11),
    ("www." + ZONE, ("+edns=1", "+noednsnegotiation"), 9),
    ("www." + ZONE, ("+opcode=STATUS",), 3),
    ("www." + ZONE, ("+tcp",), 13),
    ("nothere." + ZONE, ("+tcp",), 4),
    ("www." + ZONE, ("-y", "hmac-sha256:nobody.:c2VjcmV0"), 6),
)

FLOODS = 100 if os.environ.get("RCODESCOPE_LONG_TESTS") else 5

HINDRANCE = network.hindrance()

@unittest.skipIf(HINDRANCE, HINDRANCE)
class LiveTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.net = cls.enterClassContext(network.cable())

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="rcodescope-live-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.folder.chmod(0o777)  # reports are written by nobody


class CountTest(LiveTest):
    def test_packet_sockets(self):
        self.count("ring", 2)

    def test_libpcap(self):
        self.count("kernel", 1, "--capture", "pcap")

    def count(self, stage, workers, *options):
        """Every count is the client's, code by code. `stage`: where this capture may drop frames."""
        report = self.folder / "report.json"
        with name_servers.serving(name_servers.Nsd, self.net), capturing(
            self.net, "--text", "off", "--json", report, "--workers", str(workers), *options
        ) as (process, port):
            told = {}
            for client, server in (
                (network.CLIENT_V4, network.SERVER_V4),
                (network.CLIENT_V6, network.SERVER_V6),
            ):
                told[client, server] = clients.dig(self.net, server, QUESTIONS)
            expected = sum(told.values(), collections.Counter())
            page = page_with(self.net, port, expected.total())
            self.check_page(page, expected, workers)
            self.assertEqual(fetch(self.net, port, "/-/ready")[0], 200)
            self.assertEqual(fetch(self.net, port, "/-/healthy")[0], 200)
            status, _, log = end(process)
            self.assertEqual(status, 0, log)
        self.check_report(json.loads(report.read_text(encoding="utf-8")), told, stage)
        self.assertEqual(report.stat().st_uid, NOBODY)

    def check_page(self, page, expected, workers):
        asked = 2 * sum(times for _, _, times in QUESTIONS)
        self.assertGreater(len(expected), 5, expected)
        self.assertEqual(sums(page, "responses_total", "rcode"), expected)
        self.assertEqual(sum(v for _, v in series(page, "queries_total")), asked)
        tcp = 2 * sum(times for _, options, times in QUESTIONS if "+tcp" in options)
        self.assertEqual(sums(page, "responses_total", "transport")["tcp"], tcp)
        # A key that came after the first page waits; by code, the sum is that of all responses.
        retired = sums(page, "key_retired_responses_total", "rcode")
        self.assertEqual(retired, {})
        for dimension in ("client", "server", "zone"):
            with self.subTest(dimension=dimension):
                self.assertEqual(sums(page, f"{dimension}_responses_total", "rcode"), expected)
        residuals = dict((l["layer"], v) for l, v in series(page, "conservation_residual"))
        self.assertEqual((residuals["engine"], residuals["messages"]), (0, 0))
        self.assertIn("source", residuals)
        self.assertEqual(sums(page, "frames_dropped_total", "stage"), {})
        self.assertEqual(
            {(labels["source"], value) for labels, value in series(page, "link_up")},
            {(network.INTERFACE, 1.0)},
        )
        self.assertEqual(dict((l["worker"], v) for l, v in series(page, "worker_stalled")),
                         {str(worker): 0 for worker in range(workers)})
        self.assertLess(series(page, "capture_lag_seconds")[0][1], DEADLINE)
        sandbox = {labels["feature"]: value for labels, value in series(page, "sandbox")}
        self.assertEqual(set(sandbox), {"user", "capabilities", "no_new_privs", "seccomp",
                                        "landlock_files", "landlock_network"})
        for feature in ("user", "capabilities", "no_new_privs", "seccomp"):
            self.assertEqual(sandbox[feature], 1, feature)

    def check_report(self, report, told, stage):
        expected = sum(told.values(), collections.Counter())
        self.assertEqual(program.responses(report["rcodes"]), expected)
        for (client, server), codes in told.items():
            for dimension, key in (("client", client), ("server", server)):
                with self.subTest(dimension=dimension, key=key):
                    rows = [row for row in report[dimension + "s"] if row[dimension] == key]
                    self.assertEqual([row["rcodes"] for row in rows], [codes])
        self.assertEqual(report["frames"]["residual"], 0)
        self.assertEqual(report["frames"]["held"], 0)
        self.assertEqual(report["frames"]["dropped"][stage], 0)


class KeysTest(LiveTest):
    def test_a_key_waits_for_a_tenure_and_then_counts(self):
        """`--scrape-interval` is that of the slowest reader; a tenure is twice as long."""
        with name_servers.serving(name_servers.Nsd, self.net), capturing(
            self.net, "--text", "off", "--scrape-interval", "200ms"
        ) as (_, port):
            page = page_with(self.net, port, 0)
            self.assertEqual(self.of_client(page), None)
            clients.dig(self.net, network.SERVER_V4, (("www." + ZONE, (), 5),))
            until(lambda: self.of_client(fetch(self.net, port, "/metrics")[1]) == 0)
            asked = 5
            while self.of_client(page) in (None, 0):
                clients.dig(self.net, network.SERVER_V4, (("www." + ZONE, (), 1),))
                asked += 1
                page = page_with(self.net, port, asked)
            self.assertLess(self.of_client(page), asked)
            self.assertEqual(sums(page, "client_responses_total", "rcode"), {"NOERROR": asked})
            self.assertEqual(sums(page, "key_admissions_total", "dimension")["client"], 1)

    def of_client(self, page):
        for labels, value in series(page, "client_responses_total"):
            if labels == {"client": network.CLIENT_V4, "rcode": "NOERROR"}:
                return value
        return None


class EndTest(LiveTest):
    def test_an_idle_interface_is_left_at_once(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(number):
                check_at_once(self, [self.end_idle(number) for _ in range(3)], AT_ONCE_IDLE)

    def end_idle(self, number):
        with capturing(self.net, "--text", "off") as (process, _):
            status, took, log = end(process, number)
        self.assertEqual(status, 0, log)
        self.assertNotIn("level=error", log)
        return took

    def test_under_flood_every_frame_is_accounted_for(self):
        """What the kernel offered until the door was shut is counted or told as dropped."""
        report = self.folder / "report.json"
        times = []  # until it had ended
        for _ in range(FLOODS):
            with capturing(
                self.net, "--text", "off", "--json", report, "--ring-size", "1MiB", "--workers", "2"
            ) as (process, port), flood(self.net, program.CAPTURES / "g01-badvers.pcap"):
                page_with(self.net, port, 1000)
                status, took, log = end(process)
            self.assertEqual(status, 0, log)
            times.append(took)
            self.assertNotIn("level=error", log)  # a residual, say
            told = json.loads(report.read_text(encoding="utf-8"))
            self.assertEqual(told["frames"]["residual"], 0)
            self.assertGreater(told["messages"]["responses"], 1000)
        check_at_once(self, times)

    def test_a_second_signal_leaves_at_once(self):
        """A report to a pipe that nobody reads cannot be written."""
        pipe = self.folder / "pipe"
        os.mkfifo(pipe)
        pipe.chmod(0o666)
        with capturing(self.net, "--text", pipe, "--workers", "2") as (process, port):
            page_with(self.net, port, 0)  # all its threads are there
            busy = threads(process.pid)
            process.send_signal(signal.SIGTERM)
            until(lambda: threads(process.pid) <= busy - 3)  # two workers and the collector
            self.assertIsNone(process.poll())
            process.send_signal(signal.SIGTERM)
            self.assertEqual(process.wait(DEADLINE), 128 + signal.SIGTERM)

    def test_ready_says_503_never_after_the_start(self):
        with capturing(self.net, "--text", "off") as (_, port):
            page_with(self.net, port, 0)
            self.assertEqual(fetch(self.net, port, "/-/ready")[0], 200)

    def test_without_sandbox_the_process_stays_roots(self):
        with capturing(self.net, "--text", "off", "--no-sandbox") as (process, port):
            page = page_with(self.net, port, 0)
            self.assertEqual(sums(page, "sandbox", "feature"), {})
            self.assertEqual(os.stat(f"/proc/{process.pid}").st_uid, 0)


class RefusalTest(LiveTest):
    """Nothing is half-started: one message, the right status, no report."""

    def refused(self, *arguments, before=()):
        done = subprocess.run(
            self.net.at_server(*before, *program.command("live", *arguments)),
            capture_output=True, timeout=program.LONGEST_RUN, check=False, env=ENVIRONMENT,
        )
        message = done.stderr.decode()
        self.assertNotIn("capturing", message)
        self.assertEqual(done.stdout, b"")
        return done.returncode, message

    def test_no_such_interface(self):
        status, message = self.refused("-i", "eth99", "--listen", "off")
        self.assertEqual(status, NO_INPUT, message)
        self.assertIn("eth99", message)

    def test_no_permission(self):
        status, message = self.refused(
            "-i", network.INTERFACE, "--listen", "off",
            before=("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"),
        )
        self.assertEqual(status, NO_PERMISSION, message)
        self.assertIn("CAP_NET_RAW", message)

    def test_a_filter_that_does_not_compile(self):
        status, message = self.refused("-i", network.INTERFACE, "--listen", "off", "--", "no sense")
        self.assertEqual(status, USAGE, message)
        self.assertIn("no sense", message)

    def test_the_port_is_taken(self):
        # In the namespace of this test, which the program is started in this time.
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            done = program.run("live", "-i", "eth99", "--listen", f"127.0.0.1:{port}",
                               env=ENVIRONMENT)
        # The interface is not there either: the port was tried first.
        self.assertEqual(done.returncode, UNAVAILABLE, done.stderr)
        self.assertIn(str(port).encode(), done.stderr)

    def test_no_such_user(self):
        status, message = self.refused("-i", network.INTERFACE, "--user", "no-such-user")
        self.assertEqual(status, USAGE, message)
        self.assertIn("no-such-user", message)

    def test_a_folder_for_reports_that_is_not_there(self):
        path = self.folder / "absent" / "report.json"
        status, message = self.refused("-i", network.INTERFACE, "--json", path)
        self.assertEqual(status, CANNOT_CREATE, message)
        self.assertIn(str(path), message)

    def test_a_folder_that_nobody_may_write_to(self):
        self.folder.chmod(stat.S_IRWXU)
        path = self.folder / "report.json"
        status, message = self.refused("-i", network.INTERFACE, "--listen", "off", "--json", path)
        self.assertEqual(status, CANNOT_CREATE, message)
        self.assertIn("--user", message)


def threads(pid):
    return len(list(Path(f"/proc/{pid}/task").iterdir()))


if __name__ == "__main__":
    program.main()

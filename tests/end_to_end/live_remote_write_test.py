#!/usr/bin/python3
"""--remote-write of a live capture, as root and in its sandbox: what a real Prometheus is sent, also when it
was away, are the figures of the capture, and nothing that could be kept is lost."""

import json
import os
import socket
import tempfile
import time
import unittest
import urllib.error
import urllib.request
from pathlib import Path

import live
import program
import remote_write
from capture_files import NOERROR, SERVFAIL, response, wire_name
from prometheus_server import free_port

PORT = 15454
EPOCH = 0.2  # seconds
AWAY = 60 if os.environ.get("RCODESCOPE_LONG_TESTS") == "1" else 3  # seconds
EVERYTHING = '{__name__=~"rcodescope_.*"}'


class Traffic:
    """Responses on loopback."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", PORT))
        self.sent = 0

    def send(self, count, code=NOERROR, zone=b"example"):
        for _ in range(count):
            self.sent += 1
            message = response(self.sent % 65536, wire_name(b"www", zone, b"com"), code)
            self.socket.sendto(message, ("127.0.0.1", 20_000 + self.sent % 40))

    def close(self):
        self.socket.close()


@unittest.skipIf(os.geteuid() != 0, "capturing takes root")
class LiveTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="rcodescope-remote-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.folder.chmod(0o755)
        self.spool = self.folder / "spool"
        self.spool.mkdir()
        self.spool.chmod(0o777)  # of whom the program becomes
        self.port = free_port()
        self.traffic = Traffic()
        self.addCleanup(self.traffic.close)

    def prometheus(self):
        server = remote_write.prometheus(self.folder, self.port)
        self.addCleanup(server.stop)
        return server

    def capturing(self, *arguments, target=None):
        return live.started(program.command(
            "live", "-i", "lo", "--ports", str(PORT), "--listen", "127.0.0.1:0", "--workers", "1",
            "--window", "100ms", "--epoch", f"{int(EPOCH * 1000)}ms", "--json", "-", "--external-label",
            "instance=sensor", "--remote-write", target or remote_write.url(self.port), *arguments))

    def end(self, process):
        """(report, what became of samples)"""
        process.terminate()
        out, log = process.communicate(timeout=program.LONGEST_RUN)
        self.assertEqual(process.returncode, 0, log)
        (counts,) = remote_write.counts(log.decode())
        return json.loads(out), counts

    def page(self, port):
        """Empty before the first epoch has ended."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as reply:
                return reply.read().decode()
        except urllib.error.HTTPError:
            return ""

    def value(self, port, name):
        return sum(value for _, value in live.series(self.page(port), name))

    def last_values(self, server):
        """{rcode: responses} before the series ended, whenever that was."""
        expression = "sum by (rcode) (last_over_time(rcodescope_responses_total[10m])) > 0"
        return {labels["rcode"]: value for labels, value in server.query(expression)}

    def pages(self, server):
        return sum(v for _, v in server.query("count_over_time(rcodescope_build_info[10m])"))

    def test_the_figures_are_those_of_the_report(self):
        server = self.prometheus()
        with self.capturing() as (process, port):
            self.traffic.send(500)
            live.until(lambda: self.value(port, "responses_total") >= 500)
            self.traffic.send(70, SERVFAIL, b"broken")
            live.until(lambda: self.value(port, "responses_total") >= 570)
            page = self.page(port)
            live.until(lambda: server.query("sum(rcodescope_responses_total)")[0][1] == 570)
            report, counts = self.end(process)
        in_force = {labels["feature"]: value for labels, value in live.series(page, "sandbox")}
        self.assertEqual((in_force["seccomp"], in_force["user"]), (1, 1))
        self.assertEqual(counts["sent"], counts["samples"])
        self.assertEqual(self.last_values(server), {"NOERROR": 500, "SERVFAIL": 70})
        self.assertEqual(program.responses(report["rcodes"]), {"NOERROR": 500, "SERVFAIL": 70})
        # Nothing began unseen: each counter has been 0.
        least = server.query("max by (rcode) (min_over_time(rcodescope_responses_total[10m]))")
        self.assertEqual({value for _, value in least}, {0})
        # All series have ended: without that, Prometheus would show them for 5 minutes.
        live.until(lambda: server.query(EVERYTHING) == [])

    def test_counts_of_its_own_add_up_on_every_page(self):
        server = self.prometheus()
        with self.capturing() as (process, port):
            live.until(lambda: self.value(port, "export_samples_total") > 0)
            for _ in range(20):
                page = self.page(port)
                one = {name: sum(v for _, v in live.series(page, f"export_samples_{name}"))
                       for name in ("in_total", "total", "dropped_total", "pending")}
                self.assertEqual(one["in_total"], one["total"] + one["dropped_total"] + one["pending"])
            self.assertGreater(self.value(port, "export_last_success_timestamp_seconds"), time.time() - 60)
            self.end(process)
        self.assertTrue(server.query("last_over_time(rcodescope_export_samples_total[10m])"))

    def test_one_that_is_away_for_a_while_gets_all(self):
        server = self.prometheus()
        with self.capturing() as (process, port):
            live.until(lambda: self.value(port, "export_samples_total") > 0)
            server.stop()
            begin = time.monotonic()
            while time.monotonic() < begin + AWAY or self.value(port, "export_samples_retried_total") == 0:
                self.traffic.send(10)
                time.sleep(EPOCH)  # the pace of the traffic
            server = self.prometheus()
            live.until(lambda: self.value(port, "export_samples_pending") == 0)
            report, counts = self.end(process)
        self.assertEqual(counts["sent"], counts["samples"])
        self.assertGreater(counts["retried"], 0)
        self.assertEqual(self.last_values(server), {"NOERROR": self.traffic.sent})
        self.assertEqual(report["frames"]["residual"], 0)
        # A page of every epoch is there, also of those while it was away.
        self.assertGreaterEqual(self.pages(server), AWAY / EPOCH * 0.8)

    def test_what_is_left_at_the_end_is_sent_by_the_next(self):
        with self.capturing("--remote-write-spool", str(self.spool)) as (process, port):
            self.traffic.send(30)
            live.until(lambda: self.value(port, "responses_total") >= 30)
            begin = time.monotonic()
            _, first = self.end(process)
            self.assertLess(time.monotonic() - begin, 4 * live.patience(), "it does not wait for the target")
        self.assertEqual(first["in_spool"], first["samples"])
        self.assertTrue(all(file.stat().st_mode & 0o777 == 0o600 for file in self.spool.iterdir()))
        server = self.prometheus()
        with self.capturing("--remote-write-spool", str(self.spool), "--external-label", "run=second") as (process, port):
            live.until(lambda: self.value(port, "export_samples_pending") == 0)
            _, second = self.end(process)
        self.assertEqual(second["sent"], second["samples"])
        self.assertEqual(list(self.spool.iterdir()), [])
        found = server.query('sum(last_over_time(rcodescope_responses_total{run=""}[10m]))')
        self.assertEqual([value for _, value in found], [30])

    def test_a_spool_that_it_may_not_use(self):
        self.spool.chmod(0o700)
        done = program.run("live", "-i", "lo", "--listen", "off", "--remote-write", remote_write.url(self.port),
                           "--remote-write-spool", self.spool, env=live.ENVIRONMENT)
        self.assertEqual(done.returncode, 73, done.stderr)
        self.assertIn(b"--user", done.stderr)

    def test_one_that_never_answers_holds_nothing_up(self):
        with socket.create_server(("127.0.0.1", 0)) as deaf:
            target = remote_write.url(deaf.getsockname()[1])
            with self.capturing("--remote-write-patience", "1s", target=target) as (process, port):
                for round_ in range(1, 6):
                    self.traffic.send(200)
                    live.until(lambda: self.value(port, "responses_total") == 200 * round_)
                self.assertGreater(self.value(port, "export_samples_pending"), 0)
                begin = time.monotonic()
                report, counts = self.end(process)
                self.assertLess(time.monotonic() - begin, 8 * live.patience())
        self.assertEqual(counts["lost_at_end"], counts["samples"])
        self.assertEqual(program.responses(report["rcodes"]), {"NOERROR": 1000})
        self.assertEqual(sum(report["frames"]["dropped"].values()), 0)

    def test_series_that_leave_the_page_end(self):
        responder = remote_write.Responder()
        self.addCleanup(responder.stop)
        with self.capturing("--top", "1", "--scrape-interval", "100ms", target=responder.url) as (process, port):
            def listed():
                return {labels["zone"] for labels, _ in live.series(self.page(port), "zone_responses_total")}
            for zone in (b"early", b"late"):
                # Often enough to be at the head of the page.
                while f"{zone.decode()}.com." not in listed():
                    self.traffic.send(50, NOERROR, zone)
            while "early.com." in listed():
                self.traffic.send(50, NOERROR, b"late")
            self.end(process)
        series = {}
        for sample in responder.samples():
            series.setdefault(sample.labels, []).append(sample)
        zones = {}
        for labels, samples in series.items():
            times = [sample.ms for sample in samples]
            self.assertEqual(times, sorted(set(times)))
            self.assertIsNone(samples[-1].value, labels)
            if ("__name__", "rcodescope_zone_responses_total") in labels:
                self.assertEqual(samples[0].value, 0, labels)
                zones.setdefault(dict(labels)["zone"], set()).add(times[-1])
        self.assertLess(max(zones["early.com."]), min(zones["late.com."]))


if __name__ == "__main__":
    program.main()

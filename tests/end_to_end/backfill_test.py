#!/usr/bin/python3
"""--openmetrics into a real Prometheus: what it answers are the figures of the JSON report."""

import json
import socket
import subprocess
import tempfile
import time
import unittest
import urllib.parse
import urllib.request
from datetime import datetime, timezone
from pathlib import Path

import capture_files
import program
from prometheus_server import START, Prometheus

DAY = 86_400
BEGIN = 1_767_225_600  # 2026-01-01T00:00:00Z
CODES = (0, 0, 0, 3, 2, 5)


def corpus():
    """The captures of servers under load, where the large corpus is found."""
    folder = program.REPOSITORY.parent / "shared" / "corpus" / "generated"
    return sorted(folder.glob("g18-load-*.pcap"))


NAMES = {0: "NOERROR", 2: "SERVFAIL", 3: "NXDOMAIN", 5: "REFUSED"}


def synthetic_day(path):
    """An exchange every 20 s for a day, but none for two hours; SERVFAIL only from noon to one. Answers
    with {(code, minute): responses}."""
    frames, minutes = [], {}
    for i, second in enumerate(range(0, DAY, 20)):
        if 6 * 3600 <= second < 8 * 3600:
            continue
        code = 2 if 12 * 3600 <= second < 13 * 3600 else CODES[i % 4]
        client = (f"198.51.100.{i % 9 + 1}", 20_000 + i % 1000)
        name = capture_files.wire_name(b"www", b"zone%d" % (i % 3), b"com")
        answer = capture_files.response(i % 65536, name, code)
        minutes[(NAMES[code], second // 60)] = minutes.get((NAMES[code], second // 60), 0) + 1
        at = (BEGIN + second) * 1_000_000 + 500_000
        frames.append((at, capture_files.udp_frame(("192.0.2.53", 53), client, answer)))
    path.write_bytes(capture_files.pcap(frames))
    return minutes


def samples(text):
    """{series: [(time, value)]}"""
    found = {}
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        series, value, time = line.rsplit(" ", 2)
        found.setdefault(series, []).append((float(time), float(value)))
    return found


def seconds(text):
    return datetime.fromisoformat(text[:19]).replace(tzinfo=timezone.utc).timestamp()


class FormatTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="rcodescope-backfill-")
        cls.addClassCleanup(folder.cleanup)
        cls.capture = Path(folder.name) / "day.pcap"
        synthetic_day(cls.capture)
        done = program.replay("--openmetrics", "-", "--openmetrics-step", "60s", cls.capture)
        if done.returncode != 0:
            raise AssertionError(done.stderr.decode())
        cls.text = done.stdout.decode()
        cls.samples = samples(cls.text)

    def test_times_are_seconds_and_in_order(self):
        for series, points in self.samples.items():
            times = [time for time, _ in points]
            self.assertEqual(times, sorted(set(times)), series)
            self.assertTrue(all(time % 60 == 0 for time in times), series)
            self.assertTrue(BEGIN <= times[0] and times[-1] <= BEGIN + DAY, series)

    def test_counters_begin_at_zero_and_never_decrease(self):
        for series, points in self.samples.items():
            if "_total{" not in series:
                continue
            values = [value for _, value in points]
            self.assertEqual(values, sorted(values), series)
            self.assertEqual(values[0], 0, series)

    def test_it_ends_as_openmetrics_does(self):
        self.assertTrue(self.text.endswith("\n# EOF\n"))
        self.assertEqual(self.text.count("# EOF"), 1)
        names = [line.split()[2] for line in self.text.splitlines() if line.startswith("# TYPE")]
        self.assertEqual(len(names), len(set(names)), "no family stands there twice")
        self.assertFalse([name for name in names if name.endswith("_total")])

    def test_quiet_hours_cost_few_samples(self):
        points = next(p for s, p in self.samples.items() if s.startswith("rcodescope_responses_total") and 'rcode="NOERROR"' in s and p[-1][1])
        quiet = [time for time, _ in points if BEGIN + 6 * 3600 + 600 < time < BEGIN + 8 * 3600 - 60]
        self.assertEqual(quiet, [])

    def test_the_reports_do_not_depend_on_it(self):
        plain = program.replay("--json", "-", self.capture).stdout
        done = program.replay("--json", "-", "--openmetrics", "/dev/null", "--workers", "3", self.capture)
        self.assertEqual(done.stdout, plain)

    def test_what_cannot_be_written_is_told(self):
        done = program.replay("--openmetrics", "/dev/full", self.capture)
        self.assertEqual(done.returncode, 73)
        done = program.replay("--openmetrics", "-", "--text", "-", self.capture)
        self.assertEqual(done.returncode, 64)
        done = program.replay("--into-prometheus", "/nosuch", self.capture)
        self.assertEqual(done.returncode, 73)
        self.assertIn(b"/nosuch", done.stderr)
        done = program.replay("--into-prometheus", "/tmp", self.capture, env={"PATH": "/nosuch"})
        self.assertEqual(done.returncode, 69)
        self.assertIn(b"promtool", done.stderr)


class PrometheusTest(unittest.TestCase):
    """Loads captures and asks."""

    def load(self, capture, step):
        folder = tempfile.TemporaryDirectory(prefix="rcodescope-backfill-")
        self.addCleanup(folder.cleanup)
        data = Path(folder.name) / "data"
        data.mkdir()
        done = program.replay("--into-prometheus", data, "--openmetrics-step", f"{step}s", "--json", "-", capture)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual([p.name for p in data.iterdir() if "rcodescope" in p.name], [], "nothing is left behind")
        server = Prometheus(Path(folder.name), {})
        self.addCleanup(server.stop)
        server.wait_until_ready()
        return server, json.loads(done.stdout)

    def ask(self, server, expression, time, label="rcode"):
        return {labels[label]: value for labels, value in server.query(expression, time) if value}

    def assert_same_figures(self, server, report, step):
        first, last = seconds(report["time"]["first"]), seconds(report["time"]["last"])
        begin = first // step * step
        end = last // step * step + step
        span = int(end - begin)
        codes = {code: n for code, n in program.responses(report["rcodes"]).items() if n}
        total = f"sum by (rcode) (increase(rcodescope_responses_total[{span}s]))"
        rates = f"sum by (rcode) (rate(rcodescope_responses_total[{span}s]))"
        self.assertEqual(self.ask(server, total, end), codes)
        for code, rate in self.ask(server, rates, end).items():
            self.assertAlmostEqual(rate * span, codes[code], places=6)
        for dimension in ("server", "zone", "client"):
            keys = f"sum by (rcode) (increase(rcodescope_{dimension}_responses_total[{span}s]))"
            found = self.ask(server, keys, end)
            self.assertEqual({c: round(n, 6) for c, n in found.items()}, codes, f"keys and other of {dimension} are all")
        self.assertEqual(
            self.ask(server, f"sum by (disposition) (increase(rcodescope_frames_total[{span}s]))", end, "disposition"),
            {name: n for name, n in report["frames"]["dispositions"].items() if n},
        )
        return begin, end

    def steps_of(self, report, step, begin):
        """{(code, step): responses} by the report's series."""
        series = report["series"]
        offset = seconds(series["begin"])
        width = series["step_seconds"]
        self.assertEqual(step % width, 0)
        expected = {}
        for code, values in series["rcodes"].items():
            for i, count in enumerate(values):
                at = int((offset + i * width - begin) // step)
                if count:
                    expected[(code, at)] = expected.get((code, at), 0) + count
        return expected

    def assert_same_steps(self, server, expected, step, begin):
        steps = sorted({at for _, at in expected})
        for at in steps[:: max(1, len(steps) // 40)]:
            found = self.ask(server, f"sum by (rcode) (increase(rcodescope_responses_total[{step}s]))", begin + (at + 1) * step)
            self.assertEqual(found, {code: n for (code, place), n in expected.items() if place == at})

    def test_a_synthetic_day(self):
        with tempfile.TemporaryDirectory(prefix="rcodescope-backfill-") as folder:
            capture = Path(folder) / "day.pcap"
            minutes = synthetic_day(capture)
            server, report = self.load(capture, 60)
        begin, _ = self.assert_same_figures(server, report, 60)
        self.assert_same_steps(server, minutes, 60, begin)
        noon = BEGIN + 12 * 3600
        found = self.ask(server, "sum by (rcode) (increase(rcodescope_responses_total[1h]))", noon + 3600)
        self.assertEqual(found, {"SERVFAIL": 180})
        before = self.ask(server, "sum by (rcode) (increase(rcodescope_responses_total[1h]))", noon)
        self.assertNotIn("SERVFAIL", before)

    def test_real_servers(self):
        for capture in (program.CAPTURES / "g10-auth-answers.pcap", *corpus()):
            with self.subTest(capture.name):
                server, report = self.load(capture, 5)
                begin, _ = self.assert_same_figures(server, report, 5)
                self.assert_same_steps(server, self.steps_of(report, 5, begin), 5, begin)


class VictoriaTest(unittest.TestCase):
    """The same file in a VictoriaMetrics."""

    def start(self):
        """The port of an empty one."""
        folder = tempfile.TemporaryDirectory(prefix="rcodescope-backfill-")
        self.addCleanup(folder.cleanup)
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        server = subprocess.Popen(
            ["victoria-metrics", f"-storageDataPath={folder.name}/data", f"-httpListenAddr=127.0.0.1:{port}",
             "-retentionPeriod=100y", "-loggerLevel=ERROR"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        self.addCleanup(server.wait)
        self.addCleanup(server.kill)
        end = time.monotonic() + START
        while True:
            try:
                self.ask(port, "/health")
                return port
            except OSError:
                self.assertLess(time.monotonic(), end, "VictoriaMetrics does not come up")
                time.sleep(0.1)  # between two questions

    def load(self, port, capture):
        done = program.replay("--openmetrics", "-", "--openmetrics-step", "5s", capture)
        self.ask(port, "/api/v1/import/prometheus", done.stdout)

    def test_it_gives_the_same_figures(self):
        port = self.start()
        capture = program.CAPTURES / "g10-auth-answers.pcap"
        self.load(port, capture)
        self.ask(port, "/internal/force_flush")
        report = program.report(capture)
        at = int(seconds(report["time"]["last"])) // 5 * 5 + 5
        span = at - int(seconds(report["time"]["first"])) // 5 * 5
        expression = f"sum(increase(rcodescope_responses_total[{span}s])) by (rcode) > 0"
        question = urllib.parse.urlencode({"query": expression, "time": at, "nocache": 1})
        answer = json.loads(self.ask(port, f"/api/v1/query?{question}"))
        found = {row["metric"]["rcode"]: float(row["value"][1]) for row in answer["data"]["result"]}
        self.assertEqual(found, program.responses(report["rcodes"]))

    def ask(self, port, path, body=None):
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", body, timeout=30) as reply:
            return reply.read()


class PromtoolTest(unittest.TestCase):
    def test_promtool_takes_the_file_alone(self):
        with tempfile.TemporaryDirectory(prefix="rcodescope-backfill-") as folder:
            series = Path(folder) / "series.om"
            done = program.replay("--openmetrics", series, program.CAPTURES / "g21-rcode-sweep.pcap")
            self.assertEqual(done.returncode, 0, done.stderr)
            made = subprocess.run(["promtool", "tsdb", "create-blocks-from", "openmetrics", series, Path(folder) / "data"],
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
            self.assertEqual(made.returncode, 0, made.stdout)


if __name__ == "__main__":
    program.main()

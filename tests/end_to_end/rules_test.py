#!/usr/bin/python3
"""--rules: when alerts would have fired, beside what a real Prometheus says of the same series."""

import contextlib
import json
import os
import signal
import subprocess
import tempfile
import unittest
from datetime import datetime
from pathlib import Path

import backfill_test
import capture_files
import program
import yaml
from prometheus_server import Prometheus

BEGIN = 1_767_225_600  # 2026-01-01T00:00:00Z
STEP = 15
MINUTE = 60
BAD = range(20 * MINUTE, 40 * MINUTE)  # seconds of the hour in which 2 of 5 answers are SERVFAIL
SHIPPED = sorted((program.REPOSITORY / "deploy" / "prometheus" / "rules").glob("*.yml"))

RULES = {"groups": [{"name": "test", "rules": [
    {"record": "rcode:responses:rate1m", "expr": "sum by (rcode) (rate(rcodescope_responses_total[1m]))"},
    {"alert": "Servfail", "expr": 'rcode:responses:rate1m{rcode="SERVFAIL"} > 0.5', "for": "2m",
     "labels": {"severity": "critical"}},
    {"alert": "AtOnce", "expr": 'rcode:responses:rate1m{rcode="SERVFAIL"} > 0.5'},
    {"alert": "TooLate", "expr": 'rcode:responses:rate1m{rcode="SERVFAIL"} > 0.5', "for": "40m"},
    {"alert": "Lasting", "expr": 'rcode:responses:rate1m{rcode="SERVFAIL"} > 0.5', "keep_firing_for": "5m"},
    {"alert": "Silent", "expr": 'rcode:responses:rate1m{rcode="REFUSED"} > 0'},
    {"alert": "Quiet hour", "expr": "time() - rcodescope_last_packet_timestamp_seconds > 60"},
]}]}  # fmt: skip


def hour(path):
    """Two answers a second."""
    frames = []
    for i in range(2 * 3600):
        code = 2 if i // 2 in BAD and i % 5 < 2 else 0
        name = capture_files.wire_name(b"host%d" % (i % 50), b'o"dd\\', b"com")
        answer = capture_files.response(i, name, code)
        client = (f"198.51.100.{i % 9 + 1}", 20_000 + i)
        at = BEGIN * 1_000_000 + i * 500_000 + 1_000
        frames.append((at, capture_files.udp_frame(("192.0.2.53", 53), client, answer)))
    path.write_bytes(capture_files.pcap(frames))


def seconds(text):
    """Since the hour began; None stays."""
    return text and datetime.fromisoformat(text[:19] + "+00:00").timestamp() - BEGIN


class RulesTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="rcodescope-rules-")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name)
        cls.capture = cls.folder / "hour.pcap"
        hour(cls.capture)
        cls.rules = cls.folder / "rules.yml"
        cls.rules.write_text(yaml.safe_dump(RULES), encoding="utf-8")

    def alerts(self, *arguments):
        """{name: [(pending, firing, resolved)]}"""
        done = program.replay("--json", "-", *arguments, self.capture)
        self.assertEqual(done.returncode, 0, done.stderr)
        found = {}
        for alert in json.loads(done.stdout)["alerts"]:
            times = tuple(seconds(alert[key]) for key in ("pending", "firing", "resolved"))
            found.setdefault(alert["name"], []).append(times)
        return found

    def true_in_prometheus(self, expression):
        """Seconds of the hour at which a Prometheus that was given the series answers with any."""
        data = self.folder / "data"
        data.mkdir(exist_ok=True)
        done = program.replay("--into-prometheus", data, self.capture)
        self.assertEqual(done.returncode, 0, done.stderr)
        server = Prometheus(self.folder, {})
        self.addCleanup(server.stop)
        server.wait_until_ready()
        (found,) = server.samples(f"({expression})[1h:{STEP}s]", BEGIN + 3600)
        return [time - BEGIN for time, _ in found]

    def test_they_fire_when_they_do_in_prometheus(self):
        alerts = self.alerts("--rules", self.rules)
        true = self.true_in_prometheus('sum(rate(rcodescope_responses_total{rcode="SERVFAIL"}[1m])) > 0.5')
        first, last = true[0], true[-1]
        self.assertEqual(true, list(range(int(first), int(last) + 1, STEP)), "true all the time between")
        self.assertTrue(BAD.start < first <= BAD.start + MINUTE and BAD.stop <= last < BAD.stop + MINUTE)
        over = last + STEP
        self.assertEqual(alerts, {
            "Servfail": [(first, first + 2 * MINUTE, over)],
            "AtOnce": [(None, first, over)],
            "TooLate": [(first, None, over)],
            "Lasting": [(None, first, over + 5 * MINUTE)],
        })  # fmt: skip

    def test_the_shipped_rules(self):
        """An hour cannot tell what is usual; shares of it can."""
        alerts = self.alerts("--rules", ",".join(map(str, SHIPPED)))
        self.assertEqual(set(alerts), {"RcodescopeServfailRatioHigh", "RcodescopeServfailBudgetBurn"})
        pending = min(run[0] for run in alerts["RcodescopeServfailRatioHigh"])
        self.assertTrue(BAD.start < pending <= BAD.start + 2 * MINUTE)
        self.assertEqual(sorted(run[1] - run[0] for run in alerts["RcodescopeServfailRatioHigh"]),
                         [5 * MINUTE, 10 * MINUTE])  # fmt: skip

    def test_files_and_their_groups_go_in_the_order_given(self):
        """What a group reads, one before it has just recorded: promtool's own order changes from run to run."""
        first, second = self.folder / "a[1].yml", self.folder / "b.yml"
        first.write_text(yaml.safe_dump({"groups": [
            {"name": f"g{i}", "rules": [{"record": f"r{i + 1}", "expr": f"r{i} + 0" if i else
             'sum(rate(rcodescope_responses_total{rcode="SERVFAIL"}[1m]))'}]} for i in range(5)]}))  # fmt: skip
        second.write_text(yaml.safe_dump({"groups": [
            {"name": "alerts", "rules": [{"alert": "A", "expr": "r5 > 0.5"},
             {"alert": "B", "expr": 'sum(rate(rcodescope_responses_total{rcode="SERVFAIL"}[1m])) > 0.5'}]}]}))  # fmt: skip
        alerts = self.alerts("--rules", first, "--rules", second)
        self.assertEqual(alerts["A"], alerts["B"], "no step late")

    def test_a_signal_to_it_alone_ends_promtool_too(self):
        with self.slow_promtool() as running:
            os.kill(running.pid, signal.SIGTERM)
            running.wait(timeout=program.LONGEST_RUN)
            self.assertEqual(running.returncode, 69)
            self.assertEqual(running.stdout.read(), b"", "nobody holds the pipe any more")

    def test_the_text_report_tells_them(self):
        done = program.replay("--rules", self.rules, self.capture)
        lines = done.stdout.decode().splitlines()
        at = next(i for i, line in enumerate(lines) if line.startswith("Alerts"))
        self.assertEqual(lines[at + 1].split(), ["alert", "pending", "firing", "resolved", "labels"])
        section = lines[at + 2 : lines.index("", at)]
        self.assertEqual(len([line for line in section if "rcode=SERVFAIL" in line]), 4)
        self.assertNotIn("Silent", "".join(section))

    def test_without_rules_there_is_nothing_of_it(self):
        self.assertNotIn("alerts", program.report(self.capture))

    def test_what_is_wrong_is_told_before_anything_is_counted(self):
        bad = self.folder / "bad.yml"
        bad.write_text(yaml.safe_dump({"groups": [{"name": "g", "rules": [{"alert": "A", "expr": "sum(("}]}]}))
        for arguments, code, words in (
            (("--rules", "/nosuch"), 66, b"/nosuch"),
            (("--rules", bad), 65, b"unclosed left parenthesis"),
            (("--rules", self.rules, "--rcode", "2"), 64, b"--rules"),
            (("--rules", f"{self.rules},{self.rules}"), 64, b"twice"),
        ):
            with self.subTest(arguments=arguments):
                done = program.replay(*arguments, self.capture)
                self.assertEqual(done.returncode, code, done.stderr)
                self.assertIn(words, done.stderr)
                self.assertEqual(done.stdout, b"")
        done = program.replay("--rules", self.rules, self.capture, env={"PATH": "/nosuch"})
        self.assertEqual(done.returncode, 69)
        self.assertIn(b"promtool", done.stderr)

    def test_a_rule_that_cannot_be_evaluated_is_told_and_the_report_written(self):
        twice = {"record": "x", "expr": "rcodescope_responses_total * on (job) rcodescope_responses_total"}
        bad = self.folder / "many.yml"
        bad.write_text(yaml.safe_dump({"groups": [{"name": "g", "rules": [twice]}]}))
        done = program.replay("--rules", bad, "--json", "-", self.capture)
        self.assertEqual(done.returncode, 65)
        self.assertIn(b"many-to-many", done.stderr)
        self.assertEqual(json.loads(done.stdout)["messages"]["responses"], 7200)

    @contextlib.contextmanager
    def slow_promtool(self):
        """The program, while it waits for something in promtool's place that never ends by itself."""
        slow = self.folder / "promtool"
        slow.write_text('#!/bin/sh\n[ "$1" = check ] && exit 0\necho started >&3\nexec sleep 600\n')
        slow.chmod(0o755)
        with subprocess.Popen(
            ["/bin/sh", "-c", 'exec "$@" 3>&1 >/dev/null', "sh",
             *program.command("replay", "--text", "off", "--rules", str(self.rules), str(self.capture))],
            env={"PATH": f"{self.folder}:/usr/bin:/bin"}, stdout=subprocess.PIPE,
            start_new_session=True) as running:  # fmt: skip
            self.assertEqual(running.stdout.readline(), b"started\n")
            yield running

    def test_ctrl_c_ends_promtool_too(self):
        """A whole process group gets the signal, as from a terminal."""
        with self.slow_promtool() as running:
            os.killpg(running.pid, signal.SIGINT)
            running.wait(timeout=program.LONGEST_RUN)
            self.assertEqual(running.returncode, 69)
            self.assertEqual(running.stdout.read(), b"", "nobody holds the pipe any more")


class VmalertTest(unittest.TestCase):
    """The recipe of deploy/backfill.md: a rule that stands alone, by vmalert."""

    def test_it_records_the_same_alert(self):
        folder = tempfile.TemporaryDirectory(prefix="rcodescope-rules-")
        self.addCleanup(folder.cleanup)
        capture, rules = Path(folder.name) / "hour.pcap", Path(folder.name) / "rules.yml"
        hour(capture)
        expr = 'sum(increase(rcodescope_responses_total{rcode="SERVFAIL"}[1m])) > 30'
        rules.write_text(yaml.safe_dump({"groups": [{"name": "g", "interval": f"{STEP}s", "rules": [
            {"alert": "Servfail", "expr": expr, "for": "2m"}]}]}))  # fmt: skip
        victoria = backfill_test.VictoriaTest()
        self.addCleanup(victoria.doCleanups)
        port = victoria.start()
        series = program.replay("--openmetrics", "-", capture).stdout
        victoria.ask(port, "/api/v1/import/prometheus", series)
        victoria.ask(port, "/internal/force_flush")
        url = f"http://127.0.0.1:{port}"
        subprocess.run(
            ["vmalert", f"-rule={rules}", f"-datasource.url={url}", f"-remoteWrite.url={url}",
             "-replay.timeFrom=2026-01-01T00:00:00Z", "-replay.timeTo=2026-01-01T01:00:00Z",
             f"-datasource.queryStep={STEP}s", "-replay.disableProgressBar"],
            check=True, capture_output=True, timeout=program.LONGEST_RUN)  # fmt: skip
        victoria.ask(port, "/internal/force_flush")
        found = [json.loads(line) for line in victoria.ask(
            port, "/api/v1/export?match[]=ALERTS&start=2026-01-01T00:00:00Z").splitlines()]
        fired = min(min(one["timestamps"]) for one in found if one["metric"]["alertstate"] == "firing")
        done = program.replay("--json", "-", "--text", "off", "--rules", rules, capture)
        (alert,) = json.loads(done.stdout)["alerts"]
        self.assertEqual(fired / 1000 - BEGIN, seconds(alert["firing"]))


if __name__ == "__main__":
    program.main()

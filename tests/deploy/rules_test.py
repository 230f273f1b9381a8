#!/usr/bin/python3
"""The Prometheus rules: what promtool says of them, what each alert must have, and that each has unit
tests in which it fires, ends, and stays silent."""

import re
import subprocess
import unittest
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import expressions
import metrics
import program
import promql
import yaml
from metrics import DEPLOY, RULES

UNIT_TESTS = sorted((Path(__file__).resolve().parent / "rules").glob("*.yml"))
RUNBOOKS = DEPLOY / "runbooks"
RUNBOOK_URL = "file:///usr/share/doc/rcodescope/runbooks/"
OF_THE_SENSOR = ("RcodescopeSpike", "RcodescopeDisagreement")  # it sends those itself
SEVERITIES = ("critical", "warning")
COMPONENTS = ("dns", "sensor")
LEVEL_METRIC_OPERATION = re.compile(r"(rcodescope|job_instance(_[a-z]+)*):rcodescope_[a-z_]+:[a-z0-9_]+"
                                    r"|rcodescope:[a-z_]+:(rate|ratio)")


def load(path):
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def alert_faults(rule):
    """What an alert lacks."""
    name, labels, notes = rule["alert"], rule.get("labels", {}), rule.get("annotations", {})
    found = []
    for key in ("summary", "description", "runbook_url"):
        if not notes.get(key, "").strip():
            found.append(f"{name}: no {key}")
    if notes.get("runbook_url") != f"{RUNBOOK_URL}{name}.md":
        found.append(f"{name}: its runbook is another's")
    if not (RUNBOOKS / f"{name}.md").exists():
        found.append(f"{name}: no runbook")
    if labels.get("severity") not in SEVERITIES:
        found.append(f"{name}: severity is none of {SEVERITIES}")
    if labels.get("component") not in COMPONENTS:
        found.append(f"{name}: component is none of {COMPONENTS}")
    # A label that changes makes another alert each time.
    for key, value in labels.items():
        if "{{" in str(value):
            found.append(f"{name}: label {key} is a template")
    if "$value" in notes.get("summary", "") + notes.get("description", ""):
        for use in re.findall(r"{{[^}]*\$value[^}]*}}", notes["summary"] + notes["description"]):
            if "humanize" not in use:
                found.append(f"{name}: {use} is not for people")
    return found


def rule_faults(rule, known, scrape_interval):
    name = rule.get("alert") or rule["record"]
    found = [
        f"{name}: {what}" for what in expressions.faults(rule["expr"], known, scrape_interval)
    ]
    _, lists, functions = promql.read(rule["expr"])
    # Which key is in a topk changes: an alert or a record that ends for no reason.
    for function in functions & {"topk", "bottomk"}:
        found.append(f"{name}: {function}")
    for labels in lists:
        keeps_target = {
            "by": {"job", "instance"} <= set(labels.names),
            "without": not {"job", "instance"} & set(labels.names),
            # Settings have no target.
            "on": {"job", "instance"} <= set(labels.names) or "rcodescope:" in rule["expr"],
        }
        if not keeps_target.get(labels.kind, True):
            found.append(f"{name}: {labels.kind} {labels.names} loses job or instance")
    if "alert" in rule:
        found += alert_faults(rule)
    elif not LEVEL_METRIC_OPERATION.fullmatch(name):
        found.append(f"{name}: not level:metric:operation")
    return found


def all_faults(some_rules):
    known = metrics.known(some_rules)
    return [
        fault for rule in some_rules
        for fault in rule_faults(rule, known, metrics.scrape_interval())
    ]


class PromtoolTest(unittest.TestCase):
    def promtool(self, *arguments):
        done = subprocess.run(["promtool", *map(str, arguments)], capture_output=True, check=False,
                              timeout=300)
        self.assertEqual(done.returncode, 0, done.stdout.decode() + done.stderr.decode())
        return done.stdout.decode()

    def test_it_takes_the_rules_and_the_configuration(self):
        self.promtool("check", "rules", "--lint-fatal", *RULES)
        self.promtool("check", "config", DEPLOY / "prometheus" / "prometheus.yml")

    def test_unit_tests_pass(self):
        with ThreadPoolExecutor(2) as two:
            for said in two.map(lambda path: self.promtool("test", "rules", path), UNIT_TESTS):
                self.assertIn("SUCCESS", said)


class UnitTestsTest(unittest.TestCase):
    """Each alert, of each severity, is seen to fire and to end, and stays silent in a test in which
    nothing is expected of it."""

    @classmethod
    def setUpClass(cls):
        cls.alerts = {(r["alert"], r["labels"]["severity"]) for r in metrics.rules() if "alert" in r}
        cls.groups = [group for path in UNIT_TESTS for group in load(path)["tests"]]

    def expectations(self, group, alert):
        """[(seconds, expected alerts)] in order of time."""
        return sorted(
            ((promql.seconds(test["eval_time"]), test.get("exp_alerts") or [])
             for test in group.get("alert_rule_test", []) if test["alertname"] == alert),
            key=lambda pair: pair[0],
        )

    def test_each_fires_and_ends(self):
        for alert, severity in sorted(self.alerts):
            with self.subTest(alert, severity=severity):
                self.assertTrue(any(
                    any(a["exp_labels"]["severity"] == severity for a in expected)
                    and not self.expectations(group, alert)[-1][1]
                    for group in self.groups
                    for _, expected in self.expectations(group, alert)
                ))

    def test_each_is_pending_or_silent_before(self):
        for alert, _ in sorted(self.alerts):
            with self.subTest(alert):
                self.assertTrue(any(
                    pairs and not pairs[0][1] and any(expected for _, expected in pairs)
                    for pairs in (self.expectations(group, alert) for group in self.groups)
                ))

    def test_each_stays_silent_where_nothing_is_wrong(self):
        for alert, _ in sorted(self.alerts):
            with self.subTest(alert):
                self.assertTrue(any(
                    pairs and not any(expected for _, expected in pairs)
                    for pairs in (self.expectations(group, alert) for group in self.groups)
                ))

    def test_each_has_a_sentence_for_a_name(self):
        for group in self.groups:
            self.assertGreater(len(group["name"].split()), 2)


class LintTest(unittest.TestCase):
    def test_nothing_to_say(self):
        self.assertEqual(all_faults(metrics.rules()), [])

    def test_every_record_is_used(self):
        asked = {s.metric for rule in metrics.rules() for s in promql.read(rule["expr"])[0]}
        shown = "".join(p.read_text(encoding="utf-8") for p in (DEPLOY / "grafana").rglob("*.libsonnet"))
        for record in metrics.recorded(metrics.rules()):
            with self.subTest(record):
                self.assertTrue(record in asked or record in shown)

    def test_alerts_of_one_name_differ_in_severity(self):
        names = [(r["alert"], r["labels"]["severity"]) for r in metrics.rules() if "alert" in r]
        self.assertEqual(len(names), len(set(names)))

    def test_planted_faults_are_found(self):
        good = next(r for r in metrics.rules() if r.get("alert") == "RcodescopeServfailRatioHigh")
        record = next(r for r in metrics.rules() if "record" in r)
        for change, what in (
            ({"annotations": {**good["annotations"], "summary": ""}}, "no summary"),
            ({"annotations": {**good["annotations"], "runbook_url": "https://example.com/"}},
             "its runbook is another's"),
            ({"alert": "RcodescopeUnheardOf"}, "no runbook"),
            ({"labels": {"component": "dns"}}, "severity is none"),
            ({"labels": {"severity": "warning"}}, "component is none"),
            ({"labels": {**good["labels"], "share": "{{ $value }}"}}, "label share is a template"),
            ({"annotations": {**good["annotations"], "summary": "{{ $value }}"}}, "not for people"),
            ({"expr": "rcodescope_answer_total > 1"}, "no such metric"),
            ({"expr": 'rcodescope_link_up{port="1"} == 0'}, "no such label"),
            ({"expr": "sum by (job, instance, colour) (rcodescope_link_up)"}, "has that label"),
            ({"expr": "rate(rcodescope_responses_total[30s]) > 1"}, "less than 60 s"),
            ({"expr": "rate(rcodescope_frames_held[5m]) > 1"}, "not a counter"),
            ({"expr": "avg_over_time(rcodescope_responses_total[5m]) > 1"}, "of a counter"),
            ({"expr": "sum(rate(rcodescope_responses_total[5m])) by (rcode) > 1"}, "loses job"),
            ({"expr": "topk by (job, instance) (3, rcodescope_link_up)"}, "topk"),
            ({"expr": "up unless on (instance) rcodescope_link_up"}, "loses job"),
        ):
            with self.subTest(what, **change):
                faults = all_faults([*metrics.rules(), {**good, **change}])
                self.assertTrue(any(what in fault for fault in faults), faults)
        faults = all_faults([*metrics.rules(), {**record, "record": "servfail_rate"}])
        self.assertEqual(faults, ["servfail_rate: not level:metric:operation"])


class RunbookTest(unittest.TestCase):
    PARTS = ["What it means", "Check first", "Where to look", "Silencing"]

    def pages(self):
        return {p.stem: p.read_text(encoding="utf-8") for p in RUNBOOKS.glob("Rcodescope*.md")}

    def test_one_for_each_alert_and_no_other(self):
        self.assertEqual(set(self.pages()), {r["alert"] for r in metrics.rules() if "alert" in r})

    def test_each_has_its_parts_and_names_a_command(self):
        for name, text in self.pages().items():
            with self.subTest(name):
                self.assertTrue(text.startswith(f"# {name}\n"))
                self.assertEqual(re.findall(r"^## (.*)$", text, re.MULTILINE), self.PARTS)
                for part in re.split(r"^## .*$", text, flags=re.MULTILINE)[1:]:
                    self.assertGreater(len(part.split()), 5)
                look = text.split("## Where to look")[1]
                self.assertRegex(look, r"`[^`]*rcodescope [a-z]+")

    def test_commands_that_they_name_exist(self):
        told = program.run("--help").stdout.decode()
        commands = re.findall(r"^  ([a-z-]+) {2,}", told.split("Subcommands:")[1], re.MULTILINE)
        for name, text in self.pages().items():
            for command in re.findall(r"`(?:[^`]*; )?rcodescope ([a-z-]+)", text):
                with self.subTest(name, command=command):
                    self.assertIn(command, commands)

    def test_alerts_that_they_speak_of_exist(self):
        for name, text in self.pages().items():
            with self.subTest(name):
                spoken_of = set(re.findall(r"\bRcodescope[A-Za-z]+", text))
                self.assertLessEqual(spoken_of, {*self.pages(), *OF_THE_SENSOR})


if __name__ == "__main__":
    program.main()

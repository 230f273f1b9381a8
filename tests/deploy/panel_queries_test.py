#!/usr/bin/python3
"""Every panel's query, on a real Prometheus with three hours of a sensor's metrics that end in an
incident: each gives something, and it is finite and plausible. Then what is known of the incident: the
figures that panels show of it, and which alerts' conditions it meets. A broken panel is caught."""

import copy
import math
import re
import tempfile
import time
import unittest
import urllib.error
from pathlib import Path

import backfill
import incident
import metrics
import panels
import program
from capture_files import SERVFAIL

SHOWN = 3_600  # seconds that a dashboard shows
VARIABLES = {"$job": "rcodescope", "$instance": incident.INSTANCE, "$__rate_interval": "1m",
             "$__range": f"{SHOWN}s"}
ANY = ".+"  # of the other variables
MOST = {  # by unit: more than this is impossible here
    "cps": 1.5 * incident.responses(incident.INCIDENT) / incident.STEP,
    "pps": 3 * incident.responses(incident.INCIDENT) / incident.STEP,
    "percentunit": 1.0,
    "s": 100 * 366 * 86_400,
    "short": 1e6,
    "none": 1e3,
    "dateTimeAsIso": 1e13,
}
LEAST = {"short": -1e6}  # residuals have a sign


def filled_in(expression):
    for name, value in VARIABLES.items():
        expression = expression.replace(name, value)
    return re.sub(r"\$\w+", ANY, expression)


def finding(prometheus, panel, target, end):
    """What is wrong with what a panel's query gives; empty if nothing."""
    expression = filled_in(target["expr"])
    try:
        if target["instant"]:
            found = prometheus.query_range(expression, end, end, 1)
        else:
            found = prometheus.query_range(expression, end - SHOWN, end, incident.STEP)
    except urllib.error.HTTPError as error:
        return f"refused: {error.read().decode()}"
    if not found:
        return "nothing"
    for label in re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]):
        if not any(labels.get(label) for labels, _ in found):
            return f"no label {label}"
    values = [value for _, values in found for value in values]
    if not all(math.isfinite(value) for value in values):
        return "not finite"
    unit = panel["fieldConfig"]["defaults"]["unit"]
    if max(values) > MOST[unit] + 1e-9 or min(values) < LEAST.get(unit, 0):
        return f"{min(values)} to {max(values)} {unit}"
    return ""


class PanelQueriesTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="rcodescope-panels-")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name)
        cls.now = int(time.time())
        text, cls.begin = incident.history(cls.folder, cls.now)
        backfill.load(cls.folder, text, cls.now)
        cls.prometheus = backfill.started(cls.folder)
        cls.addClassCleanup(cls.prometheus.stop)
        cls.dashboards = panels.dashboards()

    def test_every_panel_shows_something_plausible(self):
        asked = 0
        for name, dashboard in self.dashboards.items():
            for panel, target in panels.targets(dashboard):
                asked += 1
                with self.subTest(name, panel=panel["title"], query=target["refId"]):
                    self.assertEqual(finding(self.prometheus, panel, target, self.now), "")
        print(f"{asked} queries of {len(self.dashboards)} dashboards")

    def test_variables_have_values(self):
        for name, dashboard in self.dashboards.items():
            for variable in dashboard["templating"]["list"][1:]:
                with self.subTest(name, variable=variable["name"]):
                    match = re.fullmatch(r"label_values\((.*), (\w+)\)", variable["query"]["query"])
                    rows = self.prometheus.query_range(filled_in(match[1]), self.now, self.now, 1)
                    self.assertTrue({labels.get(match[2]) for labels, _ in rows} - {None})

    def shown(self, dashboard, title, at, **labels):
        """The value of the one series with these labels in a panel's first query."""
        panel = next(p for p in self.dashboards[f"rcodescope-{dashboard}.json"]["panels"]
                     if p["title"] == title)
        expression = filled_in(panel["targets"][0]["expr"])
        rows = [values[-1] for found, values in self.prometheus.query_range(expression, at, at, 1)
                if labels.items() <= found.items()]
        self.assertEqual(len(rows), 1, title)
        return rows[0]

    def test_figures_are_those_of_the_traffic(self):
        """Of exchanges; a message that is cut off and a transfer come to them each time."""
        quiet, wild = self.begin - 300, self.now
        more = 2
        for at, mix in ((quiet, incident.QUIET), (wild, incident.INCIDENT)):
            with self.subTest(at - self.now):
                total = incident.responses(mix) + more
                failed = incident.responses(mix, SERVFAIL)
                broken = incident.responses(mix, SERVFAIL, "example.com")
                rate = self.shown("overview", "Responses", at)
                self.assertAlmostEqual(rate * incident.STEP, total, places=6)
                share = self.shown("overview", "SERVFAIL", at)
                self.assertAlmostEqual(share, failed / total, places=9)
                zone = self.shown("zones", "SERVFAIL by zone", at, zone="example.com.")
                self.assertAlmostEqual(zone * incident.STEP, broken, places=6)
                server = self.shown("servers", "SERVFAIL by server", at, server="192.0.2.53")
                self.assertAlmostEqual(server * incident.STEP, failed, places=6)

    def test_the_incident_meets_the_conditions_of_the_right_alerts(self):
        met = {}
        for rule in metrics.rules():
            if "alert" in rule:
                for at in (self.begin - 60, self.begin + 300):
                    if self.prometheus.query_range(rule["expr"], at, at, 1):
                        met.setdefault(at, set()).add((rule["alert"], rule["labels"]["severity"]))
        self.assertEqual(met, {self.begin + 300: {
            ("RcodescopeServfailRatioHigh", "warning"),
            ("RcodescopeServfailRatioHigh", "critical"),
            ("RcodescopeRcodeSpike", "warning"),
            ("RcodescopeServerSpike", "warning"),
            ("RcodescopeZoneSpike", "warning"),
            ("RcodescopeSpikeDetected", "warning"),
            ("RcodescopeFramesDropped", "warning"),
        }})

    def test_a_broken_panel_is_caught(self):
        dashboard = self.dashboards["rcodescope-overview.json"]
        panel, target = next((p, t) for p, t in panels.targets(dashboard) if p["title"] == "SERVFAIL")
        for old, new, what in (
            ('"SERVFAIL"', '"SERVFIAL"', "nothing"),
            ("rcodescope_responses_total", "rcodescope_response_total", "nothing"),
            ("/", "* 100 /", "percentunit"),
            ("/", "/ 0 /", "not finite"),
            ("/", "- 2 *", "percentunit"),
            ("sum(", "sun(", "refused"),
            ("[$__rate_interval]", "", "refused"),
            ("$__rate_interval", "10s", "nothing"),
        ):
            with self.subTest(new):
                broken = copy.deepcopy(target)
                broken["expr"] = target["expr"].replace(old, new)
                self.assertNotEqual(broken["expr"], target["expr"])
                self.assertIn(what, finding(self.prometheus, panel, broken, self.now))
        broken = {**target, "legendFormat": "{{rcode}}"}
        self.assertEqual(finding(self.prometheus, panel, broken, self.now), "no label rcode")


if __name__ == "__main__":
    program.main()

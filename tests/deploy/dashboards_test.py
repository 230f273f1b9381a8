#!/usr/bin/python3
"""The dashboards: what is committed is what jsonnet renders; each keeps the rules in panels.py, which
are shown to find what they are for; and the runbooks name panels that exist."""

import copy
import re
import subprocess
import tempfile
import unittest
from pathlib import Path

import metrics
import panels
import program
import yaml
from panels import GRAFANA, RENDERED

EXPECTED = {"overview", "servers", "zones", "clients", "spikes", "explorer", "sensors", "replay"}


class RenderingTest(unittest.TestCase):
    def test_what_is_committed_is_what_is_rendered(self):
        with tempfile.TemporaryDirectory(prefix="rcodescope-grafana-") as folder:
            subprocess.run([GRAFANA / "render", folder], check=True, capture_output=True)
            fresh = {p.name: p.read_bytes() for p in Path(folder).iterdir()}
        self.assertEqual(set(fresh), {f"rcodescope-{name}.json" for name in EXPECTED})
        for name, text in fresh.items():
            with self.subTest(name):
                self.assertTrue((RENDERED / name).read_bytes() == text, "run deploy/grafana/render")
        self.assertEqual({p.name for p in RENDERED.iterdir()}, set(fresh))

    def test_sources_are_laid_out(self):
        sources = sorted(GRAFANA.glob("*.libsonnet"))
        subprocess.run(["jsonnetfmt", "--test", *sources], check=True)

    def test_every_source_is_used(self):
        for source in GRAFANA.glob("*.libsonnet"):
            used = any(f"import '{source.name}'" in other.read_text(encoding="utf-8")
                       for other in [*GRAFANA.glob("*.libsonnet"), GRAFANA / "render"])
            self.assertTrue(used or source.name == "mixin.libsonnet", source.name)


class DashboardsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.dashboards = panels.dashboards()
        cls.known = metrics.known(metrics.rules())

    def test_nothing_to_say(self):
        for name, dashboard in self.dashboards.items():
            with self.subTest(name):
                self.assertEqual(panels.faults(dashboard, self.known), [])

    def test_no_two_have_one_name(self):
        for key in ("uid", "title"):
            self.assertEqual(len({d[key] for d in self.dashboards.values()}), len(EXPECTED))

    def test_those_that_count_responses_say_how_servers_count(self):
        for name, dashboard in self.dashboards.items():
            if name != "rcodescope-sensors.json":
                for words in ("Counted on the wire", "QryAuthAns", "Unbound", "CoreDNS"):
                    with self.subTest(name, words=words):
                        self.assertIn(words, dashboard["description"])

    def test_planted_faults_are_found(self):
        for change, what in PLANTED:
            with self.subTest(what):
                dashboard = copy.deepcopy(self.dashboards["rcodescope-overview.json"])
                change(dashboard)
                faults = panels.faults(dashboard, self.known)
                self.assertTrue(any(what in fault for fault in faults), faults)

    def test_runbooks_name_panels_that_exist(self):
        titles = {d["title"].split(" / ")[1]: {p["title"] for p in d["panels"]}
                  for d in self.dashboards.values()}
        named = 0
        for page in (metrics.DEPLOY / "runbooks").glob("Rcodescope*.md"):
            look = page.read_text(encoding="utf-8").split("## Where to look")[1].split("## ")[0]
            for title, words in re.findall(r"\*([A-Z][\w ]+)\*([^*]*)", look):
                if title.startswith("Status"):
                    continue  # of Prometheus
                with self.subTest(page.name, dashboard=title):
                    self.assertIn(title, titles)
                    for panel in re.findall(r'"([^"]+)"', words):
                        named += 1
                        self.assertIn(panel, titles[title])
        self.assertGreater(named, len(list((metrics.DEPLOY / "runbooks").glob("Rcodescope*.md"))))


def first_target(key, value):
    def change(dashboard):
        dashboard["panels"][0]["targets"][0][key] = value
    return change


def first_panel(key, value):
    def change(dashboard):
        dashboard["panels"][0][key] = value
    return change


RATE = 'sum(rate(rcodescope_responses_total{job=~"$job", instance=~"$instance"}[$__rate_interval]))'

PLANTED = (
    (first_panel("description", " "), "no description"),
    (first_panel("title", "SERVFAIL"), "two panels of one title"),
    (first_panel("id", 2), "two panels of one id"),
    (first_panel("targets", []), "no query"),
    (first_panel("datasource", {"type": "prometheus", "uid": "P1809F7CD0C75ACF3"}), "a data source of its own"),
    (first_panel("fieldConfig", {"defaults": {}, "overrides": []}), "unit None"),
    (first_panel("gridPos", {"x": 2, "y": 0, "w": 4, "h": 4}), "over Responses"),
    (first_panel("gridPos", {"x": 22, "y": 0, "w": 4, "h": 4}), "beyond the edge"),
    (first_target("datasource", {"type": "prometheus", "uid": "main"}), "a data source of its own"),
    (first_target("instant", False), "instant in a panel over time"),
    (first_target("expr", RATE.replace("$__rate_interval", "5m")), "rate over 5m"),
    (first_target("expr", RATE.replace('job=~"$job", ', "")), "not by $job"),
    (first_target("expr", RATE.replace('=~"$instance"', '="tap1"')), "not by $instance"),
    (first_target("expr", RATE.replace("$job", "$cluster")), "$cluster: no such variable"),
    (first_target("expr", RATE.replace("responses_total", "response_total")), "no such metric"),
    (first_target("expr", RATE.replace("responses_total{", 'responses_total{code="2", ')), "no such label"),
    (first_target("expr", RATE.replace("sum(", "sum by (code) (")), "has that label"),
    (first_target("expr", "sum(rcodescope_responses_total{})"), "a counter as it stands"),
    (lambda d: d["panels"][0]["targets"][0].update(
        expr=RATE.replace("sum(", "sum by (rcode) ("), legendFormat="{{zone}}"),
     "is not in the result"),
    (lambda d: d["panels"][6]["targets"][0].update(legendFormat=""), "no legend"),
    (lambda d: d.update(editable=True), "editable"),
    (lambda d: d.update(description=""), "no description"),
    (lambda d: d.update(links=[]), "no links"),
    (lambda d: d["templating"]["list"].pop(1), "its variables begin with"),
    (lambda d: d["templating"]["list"][1].update(refresh=1), "not read anew"),
    (lambda d: d["templating"]["list"][1].update(allValue=None), "all is spelled out"),
    (lambda d: d["templating"]["list"][2].update(query={"query": "values(x, y)"}), "no label_values"),
)


class ProvisioningTest(unittest.TestCase):
    def test_files_are_what_grafana_reads(self):
        folder = GRAFANA / "provisioning"
        providers = yaml.safe_load((folder / "dashboards" / "rcodescope.yml").read_text(encoding="utf-8"))
        self.assertEqual(providers["apiVersion"], 1)
        self.assertEqual([p["type"] for p in providers["providers"]], ["file"])
        sources = yaml.safe_load((folder / "datasources" / "prometheus.yml").read_text(encoding="utf-8"))
        self.assertEqual([s["type"] for s in sources["datasources"]], ["prometheus"])
        self.assertEqual(sources["datasources"][0]["jsonData"]["timeInterval"],
                         f"{metrics.scrape_interval()}s")


if __name__ == "__main__":
    program.main()

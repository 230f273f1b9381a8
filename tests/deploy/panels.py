"""The rendered dashboards, and the rules that each dashboard and panel keeps."""

import json
import re

import expressions
import promql
from metrics import DEPLOY

GRAFANA = DEPLOY / "grafana"
RENDERED = GRAFANA / "dashboards"
DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}
VARIABLES = ("datasource", "job", "instance")  # each dashboard's first
BUILT_IN = {"__rate_interval", "__range", "__interval"}
AT_ONCE = ("stat", "table", "bargauge")  # panels that show one moment
UNITS = {"cps", "pps", "percentunit", "s", "short", "none", "dateTimeAsIso"}
COLUMNS = 24
SETTINGS = "rcodescope:"  # recorded, of no target
# `$__rate_interval` is four scrapes or more, which is Grafana's own doing.
STAND_INS = {"$__rate_interval": "4m", "$__range": "1h", "$__interval": "1m"}


def dashboards():
    """{file name: dashboard}"""
    return {p.name: json.loads(p.read_text(encoding="utf-8")) for p in sorted(RENDERED.glob("*.json"))}


def targets(dashboard):
    """(panel, target) of each query."""
    return [(panel, target) for panel in dashboard["panels"] for target in panel["targets"]]


def plain(expression):
    """With the durations that Grafana fills in."""
    for name, value in STAND_INS.items():
        expression = expression.replace(name, value)
    return expression


def faults(dashboard, known):
    found = [*dashboard_faults(dashboard), *grid_faults(dashboard["panels"])]
    names = {variable["name"] for variable in dashboard["templating"]["list"]}
    for panel in dashboard["panels"]:
        for what in panel_faults(panel):
            found.append(f"{panel['title']}: {what}")
        for target in panel["targets"]:
            for what in target_faults(panel, target, known, names, dashboard["uid"]):
                found.append(f"{panel['title']} {target['refId']}: {what}")
    for variable in dashboard["templating"]["list"][1:]:
        for what in variable_faults(variable, known):
            found.append(f"${variable['name']}: {what}")
    return found


def dashboard_faults(dashboard):
    found = []
    for key in ("uid", "title", "description"):
        if not dashboard.get(key, "").strip():
            found.append(f"no {key}")
    if dashboard.get("editable", True):
        found.append("editable: what is changed there is lost with the next version")
    names = tuple(v["name"] for v in dashboard["templating"]["list"][:3])
    if names != VARIABLES:
        found.append(f"its variables begin with {names}")
    if not any(link["type"] == "dashboards" and link["includeVars"] and link["keepTime"]
               and link["tags"] == dashboard["tags"] for link in dashboard["links"]):
        found.append("no links to the others")
    titles = [panel["title"] for panel in dashboard["panels"]]
    if len(titles) != len(set(titles)):
        found.append("two panels of one title")
    if len({panel["id"] for panel in dashboard["panels"]}) != len(titles):
        found.append("two panels of one id")
    return found


def grid_faults(panels):
    found, taken = [], {}
    for panel in panels:
        place = panel["gridPos"]
        if place["x"] + place["w"] > COLUMNS or min(place.values()) < 0 or 0 in (place["w"], place["h"]):
            found.append(f"{panel['title']}: beyond the edge")
        for x in range(place["x"], place["x"] + place["w"]):
            for y in range(place["y"], place["y"] + place["h"]):
                if (other := taken.setdefault((x, y), panel["title"])) != panel["title"]:
                    found.append(f"{panel['title']}: over {other}")
    return sorted(set(found))


def panel_faults(panel):
    found = []
    for key in ("title", "description"):
        if not panel.get(key, "").strip():
            found.append(f"no {key}")
    unit = panel["fieldConfig"]["defaults"].get("unit")
    if unit not in UNITS:
        found.append(f"unit {unit}")
    if panel["datasource"] != DATASOURCE:
        found.append("a data source of its own")
    if not panel["targets"]:
        found.append("no query")
    if len({target["refId"] for target in panel["targets"]}) != len(panel["targets"]):
        found.append("two queries of one letter")
    return found


def target_faults(panel, target, known, variables, uid):
    expression = target["expr"]
    found = []
    if target["datasource"] != DATASOURCE:
        found.append("a data source of its own")
    if target["instant"] != (panel["type"] in AT_ONCE) or target["range"] == target["instant"]:
        found.append("instant in a panel over time, or the other way round")
    if not target["instant"] and not target["legendFormat"]:
        found.append("no legend")
    for name in set(re.findall(r"\$\{?(\w+)", expression)) - BUILT_IN - variables:
        found.append(f"${name}: no such variable")
    labels = set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]))
    selectors, lists, _ = promql.read(plain(expression))
    kept = {name for label_list in lists if label_list.kind == "by" for name in label_list.names}
    if kept and labels - kept:
        found.append(f"legend: {labels - kept} is not in the result")
    # Not less than four scrapes: Grafana sees to that where it chooses the range.
    for function, duration in re.findall(r"\b(i?rate|increase)\([^()\[]*\[([^\]]*)\]", expression):
        if duration != "$__rate_interval" and not (duration == "$__range" and target["instant"]):
            found.append(f"{function} over {duration}")
    found += expressions.faults(plain(expression), known, 60)
    for selector in selectors:
        if selector.metric.startswith(SETTINGS) or selector.metric not in known:
            continue
        for label in ("job", "instance"):
            if selector.matchers.get(label) != ("=~", f"${label}"):
                found.append(f"{selector.metric}: not by ${label}")
        raw = selector.metric.endswith("_total") and selector.function not in promql.OF_COUNTERS
        if raw and uid != "rcodescope-replay":
            found.append(f"{selector.metric}: a counter as it stands")
    return found


def variable_faults(variable, known):
    found = []
    if variable["type"] != "query" or variable["datasource"] != DATASOURCE:
        found.append("not a query of the data source chosen")
    if variable["refresh"] != 2:
        found.append("not read anew when the time changes")
    if not variable["label"]:
        found.append("no label")
    if variable["multi"] and variable["allValue"] != ".+":
        found.append("all is spelled out")
    match = re.fullmatch(r"label_values\((.*), (\w+)\)", variable["query"]["query"])
    if match is None:
        return [*found, "no label_values"]
    for selector in promql.read(match[1])[0]:
        if selector.metric not in known:
            found.append(f"{selector.metric}: no such metric")
        elif match[2] not in known[selector.metric] | {"job", "instance"}:
            found.append(f"{selector.metric}: no label {match[2]}")
    return found

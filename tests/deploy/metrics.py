"""The metrics that rules and dashboards may ask for: what exporters/README.md says is on the page, and
what recording rules make of it."""

import re
from pathlib import Path

import yaml

REPOSITORY = Path(__file__).resolve().parents[2]
DEPLOY = REPOSITORY / "deploy"
RULES = sorted((DEPLOY / "prometheus" / "rules").glob("*.yml"))

# Of Prometheus itself.
PROMETHEUS = {
    "up": set(),
    "scrape_duration_seconds": set(),
    "scrape_samples_scraped": set(),
    "ALERTS": {"alertname", "alertstate", "severity", "component", "rcode"},
}
TARGET = {"job", "instance"}  # on every series


def page():
    """{metric: its labels}, from the table of the exporters' README; `live: ` ones included."""
    text = (REPOSITORY / "exporters" / "README.md").read_text(encoding="utf-8")
    table = text.split("The page, prefix `rcodescope_`")[1].split("Dispositions, reasons")[0]
    found = {}
    for line in table.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        names = re.findall(r"`([a-z0-9_]+)`", cells[0])
        if not names:
            continue
        # Labels are bare words; what they hold stands behind a colon or in quotes.
        told = re.split(r"[;:]|`", cells[1])[0] if len(cells) > 1 else ""
        words = re.findall(r"[a-z_]+", told)
        for name in names:
            labels = set(words)
            if "the key" in line:
                labels = {name.split("_")[0], "rcode"}
            found[f"rcodescope_{name}"] = labels
    return found


def live_only():
    """Names of metrics that a replay does not have."""
    text = (REPOSITORY / "exporters" / "README.md").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith("| live: ")]
    names = {f"rcodescope_{name}" for row in rows for name in re.findall(r"`([a-z0-9_]+)`", row.split("|")[1])}
    return names | {"rcodescope_frames_backlog"}


def rules():
    """Every rule of the rule files."""
    return [
        rule
        for path in RULES
        for group in yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]
        for rule in group["rules"]
    ]


def recorded(some_rules):
    """{recorded metric: its labels, as far as its name tells them}"""
    found = {}
    for rule in some_rules:
        if "record" in rule:
            level = rule["record"].split(":")[0]
            labels = set(level.split("_")) - {"rcodescope", "job", "instance"}
            found.setdefault(rule["record"], labels | set(rule.get("labels", {})))
    return found


def known(some_rules):
    """{every metric: its labels but job and instance}"""
    return {**PROMETHEUS, **page(), **recorded(some_rules)}


def scrape_interval():
    """Seconds between two scrapes in the example configuration."""
    config = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yml").read_text(encoding="utf-8"))
    return int(config["global"]["scrape_interval"].removesuffix("s"))

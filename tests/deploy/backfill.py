"""History for a Prometheus that is about to start: what a sensor told, and what rules made of it."""

import subprocess

import incident
import program
import yaml
from metrics import RULES
from prometheus_server import Prometheus

# Groups of rules, which need only what those before them have recorded.
PASSES = (("rcodescope_rates", "rcodescope_settings"), ("rcodescope_usual",),
          ("rcodescope_baselines",), ("rcodescope_limits",))
HOURS = 3


def promtool(*arguments):
    subprocess.run(["promtool", "tsdb", *map(str, arguments)], check=True, capture_output=True,
                   timeout=program.LONGEST_RUN)


def started(folder, jobs=None, more=None):
    prometheus = Prometheus(folder, jobs or {}, more=more)
    prometheus.wait_until_ready()
    return prometheus


def load(folder, text, now, passes=PASSES):
    """Puts an OpenMetrics text that ends at `now` into folder/data, and runs groups of rules over it."""
    history = folder / "history.txt"
    history.write_text(text, encoding="utf-8")
    promtool("create-blocks-from", "openmetrics", history, folder / "data")
    groups = [g for path in RULES for g in yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]]
    for names in passes:
        rules = folder / f"{names[0]}.yml"
        rules.write_text(yaml.safe_dump({"groups": [g for g in groups if g["name"] in names]}),
                         encoding="utf-8")
        prometheus = started(folder)
        try:
            promtool("create-blocks-from", "rules", f"--url=http://127.0.0.1:{prometheus.port}",
                     f"--start={now - HOURS * 3600}", f"--end={now}",
                     f"--eval-interval={incident.STEP}s", f"--output-dir={folder / 'data'}", rules)
        finally:
            prometheus.stop()

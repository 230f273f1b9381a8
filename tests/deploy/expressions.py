"""Rules that every PromQL expression here keeps, be it a rule's or a panel's."""

import promql
from metrics import TARGET

SAMPLES_IN_A_RANGE = 4  # so that a scrape may fail


def faults(expression, known, scrape_interval):
    """What is wrong with it, one line each. known: {metric: labels beside the target's}."""
    selectors, lists, _ = promql.read(expression)
    found = []
    for selector in selectors:
        found += selector_faults(selector, known, scrape_interval)
    allowed = TARGET.union(*(known.get(s.metric, ()) for s in selectors))
    for labels in lists:
        for name in set(labels.names) - allowed:
            found.append(f"{labels.kind} ({name}): no metric of it has that label")
    return found


def selector_faults(selector, known, scrape_interval):
    name = selector.metric
    if name not in known:
        return [f"{name}: no such metric"]
    found = [
        f"{name}{{{label}}}: it has no such label"
        for label in selector.matchers
        if label not in known[name] | TARGET
    ]
    counter = name.endswith("_total")
    if selector.function in promql.OF_COUNTERS and not counter:
        found.append(f"{selector.function}({name}): not a counter")
    if counter and selector.range and selector.function not in promql.OF_COUNTERS:
        found.append(f"{selector.function}({name}): of a counter")
    if selector.range and selector.function in promql.OF_COUNTERS:
        least = SAMPLES_IN_A_RANGE * scrape_interval
        if promql.seconds(selector.range) < least:
            found.append(f"{name}[{selector.range}]: less than {least} s")
    return found

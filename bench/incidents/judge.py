#!/usr/bin/python3
"""Makes verdicts of what the program `incidents` wrote: which incidents were found, how soon, with
the right keys and class, and what was found that was not there.

    incidents --seed 1000 --count 90 > incidents.jsonl
    incidents --seed 2000 --count 20 --quiet > quiet.jsonl
    bench/incidents/judge.py incidents.jsonl quiet.jsonl [--failures]

A spike belongs to an incident with its code that goes on when it is detected, or has ended within
10 s, if its server or zone has part in the incident. One that belongs to none is false.
"""

import argparse
import collections
import ipaddress
import json
import statistics

# Seconds after an incident's end in which a spike may still belong to it. The rules wait a minute.
AFTER = collections.defaultdict(lambda: 10, rules=90)
WEEK = 7 * 86_400
DETECTOR = "rcodescope"
YARDSTICKS = ("static", "ewma3", "ewma6", "rules")
# Shorter prefixes name no client.
SHORTEST = {4: 22, 6: 40}


def compatible(spike, incident):
    """Has the spike's key part in the incident? Empty lists stand for all."""
    members = {"server": incident["servers"], "zone": incident["zones"]}.get(spike["dimension"])
    return not members or spike["key"] in members


def belongs(spike, incident, after):
    during = incident["begin"] <= spike["detected"] <= incident["end"] + after
    return during and spike["rcode"] == incident["rcode"] and compatible(spike, incident)


def is_narrow(client):
    """An address, or a prefix that names a network and not half of the world."""
    if "/" not in client:
        return client != ""
    network = ipaddress.ip_network(client)
    return network.prefixlen >= SHORTEST[network.version]


def names_client(client, members):
    if client in members:
        return True
    if "/" not in client or not is_narrow(client):
        return False
    network = ipaddress.ip_network(client)
    return any(ipaddress.ip_address(member) in network for member in members)


def named(spike, cause, incident):
    """The share of the explanation that names the cause."""
    members = set(incident[cause + "s"])
    if spike["dimension"] == cause and spike["key"] in members:
        return 1
    parts = spike.get("explains") or []
    if cause == "client":
        hit = [part for part in parts if part["client"] and names_client(part["client"], members)]
    else:
        hit = [part for part in parts if part[cause] in members]
    return sum(part["share"] for part in hit) / max(1e-9, sum(part["share"] for part in parts))


def attribution_right(spike, incident):
    """Most of the explanation names each cause. Where all have part, it accuses nobody."""
    if incident["causes"]:
        return all(named(spike, cause, incident) > 0.5 for cause in incident["causes"])
    parts = spike.get("explains") or []
    accused = spike["dimension"] == "zone" or any(
        (part["zone"] or is_narrow(part["client"])) and part["share"] > 0.5 for part in parts
    )
    return not accused


def fitness(spike, incident):
    """Of several incidents that a spike may belong to: what it names counts, then what is newer."""
    right = sum(named(spike, cause, incident) > 0.5 for cause in incident["causes"])
    return right, incident["begin"]


def verdicts(scenario, detector):
    """(one verdict an incident, false spikes) of what a detector said in a scenario."""
    incidents = scenario["incidents"]
    spikes = sorted(scenario["spikes"][detector], key=lambda spike: spike["detected"])
    owned = collections.defaultdict(list)
    false = []
    for spike in spikes:
        candidates = [i for i, incident in enumerate(incidents) if belongs(spike, incident, AFTER[detector])]
        if candidates:
            owned[max(candidates, key=lambda i: fitness(spike, incidents[i]))].append(spike)
        else:
            false.append(spike)
    result = []
    for i, incident in enumerate(incidents):
        verdict = {"incident": incident, "spikes": owned[i], "found": bool(owned[i]), "delay": None}
        due = incident["due"]
        if owned[i]:
            first = owned[i][0]
            verdict["right"] = attribution_right(first, incident)
            verdict["class"] = first.get("class") == incident["class"]
            if due is not None:
                verdict["delay"] = max(0, first["detected"] - due)
        elif due is not None:
            # An alarm for the same that was on already, and rightly so.
            verdict["found"] = any(
                spike["rcode"] == incident["rcode"]
                and compatible(spike, incident)
                and spike["detected"] <= due
                and (spike["end"] is None or spike["end"] > due)
                for spike in spikes
                if spike not in false
            )
        result.append(verdict)
    return result, false


class Score:
    """Sums over scenarios, for one detector."""

    def __init__(self):
        self.due = self.found = self.small = self.small_found = 0
        self.judged = self.right = self.classed = self.more = 0
        self.delays = []
        self.quiet_false = self.busy_false = 0
        self.quiet_seconds = self.busy_seconds = 0

    def add_false(self, scenario, count):
        if scenario["incidents"]:
            self.busy_false += count
            self.busy_seconds += scenario["seconds"]
        else:
            self.quiet_false += count
            self.quiet_seconds += scenario["seconds"]

    def add(self, judged):
        for verdict in judged:
            if verdict["incident"]["due"] is None:
                self.small += 1
                self.small_found += verdict["found"]
                continue
            self.due += 1
            self.found += verdict["found"]
            if not verdict["spikes"]:
                continue
            self.delays.append(verdict["delay"])
            self.judged += 1
            self.right += verdict["right"]
            self.classed += verdict["class"]
            self.more += len(verdict["spikes"]) - 1

    def row(self, name):
        explains = name not in YARDSTICKS
        return [
            name,
            f"{self.due}",
            share(self.found, self.due),
            f"{statistics.median(self.delays):.0f} s" if self.delays else "–",
            f"{quantile(self.delays, 0.95):.0f} s" if self.delays else "–",
            per_week(self.quiet_false, self.quiet_seconds),
            per_week(self.busy_false, self.busy_seconds),
            share(self.right, self.judged) if explains else "–",
            share(self.classed, self.judged) if explains else "–",
            f"{self.more}",
            f"{self.small_found} of {self.small}",
        ]


HEADS = [
    "detector",
    "incidents",
    "found",
    "median delay",
    "95 %",
    "false a week, quiet",
    "false a week, between incidents",
    "right keys",
    "right class",
    "more than one spike",
    "smaller ones found",
]


def share(part, whole):
    return f"{100 * part / whole:.1f} %" if whole else "–"


def quantile(values, at):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(at * len(ordered)))]


def per_week(count, seconds):
    return f"{count * WEEK / seconds:.2f}" if seconds else "–"


def surges_at(scenario, time):
    return [
        surge["kind"]
        for surge in scenario["surges"]
        if surge["begin"] <= time <= surge["begin"] + surge["seconds"] + 60
    ] + [
        f"loss to {loss['completeness']:.2f}"
        for loss in scenario["losses"]
        if loss["begin"] <= time <= loss["begin"] + loss["seconds"] + 60
    ]


def describe_incident(scenario, incident):
    due = "" if incident["due"] is None else f" due +{incident['due'] - incident['begin']:.0f} s"
    return (
        f"seed {scenario['seed']} {scenario['sensor']} {incident['kind']} {incident['rcode']} "
        f"{incident['shape']} {incident['end'] - incident['begin']:.0f} s at "
        f"+{incident['begin'] - scenario['begin']:.0f} s{due}, {incident['usual']:.2f}/s usual, "
        f"+{incident['extra']:.1f}/s (×{incident['size']:.1f}), EDE {incident['info_codes']}, "
        f"{len(incident['zones'])} zones {incident['zones'][:2]}, {incident['servers'][:2]}, "
        f"{len(incident['clients'])} clients {incident['clients'][:2]}, names {incident['names']}"
    )


def describe_spike(scenario, spike):
    at = spike["detected"] - scenario["begin"]
    parts = [
        " ".join(
            str(part[key]) for key in ("zone", "server", "client", "qtype", "ede") if part[key] not in ("", 0, -1)
        )
        + f" {part['share']:.2f}"
        for part in spike.get("explains", [])[:4]
    ]
    return (
        f"{spike['rcode']} {spike['dimension']} {spike['key']} at +{at:.0f} s, "
        f"{spike.get('kind')}, {spike.get('rate', 0):.1f}/s against {spike.get('baseline', 0):.2f}/s, "
        f"class {spike.get('class')} {spike.get('reasons')}, {parts}"
    )


def failures(scenario, judged, false):
    for verdict in judged:
        incident = verdict["incident"]
        if incident["due"] is None:
            continue
        text = describe_incident(scenario, incident)
        if not verdict["found"]:
            yield "MISSED " + text
        elif verdict["spikes"]:
            first = verdict["spikes"][0]
            said = "\n    said: " + describe_spike(scenario, first)
            if not verdict["right"]:
                yield "KEYS " + text + said
            if not verdict["class"]:
                yield "CLASS " + text + said
            if verdict["delay"] > 10:
                yield f"LATE {verdict['delay']:.0f} s " + text + said
            for more in verdict["spikes"][1:3]:
                yield "AGAIN " + text + "\n    said: " + describe_spike(scenario, more)
    for spike in false:
        beside = surges_at(scenario, spike["detected"])
        near = [
            incident["kind"]
            for incident in scenario["incidents"]
            if incident["begin"] <= spike["detected"] <= incident["end"] + 300
        ]
        yield (
            f"FALSE seed {scenario['seed']} {scenario['sensor']} {scenario['rate']:.0f}/s, "
            f"during {beside or 'nothing'}, near {near or 'nothing'}\n    said: "
            + describe_spike(scenario, spike)
        )


def score(scenarios):
    """({detector: Score}, {kind of incident: Score of our detector}, [lines of what it got wrong])."""
    scores = collections.defaultdict(Score)
    kinds = collections.defaultdict(Score)
    wrong = []
    for scenario in scenarios:
        for detector in scenario["spikes"]:
            judged, false = verdicts(scenario, detector)
            scores[detector].add(judged)
            scores[detector].add_false(scenario, len(false))
            if detector != DETECTOR:
                continue
            wrong += failures(scenario, judged, false)
            for verdict in judged:
                kinds[verdict["incident"]["kind"]].add([verdict])
    return scores, kinds, wrong


def report(lines, with_failures=False):
    """Prints the tables of what `incidents` wrote."""
    scenarios = [json.loads(line) for line in lines]
    scores, kinds, wrong = score(scenarios)
    if with_failures:
        print("\n".join(wrong) + "\n")
    print_table(HEADS, scores)
    print()
    print_table(["incident", *HEADS[1:]], dict(sorted(kinds.items())))
    windows = sum(scenario["windows"] for scenario in scenarios)
    seconds = sum(scenario["seconds_taken"] for scenario in scenarios)
    detector = sum(scenario["seconds_detector"] for scenario in scenarios)
    print(
        f"\n{windows / 1e6:.2f} million windows, {seconds:.0f} s of a core, {detector:.0f} s of it in"
        " the detector."
    )


def print_table(heads, scores):
    print("| " + " | ".join(heads) + " |")
    print("|" + "---|" * len(heads))
    for name, each in scores.items():
        print("| " + " | ".join(each.row(name)) + " |")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("files", nargs="+")
    parser.add_argument("--failures", action="store_true", help="list what the detector got wrong")
    options = parser.parse_args()
    lines = []
    for path in options.files:
        with open(path, encoding="utf-8") as text:
            lines += text.readlines()
    report(lines, options.failures)


if __name__ == "__main__":
    main()

#!/usr/bin/python3
"""Plants faults in parse/ and in the accounting, one at a time, and sees whether a test fails.

  tests/mutation/run_mutants.py [--mutants 300] [--seed 1] [--seconds N] [--threads 2] [--fresh]
  tests/mutation/run_mutants.py --show KEY

The sample is drawn with the seed, from all places where an operator, a bound or a constant can be
another; where a source changes, only the mutants of its changed lines do. What was found is kept in build/mutation/results.jsonl, so that a run can be stopped
(--seconds) and gone on with; --fresh forgets it. Exit status: 0 when at least 95 % were killed,
1 when fewer were, 75 when --seconds ended the run first.

Survivors that no test can kill are listed in survivors.tsv with the reason, and are left out of
the rate; so are mutants that compile to the same object code. A test that does not end is a kill:
one that takes four times its CPU time, so that a busy machine kills nothing.
"""

import argparse
import csv
import difflib
import json
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import stand
from mutants import mutants_of

WANTED = 0.95
LISTED = Path(__file__).with_name("survivors.tsv")
RESULTS = stand.BUILD / "results.jsonl"
ACCOUNTING = [
    *(f"aggregate/{name}.cc" for name in
      ("collector", "key_counts", "recorder", "series", "shard", "top_keys", "totals")),
    "app/pipeline.cc",
]  # fmt: skip


def sources():
    parse = sorted(path.relative_to(stand.ROOT).as_posix() for path in (stand.ROOT / "parse").glob("*.cc"))
    return parse + ACCOUNTING


def all_mutants():
    return [
        mutant
        for file in sources()
        for mutant in mutants_of(file, (stand.ROOT / file).read_text(encoding="utf-8"))
    ]


def listed_survivors():
    """(file, line before, line after) → why no test can tell."""
    with open(LISTED, encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        return {(row["file"], row["before"], row["after"]): row["reason"] for row in rows}


class Results:
    """What is known of mutants, kept in a file. Survivors are known for the tests of that time."""

    def __init__(self, fresh):
        self._tests = stand.fingerprint()
        self._known = {}
        if fresh:
            RESULTS.unlink(missing_ok=True)
        if RESULTS.exists():
            for line in RESULTS.read_text(encoding="utf-8").splitlines():
                entry = json.loads(line)
                if entry["verdict"] != "survived" or entry["tests"] == self._tests:
                    self._known[entry["key"]] = entry
                else:
                    self._known.pop(entry["key"], None)

    def verdict(self, mutant):
        entry = self._known.get(mutant.key)
        return entry and entry["verdict"]

    def add(self, mutant, verdict, by):
        entry = {"key": mutant.key, "mutant": str(mutant), "verdict": verdict, "by": by, "tests": self._tests}
        self._known[mutant.key] = entry
        with open(RESULTS, "a", encoding="utf-8") as lines:
            lines.write(json.dumps(entry) + "\n")


def run(wanted, seed, seconds, threads, fresh):
    """[(mutant, verdict)], and whether all were tested."""
    order = sorted(all_mutants(), key=lambda mutant: mutant.place(seed), reverse=True)
    results = Results(fresh)
    bench = stand.Stand()
    for folder, stages in bench.describe():
        print(f"{folder}: {stages}", flush=True)
    end = time.monotonic() + seconds

    def judge(mutant):
        if results.verdict(mutant) is None and time.monotonic() < end:
            verdict, by = bench.try_mutant(mutant)
            results.add(mutant, verdict, by)
            print(f"{verdict:8} {mutant.key} {mutant}  [{by}]", flush=True)
        return results.verdict(mutant)

    tested = []
    with ThreadPoolExecutor(threads) as pool:
        while len(tested) < wanted and order:
            some = [order.pop() for _ in range(min(len(order), wanted - len(tested)))]
            judged = list(zip(some, pool.map(judge, some)))
            if any(verdict is None for _, verdict in judged):
                return [(m, v) for m, v in tested + judged if v not in (None, "invalid")], False
            tested += [(mutant, verdict) for mutant, verdict in judged if verdict not in ("invalid", "same")]
    return tested, True


def report(tested):
    """Prints it; the share that was killed of those that can be."""
    listed = listed_survivors()
    counts = Counter()
    for mutant, verdict in tested:
        reason = listed.get((mutant.file, mutant.before, mutant.after))
        if verdict == "survived":
            verdict = "no test can tell" if reason else "survived"
            print(f"{verdict}: {mutant.key} {mutant}" + (f"\n    {reason}" if reason else ""))
        counts[verdict] += 1
    rate = counts["killed"] / max(1, counts["killed"] + counts["survived"])
    print(f"{len(tested)} mutants: {dict(counts)}; killed {100 * rate:.1f} % of those that a test can tell, "
          f"{100 * counts['killed'] / max(1, len(tested)):.1f} % of all")  # fmt: skip
    return rate


def show(key):
    for mutant in all_mutants():
        if mutant.key == key:
            old = (stand.ROOT / mutant.file).read_text(encoding="utf-8")
            sys.stdout.writelines(
                difflib.unified_diff(old.splitlines(True), mutant.text.splitlines(True), mutant.file, key)
            )
            return 0
    print(f"no mutant has the key {key}", file=sys.stderr)
    return 64


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--mutants", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=float("inf"))
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--fresh", action="store_true")
    parser.add_argument("--show", metavar="KEY")
    options = parser.parse_args()
    if options.show:
        return show(options.show)
    stand.set_up()
    tested, whole = run(options.mutants, options.seed, options.seconds, options.threads, options.fresh)
    rate = report(tested)
    if not whole:
        return 75
    return 0 if rate >= WANTED else 1


if __name__ == "__main__":
    sys.exit(main())

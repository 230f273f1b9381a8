#!/usr/bin/python3
"""Runs the spike detector and the yardsticks on hundreds of seeded incidents and weeks of quiet,
and prints what came of it as a table.

    bench/incidents/proof.py --build build/bench
    bench/incidents/proof.py --build build/bench --seeds tuning --failures

Thresholds are chosen on the seeds for tuning and on no others.
"""

import argparse
import concurrent.futures
import pathlib
import subprocess
import time

import judge

FIRST_SEED = {"tuning": 1, "proof": 5_000_000}


def run(program, arguments):
    done = subprocess.run([program, *arguments], stdout=subprocess.PIPE, check=True)
    return done.stdout.decode()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--build", type=pathlib.Path, required=True, help="build directory")
    parser.add_argument("--seeds", choices=FIRST_SEED, default="proof")
    parser.add_argument("--scenarios", type=int, default=90, help="of 7 incidents each")
    parser.add_argument("--weeks", type=int, default=20, help="of quiet, all sensors together")
    parser.add_argument("--days", type=int, default=7, help="of quiet at each sensor")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--out", type=pathlib.Path, help="keep what the program wrote")
    parser.add_argument("--failures", action="store_true", help="list what the detector got wrong")
    options = parser.parse_args()

    program = options.build / "bench" / "incidents" / "incidents"
    first = FIRST_SEED[options.seeds]
    quiet = ["--quiet", "--seconds", str(options.days * 86_400)]
    sensors = options.weeks * 7 // options.days
    tasks = [[*quiet, "--seed", str(first + i)] for i in range(sensors)]
    tasks += [["--seed", str(first + i)] for i in range(options.scenarios)]
    begun = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        lines = "".join(pool.map(lambda task: run(program, task), tasks))
    if options.out:
        options.out.write_text(lines, encoding="utf-8")
    judge.report(lines.splitlines(), options.failures)
    print(f"\nSeeds {first} and on; {time.monotonic() - begun:.0f} s with {options.jobs} processes.")


if __name__ == "__main__":
    main()

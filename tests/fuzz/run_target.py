#!/usr/bin/python3
"""Runs one fuzz target from seeds made of the captures: a short run for the tests.

    run_target.py [OPTIONS] MAKE_SEEDS KIND TARGET ARTIFACTS

Exit status 0: nothing was found; with --find, a crash that printed TEXT was, and its input is among
the artifacts. Without --corpus, what was learned is forgotten.

Seconds are of CPU time: a busy machine makes a run longer, not thinner."""

import argparse
import itertools
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

CAPTURES = Path(__file__).resolve().parent.parent / "captures"
# Most of the time would go into stacks of allocations; a finding is repeated without this.
FASTER = "malloc_context_size=1"
EXECUTED = "stat::number_of_executed_units:"
ARTIFACTS = ("crash-*", "leak-*", "timeout-*", "oom-*")


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--find", metavar="TEXT")
    parser.add_argument("--corpus", type=Path)
    parser.add_argument("--seconds", type=int, default=15)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--patience", type=int, default=5, help="seconds that an input may take")
    parser.add_argument("make_seeds")
    parser.add_argument("kind")
    parser.add_argument("target", type=Path)
    parser.add_argument("artifacts", type=Path)
    return parser.parse_args()


def found(artifacts):
    return sorted(path for pattern in ARTIFACTS for path in artifacts.glob(pattern))


def cpu_time():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def fuzz(args, seeds, corpus):
    """The exit status of libFuzzer and what it printed, of as many runs as the seconds take."""
    begin = cpu_time()
    lines = []
    for seed in itertools.count(args.seed):
        left = args.seconds - (cpu_time() - begin)
        status, printed = fuzz_once(args, seeds, corpus, max(int(left), 1), seed)
        lines += printed
        used = cpu_time() - begin
        if status != 0 or used >= args.seconds - 1:
            break
    inputs = sum(int(line.split()[-1]) for line in lines if line.startswith(EXECUTED))
    return status, [*lines, f"{inputs} inputs in {used:.0f} s of CPU time"]


def fuzz_once(args, seeds, corpus, seconds, seed):
    command = [
        args.target,
        f"-max_total_time={seconds}",
        f"-seed={seed}",
        "-rss_limit_mb=2048",
        f"-timeout={args.patience}",
        f"-report_slow_units={args.patience}",
        "-max_len=4096",
        "-print_final_stats=1",
        f"-artifact_prefix={args.artifacts}/",
        corpus,
        seeds,
    ]
    options = ":".join(filter(None, (os.environ.get("ASAN_OPTIONS"), FASTER)))
    environment = {**os.environ, "ASAN_OPTIONS": options}
    done = subprocess.run(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    return done.returncode, done.stdout.decode("utf-8", "replace").splitlines()


def main():
    args = arguments()
    args.artifacts.mkdir(parents=True, exist_ok=True)
    for old in found(args.artifacts):
        old.unlink()
    with tempfile.TemporaryDirectory(prefix="rcodescope-fuzz-") as folder:
        seeds = Path(folder) / "seeds"
        corpus = args.corpus or Path(folder) / "corpus"
        corpus.mkdir(parents=True, exist_ok=True)
        captures = sorted(CAPTURES.glob("*.pcap")) + sorted(CAPTURES.glob("*.pcapng"))
        subprocess.run([args.make_seeds, args.kind, seeds, *captures], check=True)
        status, lines = fuzz(args, seeds, corpus)
    print("\n".join(lines[-80:] if status else lines[-9:]))
    artifacts = found(args.artifacts)
    for path in artifacts:
        print(f"{args.target.name}: {path}: {path.read_bytes().hex()}")
    if args.find:
        crashes = [path for path in artifacts if path.name.startswith("crash-")]
        return 0 if status != 0 and crashes and args.find in lines else 1
    return 0 if status == 0 and not artifacts else 1


if __name__ == "__main__":
    sys.exit(main())

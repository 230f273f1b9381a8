#!/usr/bin/python3
"""Runs one fuzz target from seeds made of the captures: a short run for the tests.

    run_target.py [OPTIONS] MAKE_SEEDS KIND TARGET ARTIFACTS

Exit status 0: nothing was found; with --find, a crash that printed TEXT was, and its input is among
the artifacts. Without --corpus, what was learned is forgotten."""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

CAPTURES = Path(__file__).resolve().parent.parent / "captures"
# Most of the time would go into stacks of allocations; a finding is repeated without this.
FASTER = "malloc_context_size=1"
ARTIFACTS = ("crash-*", "leak-*", "timeout-*", "oom-*")


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--find", metavar="TEXT")
    parser.add_argument("--corpus", type=Path)
    parser.add_argument("--seconds", type=int, default=15)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("make_seeds")
    parser.add_argument("kind")
    parser.add_argument("target", type=Path)
    parser.add_argument("artifacts", type=Path)
    return parser.parse_args()


def found(artifacts):
    return sorted(path for pattern in ARTIFACTS for path in artifacts.glob(pattern))


def fuzz(args, seeds, corpus):
    """The exit status of libFuzzer and what it printed."""
    command = [
        args.target,
        f"-max_total_time={args.seconds}",
        f"-seed={args.seed}",
        "-rss_limit_mb=2048",
        "-timeout=5",
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

"""Runs the program under test, which the first command-line argument names (or RCODESCOPE)."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import unittest
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
CAPTURES = REPOSITORY / "tests" / "captures"
LONGEST_RUN = 60  # seconds

_path = os.environ.get("RCODESCOPE", str(REPOSITORY / "build" / "app" / "rcodescope"))


def main():
    """unittest.main(), with the program's path taken off the command line."""
    global _path
    if len(sys.argv) > 1 and "/" in sys.argv[1]:
        _path = sys.argv.pop(1)
    unittest.main(verbosity=2)  # which also prints why a test is skipped


def command(*arguments):
    return [_path, *map(os.fspath, arguments)]


def run(*arguments, **options):
    """The finished process; its output is bytes."""
    options.setdefault("stdin", subprocess.DEVNULL)
    if "input" in options:
        del options["stdin"]
    options.setdefault("stdout", subprocess.PIPE)
    options.setdefault("timeout", LONGEST_RUN)
    return subprocess.run(command(*arguments), stderr=subprocess.PIPE, check=False, **options)


def replay(*arguments, **options):
    return run("replay", *arguments, **options)


def report(*arguments, **options):
    """The JSON report of a replay that must succeed."""
    done = replay("--json", "-", *arguments, **options)
    if done.returncode != 0:
        raise AssertionError(f"{arguments}: {done.returncode}: {done.stderr.decode()}")
    return json.loads(done.stdout)


def stand_still(process):
    """SIGSTOP, and back when each of its threads has stopped, which on a busy machine takes a while."""
    process.send_signal(signal.SIGSTOP)
    os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)


def without_sources(report_bytes):
    """The report's text but for `sources`, order and number format kept."""
    parsed = json.loads(report_bytes, parse_float=str)
    del parsed["sources"]
    return json.dumps(parsed, indent=1)


def responses(listing):
    """{key: responses} of a list of the report."""
    keys = ("rcode", "zone", "client", "server")
    sums = {}
    for entry in listing:
        key = next(entry[key] for key in keys if key in entry)
        sums[key] = sums.get(key, 0) + entry["responses"]
    return sums


@contextlib.contextmanager
def running(*arguments, **options):
    """The started process; killed at the end if it is still there."""
    process = subprocess.Popen(command(*arguments), **options)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream:
                stream.close()


@contextlib.contextmanager
def serving(*arguments):
    """(process, port) of a replay that has read its files and serves; stopped at the end."""
    options = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
    with running("replay", "--listen", "127.0.0.1:0", *arguments, **options) as process:
        lines = []
        for line in process.stderr:
            lines.append(line)
            if match := re.search(rb'msg="serving[^"]*".* port="?(\d+)', line):
                break
        else:
            raise AssertionError(f"it does not serve: {b''.join(lines).decode()}")
        yield process, int(match[1])
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            process.wait(LONGEST_RUN)

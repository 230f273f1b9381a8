"""Runs the tool under test over captures, and what every test of this folder does around that.

The tool prints one JSON line per DNS message and a last one with the sums ("end"); it is named by
the first command-line argument or by RCODESCOPE_OBSERVE.
"""

import json
import os
import subprocess
import sys
import time
import unittest
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import truth

PROCESSES = 2
LONGEST_RUN = 10  # seconds a file may take
SANITIZER_REPORTS = ("ERROR: AddressSanitizer", "ERROR: LeakSanitizer", "runtime error:")
CLEAN_EXITS = (0, 65, 66)  # done, damaged input (EX_DATAERR), no input (EX_NOINPUT)

_tool = os.environ.get("RCODESCOPE_OBSERVE", str(truth.REPOSITORY / "build" / "tests" / "observe"))


@dataclass
class Run:
    """What one run of the tool gave."""

    status: int | None  # negative: killed by that signal; None: stopped at LONGEST_RUN
    seconds: float
    stderr: str
    messages: list = field(default_factory=list)
    end: dict | None = None

    def __post_init__(self):
        names = self.end["frames"] if self.end else {}
        self._dispositions = {frame: name for name in names for frame in names[name]}

    def responses(self):
        return [message for message in self.messages if message["qr"] == 1]

    def disposition(self, frame):
        """How the frame ended by itself: a name of parse/disposition.h, "held" for a fragment that
        waited for others, "unread" when it was not reached."""
        return self._dispositions.get(frame, "unread")

    def faults(self):
        """What must not be, whatever the file holds: a list of sentences."""
        if self.status is None:
            return [f"not done after {self.seconds} s"]
        found = []
        if self.status not in CLEAN_EXITS:
            found.append(f"exit status {self.status}: {self.stderr[-300:]}")
        if any(report in self.stderr for report in SANITIZER_REPORTS):
            found.append(f"sanitizer report: {self.stderr[:600]}")
        if self.end is None:
            return found + ["no end line"]
        if self.end["exit"] != self.status:
            found.append(f"exit status {self.status}, but the end line says {self.end['exit']}")
        if (self.end["error"] is None) != (self.status == 0):
            found.append(f"exit status {self.status} with error {self.end['error']!r}")
        for residual in ("residual", "message_residual"):
            if self.end[residual] != 0:
                found.append(f"{residual} {self.end[residual]}")
        if sum(self.end["dispositions"].values()) != self.end["seen"]:
            found.append("the dispositions do not add up to the frames seen")
        counts = {name: n for name, n in self.end["dispositions"].items() if n}
        listed = {name: len(frames) for name, frames in self.end["frames"].items()}
        late = ("fragment", "fragment_incomplete", "message")  # how those held may end
        if any(counts.get(n, 0) != listed.get(n, 0) for n in {*counts, *listed} - {*late, "held"}):
            found.append(f"dispositions {counts}, but frames {listed}")
        if sum(counts.get(n, 0) for n in late) != sum(listed.get(n, 0) for n in (*late, "held")):
            found.append(f"dispositions {counts}, but frames {listed}")
        return found


def run(path, ports=None, seconds=LONGEST_RUN):
    command = [_tool] + (["--ports", ",".join(map(str, ports))] if ports else []) + [str(path)]
    begin = time.monotonic()
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired:
        return Run(None, seconds, "")
    seconds = time.monotonic() - begin
    stderr = done.stderr.decode("utf-8", "replace")
    if not done.stdout.endswith(b"\n"):  # it died over a line
        return Run(done.returncode, seconds, stderr)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    end = lines.pop() if "end" in lines[-1] else None
    return Run(done.returncode, seconds, stderr, lines, end)


def for_each(captures, work):
    """[(capture, work(capture))], in order, two at a time."""
    with ThreadPoolExecutor(PROCESSES) as pool:
        return list(zip(captures, pool.map(work, captures)))


def main():
    """Names the tool, says when the large corpus is absent, runs the calling file's tests."""
    global _tool
    if len(sys.argv) > 1 and not sys.argv[1].startswith("-"):
        _tool = sys.argv.pop(1)
    if not Path(_tool).exists():
        sys.exit(f"{_tool}: the tool under test is not there; name it as the first argument")
    if truth.corpus_root() is None:
        absent = "the large corpus is absent (RCODESCOPE_CORPUS): only tests/captures is replayed"
        if os.environ.get("CI"):
            sys.exit(absent)
        print(absent)
    sys.stdout.flush()
    unittest.main(module="__main__", verbosity=2)

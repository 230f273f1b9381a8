"""The build in which one mutated source is compiled and linked to tests, and the tests' runs."""

import hashlib
import json
import math
import os
import resource
import shlex
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build" / "mutation"
QUICK = 0.1  # s: unit tests that take no longer are run before the others
MOST_MEMORY = 4 << 30  # bytes of address space
# A test that takes this many times the CPU time it takes without a mutant does not end. The clock on
# the wall says little beside a busy machine.
MOST_CPU = 4
LEAST_CPU = 5  # s
LOOKS = 12  # one after the other at which every thread sleeps and none has worked since: it is stuck
LOOK = 5  # s between two

_UNITS = {
    "parse": ("tests/parse/parse_test",),
    "aggregate": ("tests/aggregate/aggregate_test", "tests/pipeline/pipeline_test"),
    "app": ("tests/pipeline/pipeline_test",),
}
_OBSERVE = "tests/observe"
TARGETS = sorted({target for units in _UNITS.values() for target in units} | {_OBSERVE})


@dataclass
class Stage:
    """One test program, and what it needs when nothing is wrong."""

    target: str
    command: list  # the program's path is put in place of None
    seconds: float = 0.0  # of CPU time


def set_up():
    """Configures and compiles the lean build: little optimisation, assertions, no debug data."""
    if not (BUILD / "build.ninja").exists():
        options = ["--optimization=1", "-Ddebug=false", "-Db_ndebug=false", "-Dbench=false",
                   "-Dwerror=false", "-Dcpp_link_args=-fuse-ld=gold"]  # fmt: skip
        subprocess.run(["meson", "setup", BUILD, *options], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["ninja", "-C", BUILD, "--quiet", *TARGETS], check=True)


def fingerprint():
    """Of the tests as they are now: a survivor of other tests may be killed by these."""
    digest = hashlib.sha256()
    for path in sorted([*(ROOT / "tests").rglob("*_test.*"), *(ROOT / "tests" / "captures").glob("*")]):
        if path.is_file():
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


class Stand:
    """Shared by the threads that test mutants; `set_up` has been called."""

    def __init__(self):
        commands = json.loads((BUILD / "compile_commands.json").read_text())
        self._compile = {
            os.path.relpath(BUILD / entry["file"], ROOT): shlex.split(entry["command"])
            for entry in commands
        }
        self._link = {target: self._last_command(target) for target in TARGETS}
        self._unmutated = {}
        self._stages = self._known_stages()

    @staticmethod
    def _last_command(target):
        listing = ["ninja", "-C", BUILD, "-t", "commands", target]
        done = subprocess.run(listing, check=True, capture_output=True, text=True)
        return shlex.split(done.stdout.strip().split("\n")[-1])

    def _known_stages(self):
        """Those of an earlier run of the same tests, or found out now."""
        known = BUILD / "stages.json"
        if known.exists():
            told = json.loads(known.read_text())
            if told["tests"] == fingerprint():
                return {folder: [Stage(**stage) for stage in told["stages"][folder]] for folder in _UNITS}
        stages = {folder: self._stages_of(units) for folder, units in _UNITS.items()}
        told = {folder: [vars(stage) for stage in some] for folder, some in stages.items()}
        known.write_text(json.dumps({"tests": fingerprint(), "stages": told}))
        return stages

    def _stages_of(self, units):
        """Quick tests first. Each stage is run once to see that it passes and how long it takes."""
        stages, slow = [], []
        for target in units:
            names = _slow_tests(BUILD / target)
            stages.append(Stage(target, [None, "--gtest_fail_fast", "--gtest_filter=*-" + ":".join(names)]))
            if names:
                slow.append(Stage(target, [None, "--gtest_fail_fast", "--gtest_filter=" + ":".join(names)]))
        if "tests/parse/parse_test" in units:
            script = str(ROOT / "tests" / "corpus" / "known_facts_test.py")
            slow.append(Stage(_OBSERVE, ["/usr/bin/python3", script, None]))
        stages += slow
        for stage in stages:
            verdict, stage.seconds = _run(stage, BUILD / stage.target, 300)
            if verdict is not None:
                raise SystemExit(f"{stage.target} fails without a mutant ({verdict})")
        return stages

    def describe(self):
        for folder, stages in self._stages.items():
            yield folder, [(stage.target, round(stage.seconds, 1)) for stage in stages]

    def try_mutant(self, mutant):
        """(verdict, by): killed, survived, same (object code) or invalid (does not compile)."""
        with tempfile.TemporaryDirectory(prefix="rcodescope-mutant-") as name:
            folder = Path(name)
            made = self._object(mutant.file, mutant.text, folder)
            if made is None:
                return "invalid", "compiler"
            if made.read_bytes() == self._unmutated_object(mutant.file, folder):
                return "same", "compiler"
            for stage in self._stages[mutant.file.split("/")[0]]:
                program = folder / Path(stage.target).name
                if not program.exists() and not self._linked(stage.target, made, program, folder):
                    return "invalid", "linker"
                cpu = max(LEAST_CPU, MOST_CPU * stage.seconds)
                fault, _ = _run(stage, program, cpu, scratch=folder)
                if fault is not None:
                    return "killed", f"{stage.target}: {fault}"
        return "survived", ""

    def _object(self, file, text, folder):
        source = folder / file
        source.parent.mkdir(exist_ok=True)
        source.write_text(text, encoding="utf-8")
        made = source.with_suffix(".o")
        command = list(self._compile[file])
        for option, value in (("-o", made), ("-MF", source.with_suffix(".d")), ("-c", source)):
            command[command.index(option) + 1] = str(value)
        command.append(f"-fmacro-prefix-map={folder}/=")  # __FILE__ in assertions
        # No other run will ask for this object.
        environment = {**os.environ, "CCACHE_DISABLE": "1"}
        done = subprocess.run(command, cwd=BUILD, env=environment, capture_output=True, check=False)
        return made if done.returncode == 0 else None

    def _unmutated_object(self, file, folder):
        if file not in self._unmutated:
            inner = folder / "unmutated"
            inner.mkdir()
            text = (ROOT / file).read_text(encoding="utf-8")
            self._unmutated[file] = self._object(file, text, inner).read_bytes()
        return self._unmutated[file]

    def _linked(self, target, made, program, folder):
        """The mutated object stands before the library, which then has no need to give its own."""
        command = list(self._link[target])
        at = command.index("-o") + 1
        command[at : at + 1] = [str(program), str(made)]
        return subprocess.run(command, cwd=BUILD, capture_output=True, check=False).returncode == 0


def _slow_tests(program):
    with tempfile.NamedTemporaryFile(suffix=".json") as report:
        command = [program, f"--gtest_output=json:{report.name}", "--gtest_brief=1"]
        subprocess.run(command, check=True, capture_output=True)
        suites = json.load(open(report.name, encoding="utf-8"))["testsuites"]
    return [
        f"{suite['name']}.{test['name']}"
        for suite in suites
        for test in suite["testsuite"]
        if float(test["time"].removesuffix("s")) > QUICK
    ]


def _limit(cpu):
    """Of the process that is about to become a test."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(cpu), math.ceil(cpu)))


def _sleeps(group):
    """(whether every thread of the process group does, the CPU time they have had)."""
    states, spent = set(), 0
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if os.getpgid(int(process.name)) != group:
                continue
            for task in (process / "task").iterdir():
                fields = (task / "stat").read_text().rpartition(")")[2].split()
                states.add(fields[0])
                spent += int(fields[11]) + int(fields[12])
        except OSError:  # it has just ended
            return False, 0
    return states == {"S"}, spent


def _end(running):
    """Waits for it: (exit status or None if it was stuck, seconds of CPU time)."""
    asleep, before = 0, None
    while asleep < LOOKS:
        end = time.monotonic() + LOOK
        pid = 0
        while pid == 0 and time.monotonic() < end:
            pid, status, usage = os.wait4(running.pid, os.WNOHANG)
            if pid == 0:
                time.sleep(0.01)
        if pid != 0:
            break
        sleeps, spent = _sleeps(running.pid)
        asleep = asleep + 1 if sleeps and spent == before else 0
        before = spent
    try:
        os.killpg(running.pid, signal.SIGKILL)  # and what it started
    except ProcessLookupError:
        pass
    if pid == 0:
        _, status, usage = os.wait4(running.pid, 0)
    running.returncode = os.waitstatus_to_exitcode(status)
    return None if pid == 0 else running.returncode, usage.ru_utime + usage.ru_stime


def _run(stage, program, cpu, scratch=None):
    """(what went wrong or None, seconds of CPU time); `cpu`: the most of these."""
    command = [str(program if part is None else part) for part in stage.command]
    # The carried captures only: the large corpus would take minutes a mutant.
    environment = {**os.environ, "RCODESCOPE_CORPUS": "/nonexistent", "TMPDIR": str(scratch or "/tmp")}
    environment.pop("CI", None)
    running = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL, preexec_fn=lambda: _limit(cpu),
                               start_new_session=True)  # fmt: skip
    status, seconds = _end(running)
    if status in (None, -signal.SIGXCPU, -signal.SIGKILL):
        return f"no end ({seconds:.0f} s of CPU time)", seconds
    return (None if status == 0 else f"exit status {status}"), seconds

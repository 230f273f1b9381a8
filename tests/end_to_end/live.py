"""`rcodescope live` on the server's end of a cable, and what its metrics page says."""

import collections
import contextlib
import os
import re
import signal
import subprocess
import time
from pathlib import Path

import network
import program

DEADLINE = 30  # seconds, for what is waited for
AT_ONCE = 0.5  # seconds until it has ended, with traffic
AT_ONCE_IDLE = 0.2

# LeakSanitizer stops all threads with system calls that the sandbox does not allow.
ENVIRONMENT = dict(os.environ)
ENVIRONMENT["ASAN_OPTIONS"] = ENVIRONMENT.get("ASAN_OPTIONS", "") + ":detect_leaks=0"


def capturing(net, *arguments, interface=network.INTERFACE):
    """(process, port) of a live capture beside the server."""
    return started(
        net.at_server(
            *program.command("live", "-i", interface, "--listen", "127.0.0.1:0", "--window",
                             "100ms", "--epoch", "200ms", *arguments)
        )
    )


def started_following(command):
    return started(command, begun=b"following")


@contextlib.contextmanager
def started(command, begun=b"capturing"):
    """(process, port of its metrics page) of a live command, once it captures."""
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENVIRONMENT
    )
    try:
        lines = []
        for line in process.stderr:
            lines.append(line)
            if match := re.search(rb'msg="%s[^"]*".* port="?(\d+)' % begun, line):
                break
        else:
            raise AssertionError(f"it does not capture: {b''.join(lines).decode()}")
        yield process, int(match[1])
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        process.stdout.close()
        process.stderr.close()


def send_frames():
    beside = Path(program.command()[0]).parents[1] / "tests" / "support" / "send_frames"
    return os.environ.get("RCODESCOPE_SEND_FRAMES", beside)


def patience():
    """A build with AddressSanitizer, which takes its time to end, gets more of it."""
    return 10 if b"__asan_init" in Path(program.command()[0]).read_bytes() else 1


def check_at_once(test, took, limit=AT_ONCE):
    """`took`: seconds until each run had ended. The fastest tells, for other processes may be in
    the way of one."""
    test.assertLess(min(took), limit * patience())


@contextlib.contextmanager
def flood(net, capture):
    """The capture's frames from the client's end of the cable, again and again, as fast as it goes."""
    sender = subprocess.Popen(
        net.at_client(send_frames(), "eth0", capture, str(10**12)), stdout=subprocess.DEVNULL
    )
    try:
        yield
    finally:
        sender.kill()
        sender.wait()


FETCH = """
import http.client, sys
connection = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]), timeout=10)
connection.request("GET", sys.argv[2])
reply = connection.getresponse()
sys.stdout.write(f"{reply.status}\\n{reply.read().decode()}")
"""


def fetch(net, port, path):
    """(status, body), from inside the server's namespace."""
    done = subprocess.run(
        net.at_server("/usr/bin/python3", "-c", FETCH, str(port), path),
        capture_output=True, check=True,
    )
    status, _, body = done.stdout.decode().partition("\n")
    return int(status), body


def series(page, name):
    """[(labels, value)] of one metric of the page."""
    found = []
    for line in page.splitlines():
        if match := re.fullmatch(rf"rcodescope_{name}(?:{{(.*)}})? (\S+)", line):
            labels = dict(re.findall(r'(\w+)="([^"]*)"', match[1] or ""))
            found.append((labels, float(match[2])))
    return found


def sums(page, name, label):
    """{value of the label: sum} of what is not 0."""
    found = collections.Counter()
    for labels, value in series(page, name):
        found[labels[label]] += value
    return {key: value for key, value in found.items() if value}


def page_with(net, port, responses):
    """The metrics page, once it tells of so many responses."""
    end = time.monotonic() + DEADLINE
    while time.monotonic() < end:
        status, page = fetch(net, port, "/metrics")
        if status == 200 and sum(v for _, v in series(page, "responses_total")) >= responses:
            return page
    raise AssertionError(f"{responses} responses did not come: {page}")


def end(process, number=signal.SIGTERM):
    """(status, seconds it took, log) after a signal."""
    begin = time.monotonic()
    process.send_signal(number)
    process.wait(DEADLINE)
    took = time.monotonic() - begin
    return process.returncode, took, process.stderr.read().decode()


def until(condition, said=lambda: "it did not come to pass"):
    """`said`: what to say when it never does."""
    last = time.monotonic() + DEADLINE
    while not condition():
        if time.monotonic() > last:
            raise AssertionError(said())
        os.sched_yield()

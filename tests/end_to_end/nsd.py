"""A real name server (NSD) for one zone, in a network namespace."""

import contextlib
import subprocess
import time
from pathlib import Path

import network

ZONE = "example.test"
START = 20  # seconds, on a busy machine

CONFIGURATION = """
server:
    ip-address: {v4}
    ip-address: {v6}
    server-count: 1
    username: ""
    chroot: ""
    database: ""
    zonesdir: "{folder}"
    zonelistfile: "{folder}/zone.list"
    xfrdfile: "{folder}/xfrd.state"
    xfrdir: "{folder}"
    pidfile: ""
    logfile: "{folder}/nsd.log"
    rrl-ratelimit: 0
    verbosity: 1
remote-control:
    control-enable: no
zone:
    name: "{zone}"
    zonefile: "{folder}/zone"
"""
RECORDS = """$TTL 300
@ IN SOA ns hostmaster 1 3600 600 86400 60
@ IN NS ns
ns IN A 192.0.2.53
www IN A 192.0.2.80
alias IN CNAME www
"""


@contextlib.contextmanager
def serving(net, folder):
    """The running process, once it answers."""
    folder = Path(folder)
    configuration = folder / "nsd.conf"
    configuration.write_text(
        CONFIGURATION.format(
            v4=network.SERVER_V4, v6=network.SERVER_V6, folder=folder, zone=ZONE
        ),
        encoding="utf-8",
    )
    (folder / "zone").write_text(f"$ORIGIN {ZONE}.\n{RECORDS}", encoding="utf-8")
    process = subprocess.Popen(net.at_server("nsd", "-d", "-c", configuration))
    try:
        wait_until_it_answers(net, process, folder / "nsd.log")
        yield process
    finally:
        process.terminate()
        process.wait(START)


def wait_until_it_answers(net, process, log):
    ask = ["dig", "+time=1", "+tries=1", f"@{network.SERVER_V4}", "www." + ZONE]
    end = time.monotonic() + START
    while time.monotonic() < end and process.poll() is None:
        if subprocess.run(net.at_server(*ask), capture_output=True, check=False).returncode == 0:
            return
    raise AssertionError(f"NSD does not answer: {log.read_text() if log.exists() else ''}")

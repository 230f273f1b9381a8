"""Real name servers for one zone, in a network namespace: how each is configured and started, and
what it says it has answered."""

import contextlib
import json
import re
import subprocess
import tempfile
import time
from pathlib import Path

import live
import network

ZONE = "example.test"
KEY = "update-key."
SECRET = "c2VjcmV0c2VjcmV0c2VjcmV0"
STATISTICS_PORT = 8053  # BIND's, on loopback
START = 20  # seconds, on a busy machine

RECORDS = f"""$ORIGIN {ZONE}.
$TTL 300
@ IN SOA ns hostmaster 1 3600 600 86400 60
@ IN NS ns
ns IN A 192.0.2.53
www IN A 192.0.2.80
alias IN CNAME www
"""


# A TSIG error stands beside NOTAUTH in the header (RFC 8945 §5.2), the upper bits of BADVERS in the
# OPT record beside NOERROR (RFC 6891 §6.1.3).
TSIG_IN_HEADER = {code: "NOTAUTH" for code in ("BADSIG", "BADKEY", "BADTIME", "BADTRUNC")}
HEADER = {**TSIG_IN_HEADER, "BADVERS": "NOERROR", "BADCOOKIE": "YXRRSET"}


class Server:
    """What all have in common. `folder` is the server's own."""

    name = ""
    configuration = ""
    # Under which code it counts an answer, where that is not the answer's own; None: not at all.
    counted_as = {}

    def __init__(self, net, folder):
        self.net = net
        self.folder = folder
        self.path = folder / "server.conf"
        self.path.write_text(
            self.configuration.format(
                v4=network.SERVER_V4, v6=network.SERVER_V6, folder=folder, zone=ZONE, key=KEY,
                secret=SECRET, statistics=STATISTICS_PORT,
            ),
            encoding="utf-8",
        )
        (folder / "zone").write_text(RECORDS, encoding="utf-8")

    def command(self):
        """What runs in the foreground."""
        raise NotImplementedError

    def answered(self):
        """{rcode: responses} by its own counters."""
        raise NotImplementedError

    def tell(self, *command):
        done = subprocess.run(self.net.at_server(*command), capture_output=True, check=True)
        return done.stdout.decode()


class Nsd(Server):
    name = "NSD"
    counted_as = HEADER
    configuration = """
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
    logfile: "{folder}/log"
    rrl-ratelimit: 0
    verbosity: 1
remote-control:
    control-enable: yes
    control-interface: "{folder}/control"
zone:
    name: "{zone}"
    zonefile: "{folder}/zone"
"""

    def command(self):
        return ["nsd", "-d", "-c", self.path]

    def answered(self):
        text = self.tell("nsd-control", "-c", self.path, "stats_noreset")
        return counts(re.findall(r"^num\.rcode\.(\w+)=(\d+)$", text, re.MULTILINE))


class Bind(Server):
    name = "BIND"
    counted_as = TSIG_IN_HEADER
    configuration = """
options {{
    directory "{folder}";
    listen-on {{ {v4}; }};
    listen-on-v6 {{ {v6}; }};
    pid-file none;
    session-keyfile none;
    managed-keys-directory "{folder}";
    recursion no;
    dnssec-validation no;
}};
controls {{ }};
statistics-channels {{ inet 127.0.0.1 port {statistics} allow {{ 127.0.0.1; }}; }};
key "{key}" {{ algorithm hmac-sha256; secret "{secret}"; }};
zone "{zone}" {{ type primary; file "{folder}/zone"; allow-update {{ key "{key}"; }}; }};
"""

    def command(self):
        return ["named", "-f", "-c", self.path, "-L", self.folder / "log"]

    def answered(self):
        _, statistics = live.fetch(self.net, STATISTICS_PORT, "/json/v1/server")
        return counts(json.loads(statistics)["rcodes"].items())


class Knot(Server):
    name = "Knot"
    configuration = """
server:
    rundir: "{folder}"
    listen: [ "{v4}@53", "{v6}@53" ]
    udp-workers: 1
    tcp-workers: 1
database:
    storage: "{folder}"
log:
  - target: "{folder}/log"
    any: info
mod-stats:
  - id: codes
    response-code: on
template:
  - id: default
    storage: "{folder}"
    global-module: mod-stats/codes
zone:
  - domain: "{zone}"
    file: "{folder}/zone"
"""

    def command(self):
        return ["knotd", "-c", self.path]

    def answered(self):
        text = self.tell("knotc", "-c", self.path, "stats", "mod-stats.response-code")
        return counts(re.findall(r"\[(\w+)\] = (\d+)", text))


class Unbound(Server):
    """A resolver that has no internet: names of its own, and SERVFAIL for others."""

    name = "Unbound"
    # What it refuses to read is in none of its counters.
    counted_as = {**HEADER, "NOTIMP": None, "FORMERR": None}
    configuration = """
server:
    interface: {v4}
    interface: {v6}
    access-control: 0.0.0.0/0 allow
    access-control: ::/0 allow
    username: ""
    chroot: ""
    directory: "{folder}"
    pidfile: ""
    use-syslog: no
    logfile: "{folder}/log"
    extended-statistics: yes
    local-zone: "{zone}." static
    local-data: "www.{zone}. A 192.0.2.80"
    do-not-query-localhost: no
remote-control:
    control-enable: yes
    control-interface: "{folder}/control"
    control-use-cert: no
forward-zone:
    name: "."
    forward-addr: 127.0.0.1@1
"""

    def command(self):
        return ["unbound", "-d", "-c", self.path]

    def answered(self):
        text = self.tell("unbound-control", "-c", self.path, "stats_noreset")
        return counts(re.findall(r"^num\.answer\.rcode\.([A-Z]+)=(\d+)$", text, re.MULTILINE))


def counts(pairs):
    """With the names IANA gives."""
    names = {"NOTIMPL": "NOTIMP"}
    return {names.get(code, code): int(count) for code, count in pairs if int(count)}


@contextlib.contextmanager
def serving(kind, net):
    """The server, once it answers."""
    with tempfile.TemporaryDirectory(prefix="rcodescope-server-") as folder:
        server = kind(net, Path(folder))
        process = subprocess.Popen(
            net.at_server(*server.command()), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            wait_until_it_answers(server, process)
            yield server
        finally:
            process.terminate()
            process.wait(START)


def wait_until_it_answers(server, process):
    ask = ["dig", "+time=1", "+tries=1", f"@{network.SERVER_V4}", "www." + ZONE]
    end = time.monotonic() + START
    while time.monotonic() < end and process.poll() is None:
        done = subprocess.run(server.net.at_server(*ask), capture_output=True, check=False)
        if done.returncode == 0 and b"status: NOERROR" in done.stdout:
            return
    log = server.folder / "log"
    told = log.read_text(encoding="utf-8") if log.exists() else ""
    raise AssertionError(f"{server.name} does not answer: {told}")

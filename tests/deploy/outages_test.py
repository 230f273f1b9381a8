#!/usr/bin/python3
"""Real servers that fail: the name server of a zone behind an Unbound dies, signatures expire, one of two
name servers loses a zone, a client asks for names that do not exist. Each is told by the sensor to an Alertmanager
of its own, and by the shipped rules of a real Prometheus to another; and its end is told.
Takes ten minutes: RCODESCOPE_LONG_TESTS=1."""

import contextlib
import os
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

import live
import network
import program
from alertmanager_server import HINDRANCE, Alertmanager, Receiver
from metrics import RULES
from prometheus_server import Prometheus

LONG = bool(os.environ.get("RCODESCOPE_LONG_TESTS"))
TOLD = {"own": "RcodescopeSpike", "rules": "RcodescopeSpikeDetected"}  # {receiver: alert}
ODD = {"own": "RcodescopeDisagreement", "rules": "RcodescopeDisagreementDetected"}
RESOLVER = network.SERVER_V4
LEFT, RIGHT = "192.0.2.61", "192.0.2.62"  # two name servers that clients ask themselves
BEHIND = "127.0.0.61"  # one that the resolver asks
CLIENTS = [f"192.0.2.{n}" for n in range(101, 105)]
WILD = "192.0.2.66"
NAMES = 400  # below a zone
USUAL = 40  # s of traffic before anything fails: what is usual is known after 30
FOUND, OVER = 60, 240  # s

ZONE = """$TTL 1
@ IN SOA ns hostmaster 1 3600 600 86400 1
@ IN NS ns
ns IN A 192.0.2.61
{names}
"""
NAMED = """
options {{
    directory "{folder}";
    listen-on {{ {address}; }};
    listen-on-v6 {{ none; }};
    pid-file none;
    session-keyfile none;
    managed-keys-directory "{folder}";
    recursion no;
    dnssec-validation no;
    minimal-responses yes;
}};
controls {{ }};
{zones}
"""
UNBOUND = """
server:
    interface: {address}
    access-control: 0.0.0.0/0 allow
    username: ""
    chroot: ""
    directory: "{folder}"
    pidfile: ""
    use-syslog: no
    logfile: "{folder}/unbound.log"
    do-not-query-localhost: no
    do-ip6: no
    local-zone: "test." nodefault
    module-config: "validator iterator"
    trust-anchor-file: "{anchor}"
    ede: yes
    cache-max-ttl: 0
    infra-host-ttl: 2
    num-queries-per-thread: 4096
    outgoing-range: 4096
remote-control:
    control-enable: yes
    control-interface: "{folder}/control"
    control-use-cert: no
{stubs}
"""


class Process:
    """A server in the network in which this thread is."""

    def __init__(self, *command):
        self.command = command
        self.start()

    def start(self):
        self.process = subprocess.Popen(self.command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def stop(self):
        self.process.kill()
        self.process.wait()


def named(folder, address, zones):
    """BIND at an address, with {zone: its file}."""
    own = folder / address
    own.mkdir(exist_ok=True)
    entries = "".join(f'zone "{name}" {{ type primary; file "{file}"; }};\n' for name, file in zones.items())
    (own / "named.conf").write_text(NAMED.format(folder=own, address=address, zones=entries), encoding="utf-8")
    return Process("named", "-f", "-c", own / "named.conf", "-L", own / "log")


def sign(folder, name, file, begin, end):
    """The zone signed with a key that stays the same, from and to times in dnssec-signzone's words."""
    if not list(folder.glob(f"K{name}.*.key")):
        subprocess.run(["dnssec-keygen", "-q", "-f", "KSK", "-a", "ECDSAP256SHA256", "-K", folder, name], check=True,
                       capture_output=True)
    signed = file.with_suffix(".signed")
    subprocess.run(["dnssec-signzone", "-S", "-z", "-P", "-K", folder, "-o", name, "-s", begin, "-e", end, "-f", signed, file],
                   check=True, capture_output=True, cwd=folder)
    return signed


def answers(server, name):
    done = subprocess.run(["dig", "+time=1", "+tries=1", f"@{server}", name], capture_output=True, check=False)
    return b"status: NOERROR" in done.stdout


def until(what, condition, seconds=live.DEADLINE):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"not in {seconds} s: {what}")
        time.sleep(0.2)  # between two questions


@unittest.skipIf(network.hindrance() or HINDRANCE, network.hindrance() or HINDRANCE)
@unittest.skipUnless(LONG, "takes ten minutes: RCODESCOPE_LONG_TESTS=1")
class OutagesTest(unittest.TestCase):
    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory(prefix="rcodescope-outages-")))
        self.net = self.enterContext(network.cable())
        for address in (LEFT, RIGHT):
            network.ip("address", "add", f"{address}/24", "dev", network.INTERFACE, namespace=self.net.server)
        network.ip("address", "add", f"{BEHIND}/8", "dev", "lo", namespace=self.net.server)
        for address in (*CLIENTS, WILD):
            network.ip("address", "add", f"{address}/24", "dev", "eth0", namespace=self.net.client)
        self.enterContext(network.inside(self.net.server))
        self.start_servers()
        self.start_watching()

    def start_servers(self):
        names = "\n".join(f"host{i} IN A 192.0.2.80" for i in range(NAMES))
        zone = self.folder / "zone"
        zone.write_text(ZONE.format(names=names), encoding="utf-8")
        self.zone = zone
        valid = sign(self.folder, "signed.test", zone, "now-1h", "now+1d")
        self.behind = named(self.folder, BEHIND, {"dead.test": zone, "signed.test": valid})
        self.left = named(self.folder, LEFT, {"lame.test": zone, "wild.test": zone})
        self.right = named(self.folder, RIGHT, {"lame.test": zone, "wild.test": zone})
        anchor, = self.folder.glob("Ksigned.test.*.key")
        stubs = "".join(f'stub-zone:\n    name: "{name}"\n    stub-addr: {BEHIND}\n' for name in ("dead.test", "signed.test"))
        config = self.folder / "unbound.conf"
        config.write_text(UNBOUND.format(address=RESOLVER, folder=self.folder, anchor=anchor, stubs=stubs), encoding="utf-8")
        self.unbound = Process("unbound", "-d", "-c", config)
        for server in ("behind", "left", "right", "unbound"):
            self.addCleanup(lambda server=server: getattr(self, server).stop())
        for server, name in ((RESOLVER, "dead.test"), (RESOLVER, "signed.test"), (LEFT, "lame.test"), (RIGHT, "lame.test")):
            until(f"{server} answers", lambda server=server, name=name: answers(server, f"host1.{name}"))

    def forget(self):
        """What Unbound knows of servers that did not answer."""
        subprocess.run(["unbound-control", "-c", self.folder / "unbound.conf", "flush_infra", "all"], check=True,
                       capture_output=True)

    def start_watching(self):
        """The sensor, which tells `own`; and a Prometheus with the rules, which tells `rules`."""
        self.receivers = {}
        alertmanagers = {}
        for name in ("own", "rules"):
            self.receivers[name] = Receiver()
            self.addCleanup(self.receivers[name].stop)
            folder = self.folder / name
            folder.mkdir()
            alertmanagers[name] = Alertmanager(folder, self.receivers[name])
            self.addCleanup(alertmanagers[name].stop)
        _, port = self.enterContext(live.started(program.command(
            "live", "-i", network.INTERFACE, "--listen", "127.0.0.1:0", "--text", "off", "--epoch", "1s",
            "--alertmanager", f"http://127.0.0.1:{alertmanagers['own'].port}",
        )))
        prometheus = Prometheus(self.folder, {"rcodescope": port}, more={
            "rule_files": [str(path) for path in RULES],
            "alerting": {"alertmanagers": [
                {"static_configs": [{"targets": [f"127.0.0.1:{alertmanagers['rules'].port}"]}]}
            ]},
        })
        self.addCleanup(prometheus.stop)
        prometheus.wait_until_ready()

    @contextlib.contextmanager
    def asking(self, server, client, rate, *names):
        questions = self.folder / f"{server}-{client}-{names[0]}"
        questions.write_text("".join(f"{name} A\n" for name in names), encoding="utf-8")
        process = subprocess.Popen(
            self.net.at_client("dnsperf", "-e", "-s", server, "-a", client, "-d", questions, "-Q", str(rate), "-l", "3600",
                               "-q", "2000", "-t", "1"),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        try:
            yield
        finally:
            process.terminate()
            process.wait()

    def told(self):
        """{receiver: what it was told, in short}"""
        return {name: [(status, labels["rcode"], labels["key"], notes.get("class")) for _, status, labels, notes in
                       receiver.told if labels["alertname"] == TOLD[name]] for name, receiver in self.receivers.items()}

    def of(self, name, status, alert=TOLD, **labels):
        """[annotations] of what that receiver was told."""
        with self.receivers[name].changed:
            return [notes for _, told, found, notes in self.receivers[name].told
                    if told == status and found["alertname"] == alert[name] and labels.items() <= found.items()]

    @contextlib.contextmanager
    def incident(self, what, rcode, key, spike_class, who):
        """Told soon, as of that class; `who` is named."""
        begin = time.monotonic()
        labels = {"rcode": rcode, "key": key}
        for status in ("firing", "resolved"):
            self.assertEqual(self.of("own", status, **labels), [], f"{what}: {status} before")
        yield
        for name in self.receivers:
            try:
                until(f"{what}: told by {name}", lambda name=name: self.of(name, "firing", **labels), FOUND)
            except AssertionError as error:
                raise AssertionError(f"{error}: {self.told()}") from None
            print(f"{what}: told by {name} after {time.monotonic() - begin:.0f} s")
        summary = self.of("own", "firing", **labels)[-1]
        print("  " + summary["summary"])
        self.assertEqual(summary["class"], spike_class, summary)
        self.assertIn(who, summary["summary"])

    def over(self, what, rcode, key):
        begin = time.monotonic()
        for name in self.receivers:
            until(f"{what}: told to be over by {name}", lambda name=name: self.of(name, "resolved", rcode=rcode, key=key), OVER)
            print(f"{what}: told to be over by {name} after {time.monotonic() - begin:.0f} s")

    def test_each_is_told_and_its_end(self):
        resolved = [f"host{i}.{zone}.test" for i in range(NAMES) for zone in ("dead", "signed")]
        direct = [f"host{i}.{zone}.test" for i in range(NAMES) for zone in ("lame", "wild")]
        for client in CLIENTS:
            self.enterContext(self.asking(RESOLVER, client, 25, *resolved))
            for server in (LEFT, RIGHT):
                self.enterContext(self.asking(server, client, 15, *direct))
        time.sleep(USUAL)  # what is usual takes its time
        self.assertEqual(self.receivers["own"].told, [])

        with self.incident("a name server dies", "SERVFAIL", "dead.test.", "authoritative_outage", RESOLVER):
            self.behind.stop()
            valid = self.folder / "zone.signed"
            self.behind = named(self.folder, BEHIND, {"signed.test": valid})
        self.behind.stop()
        self.behind = named(self.folder, BEHIND, {"dead.test": self.zone, "signed.test": valid})
        self.forget()
        self.over("a name server dies", "SERVFAIL", "dead.test.")

        with self.incident("signatures expire", "SERVFAIL", "signed.test.", "dnssec_failure", "DNSSEC"):
            self.behind.stop()
            expired = sign(self.folder, "signed.test", self.zone, "now-2d", "now-1d")
            self.behind = named(self.folder, BEHIND, {"dead.test": self.zone, "signed.test": expired})
        self.behind.stop()
        valid = sign(self.folder, "signed.test", self.zone, "now-1h", "now+1d")
        self.behind = named(self.folder, BEHIND, {"dead.test": self.zone, "signed.test": valid})
        self.forget()
        self.over("signatures expire", "SERVFAIL", "signed.test.")

        with self.incident("one of two is lame", "REFUSED", "lame.test.", "lame_delegation", RIGHT):
            self.right.stop()
            self.right = named(self.folder, RIGHT, {"wild.test": self.zone})
        self.right.stop()
        self.right = named(self.folder, RIGHT, {"lame.test": self.zone, "wild.test": self.zone})
        self.over("one of two is lame", "REFUSED", "lame.test.")

        absent = [f"nothere{i}.wild.test" for i in range(NAMES)]
        with self.asking(LEFT, WILD, 400, *absent):
            with self.incident("a client goes wild", "NXDOMAIN", "wild.test.", "client_gone_wild", WILD):
                pass
        self.over("a client goes wild", "NXDOMAIN", "wild.test.")


if __name__ == "__main__":
    program.main()

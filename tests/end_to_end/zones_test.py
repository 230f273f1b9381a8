#!/usr/bin/python3
"""BIND, Knot, NSD and PowerDNS with zones of every kind, asked with dig, captured and replayed: every
response is counted under the zone that the server's configuration has for it."""

import collections
import contextlib
import json
import shutil
import signal
import subprocess
import tempfile
import unittest
from pathlib import Path

import clients
import name_servers
import network
import program
from live import until
from zoned_servers import HOSTING, REGISTRY, Bind, Knot, Nsd, PowerDns, closest, with_zones

HINDRANCE = network.hindrance()
WINDOW = "1ms"  # shorter than dig takes to start: a round of questions is windows behind the last

# (name, type). What teaches: NXDOMAIN, whose SOA record names the zone.
TEACHING = [(f"nothere.{zone}", "A") for zone in HOSTING]
ALIASES = {"near.example.com": "nothere.example.com", "far.example.com": "nothere.lab.eng.example.com"}
HOSTED = [
    *((f"host.{zone}", "A") for zone in HOSTING),  # with some servers, no record beside it
    *((f"host.{zone}", "AAAA") for zone in HOSTING),  # no data
    *((f"a.b.nothere.{zone}", "A") for zone in HOSTING),
    *((zone, kind) for zone in HOSTING for kind in ("SOA", "NS", "DS")),
    ("www.away.example.com", "A"),  # referrals
    ("www.away.eng.example.com", "A"),
    ("www.away.corp", "A"),
    ("away.example.com", "DS"),
    *((alias, "A") for alias in ALIASES),
    ("1.2.3.10.in-addr.arpa", "PTR"),
    ("1.2.4.10.in-addr.arpa", "PTR"),
    ("9.2.4.10.in-addr.arpa", "PTR"),
]
REGISTERED = [
    ("www.example.com", "A"),  # referrals by the root and by net
    ("example.co.uk", "A"),
    ("com", "NS"),
    ("www.example.net", "A"),
    ("nosuch.net", "A"),  # denials
    ("www.nosuch.net", "A"),
    ("localdomain", "A"),
    ("www.deep.localdomain", "A"),
    (".", "NS"),
    (".", "SOA"),
    ("net", "SOA"),
    ("net", "NS"),
    ("com", "DS"),
    ("net", "DS"),
    ("example.net", "DS"),
]


def expected(server, questions):
    """{zone: responses} by the configuration. DS is answered from above its name where the server
    has a zone there (RFC 4035 §3.1.4.1), NXDOMAIN behind a CNAME is about its target (RFC 6604)."""
    counts = collections.Counter()
    for name, kind in questions:
        above = closest(server.zones, name, itself=False) if kind == "DS" else None
        about = ALIASES.get(name, name) if server.follows else name
        counts[dotted(above or closest(server.zones, about))] += 1
    return counts


def dotted(name):
    return name if name.endswith(".") else name + "."


@unittest.skipIf(HINDRANCE, HINDRANCE)
class ZonesTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.net = cls.enterClassContext(network.cable())

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="rcodescope-zones-")
        self.addCleanup(folder.cleanup)
        self.capture = Path(folder.name) / "capture.pcapng"

    @contextlib.contextmanager
    def capturing(self):
        """dumpcap at the server's end of the cable."""
        process = subprocess.Popen(
            self.net.at_server("dumpcap", "-q", "-i", network.INTERFACE, "-f", "port 53", "-w",
                               self.capture),
            stderr=subprocess.PIPE,
        )
        try:
            while (line := process.stderr.readline()) and not line.startswith(b"File:"):
                pass
            yield
        finally:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=30)

    def report(self, *arguments):
        return program.replay("--json", "-", "--window", WINDOW, *arguments, self.capture).stdout

    def all_are_captured(self, responses):
        """Of a file that is still being written, the last record may be cut off."""
        text = self.report()
        return text and json.loads(text)["messages"]["responses"] == responses

    def count(self, server, *rounds):
        """Asks the questions of each round; every answer is of the zone that the configuration says,
        for any number of workers."""
        if shutil.which(server.program) is None:
            self.skipTest(f"{server.program} is not installed")
        asked = 0
        with name_servers.serving(server, self.net), self.capturing():
            for questions in rounds:
                lines = [(f"{name} {kind}", ("+norecurse",), 1) for name, kind in questions]
                told = clients.dig(self.net, network.SERVER_V4, lines)
                self.assertLessEqual(set(told), {"NOERROR", "NXDOMAIN"})
                asked += told.total()
            until(lambda: self.all_are_captured(asked))
        text = self.report("--workers", "1")
        counted = json.loads(text)
        wanted = sum((expected(server, questions) for questions in rounds), collections.Counter())
        found = {zone: n for zone, n in program.responses(counted["zones"]).items() if n}
        self.assertEqual(found, wanted)
        self.assertEqual(set(counted["messages"]["zone_evidence_refused"].values()), {0})
        for workers in ("2", "4", "7"):
            self.assertEqual(self.report("--workers", workers), text)
        return counted

    def count_hosting(self, kind):
        counted = self.count(with_zones(kind, HOSTING), TEACHING, HOSTED)
        self.assertEqual(counted["messages"]["nxdomain_via_cname"], 2 if kind.follows else 1)
        self.assertGreater(counted["limits"]["zone_cuts"]["tracked"], 5)

    def dissected(self, name):
        """How the response for its address was decoded."""
        number = subprocess.run(
            ["tshark", "-r", self.capture, "-T", "fields", "-e", "frame.number", "-Y",
             f'dns.flags.response == 1 && dns.qry.name == "{name}" && dns.qry.type == 1'],
            capture_output=True, check=True,
        ).stdout.decode().split()[0]
        return program.replay("--window", WINDOW, "--dissect", number, self.capture).stdout.decode()

    def test_bind_with_zones_of_every_kind(self):
        self.count_hosting(Bind)

    def test_knot_with_zones_of_every_kind(self):
        self.count_hosting(Knot)
        # Beside an address, Knot has no record that names the zone.
        self.assertIn("zone         lab.eng.example.com.: the server has said so in an earlier window",
                      self.dissected("host.lab.eng.example.com"))
        self.assertIn("zone         lan.corp.: the response's SOA or NS record says so",
                      self.dissected("nothere.lan.corp"))
        self.assertIn("zone         eng.example.com.: above the owner of the referral's NS records",
                      self.dissected("www.away.eng.example.com"))

    def test_nsd_with_zones_of_every_kind(self):
        self.count_hosting(Nsd)

    def test_powerdns_with_zones_of_every_kind(self):
        self.count_hosting(PowerDns)

    def test_bind_as_root_and_registry(self):
        self.count(with_zones(Bind, REGISTRY), REGISTERED)

    def test_knot_as_root_and_registry(self):
        self.count(with_zones(Knot, REGISTRY), REGISTERED)

    def test_nsd_as_root_and_registry(self):
        self.count(with_zones(Nsd, REGISTRY), REGISTERED)


if __name__ == "__main__":
    program.main()

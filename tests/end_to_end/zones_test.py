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

# (name, type, the name that the answer is about where that is another one). What teaches: NXDOMAIN,
# whose SOA record names the zone.
TEACHING = [(f"nothere.{zone}", "A", None) for zone in HOSTING]
HOSTED = [
    *((f"host.{zone}", "A", None) for zone in HOSTING),  # with some servers, no record beside it
    *((f"host.{zone}", "AAAA", None) for zone in HOSTING),  # no data
    *((f"a.b.nothere.{zone}", "A", None) for zone in HOSTING),
    *((zone, kind, None) for zone in HOSTING for kind in ("SOA", "NS", "DS")),
    ("www.away.example.com", "A", None),  # referrals
    ("www.away.eng.example.com", "A", None),
    ("www.away.corp", "A", None),
    ("away.example.com", "DS", None),
    ("alias.example.com", "A", "nothere.lab.eng.example.com"),
    ("1.2.3.10.in-addr.arpa", "PTR", None),
    ("1.2.4.10.in-addr.arpa", "PTR", None),
    ("9.2.4.10.in-addr.arpa", "PTR", None),
]
REGISTERED = [
    ("www.example.com", "A", None),  # referrals by the root and by net
    ("example.co.uk", "A", None),
    ("com", "NS", None),
    ("www.example.net", "A", None),
    ("nosuch.net", "A", None),  # denials
    ("www.nosuch.net", "A", None),
    ("localdomain", "A", None),
    ("www.deep.localdomain", "A", None),
    (".", "NS", None),
    (".", "SOA", None),
    ("net", "SOA", None),
    ("net", "NS", None),
    ("com", "DS", None),
    ("net", "DS", None),
    ("example.net", "DS", None),
]


def expected(zones, questions):
    """{zone: responses} by the configuration. DS is answered from above its name where the server
    has a zone there (RFC 4035 §3.1.4.1)."""
    counts = collections.Counter()
    for name, kind, about in questions:
        above = closest(zones, name, itself=False) if kind == "DS" else None
        counts[dotted(above or closest(zones, about or name))] += 1
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

    def count(self, kind, zones, *rounds):
        """Asks the questions of each round; every answer is of the zone that the configuration says,
        for any number of workers."""
        if shutil.which(kind.program) is None:
            self.skipTest(f"{kind.program} is not installed")
        asked = 0
        with name_servers.serving(with_zones(kind, zones), self.net), self.capturing():
            for questions in rounds:
                lines = [(f"{name} {type_}", ("+norecurse",), 1) for name, type_, _ in questions]
                told = clients.dig(self.net, network.SERVER_V4, lines)
                self.assertLessEqual(set(told), {"NOERROR", "NXDOMAIN"})
                asked += told.total()
            until(lambda: self.all_are_captured(asked))
        text = self.report("--workers", "1")
        counted = json.loads(text)
        wanted = expected(zones, [question for questions in rounds for question in questions])
        found = {zone: n for zone, n in program.responses(counted["zones"]).items() if n}
        self.assertEqual(found, wanted)
        self.assertEqual(set(counted["messages"]["zone_evidence_refused"].values()), {0})
        for workers in ("2", "4", "7"):
            self.assertEqual(self.report("--workers", workers), text)
        return counted

    def count_hosting(self, kind):
        counted = self.count(kind, HOSTING, TEACHING, HOSTED)
        self.assertEqual(counted["messages"]["nxdomain_via_cname"], 1)
        self.assertGreater(counted["limits"]["zone_cuts"]["tracked"], 5)

    def test_bind_with_zones_of_every_kind(self):
        self.count_hosting(Bind)

    def test_knot_with_zones_of_every_kind(self):
        self.count_hosting(Knot)

    def test_nsd_with_zones_of_every_kind(self):
        self.count_hosting(Nsd)

    def test_powerdns_with_zones_of_every_kind(self):
        self.count_hosting(PowerDns)

    def test_bind_as_root_and_registry(self):
        self.count(Bind, REGISTRY, REGISTERED)

    def test_knot_as_root_and_registry(self):
        self.count(Knot, REGISTRY, REGISTERED)

    def test_nsd_as_root_and_registry(self):
        self.count(Nsd, REGISTRY, REGISTERED)


if __name__ == "__main__":
    program.main()

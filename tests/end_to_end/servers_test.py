#!/usr/bin/python3
"""`rcodescope live` beside BIND, Knot, NSD and Unbound that answer dig, kdig, nsupdate and dnsperf:
every code is counted as the clients saw it, and as the server says it sent it."""

import collections
import contextlib
import json
import tempfile
import unittest
from pathlib import Path

import clients
import name_servers
import network
import program
from live import capturing, end, fetch, page_with, series, sums, until
from name_servers import KEY, SECRET, ZONE
from prometheus_server import Prometheus

HINDRANCE = network.hindrance()

DIG = (
    ("www." + ZONE, (), 20),
    ("nothere." + ZONE, (), 10),
    ("www.elsewhere.example", ("+norecurse",), 5),
    ("www." + ZONE, ("+edns=1", "+noednsnegotiation"), 4),
    ("www." + ZONE, ("+opcode=STATUS",), 3),
    ("www." + ZONE, ("+tcp",), 6),
    ("www." + ZONE, ("-y", "hmac-sha256:nobody.:c2VjcmV0"), 2),
)
KDIG = (
    ("www." + ZONE + " A", ()),
    ("www." + ZONE + " TXT", ("+dnssec",)),
    ("nothere." + ZONE + " A", ("+tcp",)),
)
DNSPERF = [f"www.{ZONE} A", f"nothere.{ZONE} A", f"www.{ZONE} AAAA"]

SIGNED = ("-y", f"hmac-sha256:{KEY}:{SECRET}")
UPDATES = (
    (SIGNED, (f"update add new.{ZONE}. 300 A 192.0.2.81",)),
    (SIGNED, (f"prereq nxdomain new.{ZONE}.", f"update add new.{ZONE}. 300 A 192.0.2.82")),
    (SIGNED, (f"prereq yxdomain absent.{ZONE}.", f"update add x.{ZONE}. 300 A 192.0.2.82")),
    (SIGNED, (f"prereq nxrrset www.{ZONE}. A", f"update add x.{ZONE}. 300 A 192.0.2.82")),
    (SIGNED, (f"prereq yxrrset www.{ZONE}. AAAA", f"update add x.{ZONE}. 300 A 192.0.2.82")),
    (SIGNED, ("prereq yxdomain elsewhere.example.", f"update add x.{ZONE}. 300 A 192.0.2.82")),
    ((), (f"update add x.{ZONE}. 300 A 192.0.2.82",)),
    (("-y", f"hmac-sha256:{KEY}:d3Jvbmc="), (f"update add x.{ZONE}. 300 A 192.0.2.82",)),
    (("-y", f"hmac-sha256:nobody.:{SECRET}"), (f"update add x.{ZONE}. 300 A 192.0.2.82",)),
)
@unittest.skipIf(HINDRANCE, HINDRANCE)
class ServersTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.net = cls.enterClassContext(network.cable())

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="rcodescope-servers-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.folder.chmod(0o777)  # reports are written by nobody

    def count(self, kind, *asking):
        """Our counts are what the clients were told, which is returned, and what the server says."""
        report = self.folder / "report.json"
        with name_servers.serving(kind, self.net) as server, capturing(
            self.net, "--text", "off", "--json", report, "--workers", "2"
        ) as (process, port), self.scraping(port) as prometheus:
            before = collections.Counter(server.answered())
            told = sum((ask() for ask in asking), collections.Counter())
            page = page_with(self.net, port, told.total())
            answered = collections.Counter(server.answered())
            answered.subtract(before)
            self.assertEqual(sums(page, "responses_total", "rcode"), told)
            self.assertEqual(sum(v for _, v in series(page, "queries_total")), told.total())
            self.assertEqual(self.scraped(prometheus, told.total()), told)
            status, _, log = end(process)
            self.assertEqual(status, 0, log)
        counted = json.loads(report.read_text(encoding="utf-8"))
        self.assertEqual(program.responses(counted["rcodes"]), told)
        self.assertEqual(counted["frames"]["residual"], 0)
        self.assertEqual(counted["frames"]["dropped"]["ring"], 0)
        expected = collections.Counter()
        for code, times in told.items():
            expected[server.counted_as.get(code, code)] += times
        del expected[None]
        self.assertEqual(+answered, expected, server.name)
        return told

    @contextlib.contextmanager
    def scraping(self, port):
        """A Prometheus that has taken the page once."""
        def ask(port, path):
            status, body = fetch(self.net, port, path)
            if status != 200:  # it is starting
                raise OSError(body)
            return body

        prometheus = Prometheus(self.folder, {"rcodescope": port}, self.net.at_server(), ask)
        try:
            self.assertEqual(prometheus.wait_until_scraped(["rcodescope"]), {"rcodescope": 1})
            yield prometheus
        finally:
            prometheus.stop()

    def scraped(self, prometheus, responses):
        """{rcode: responses} as Prometheus knows them, once it has taken so many."""
        def known():
            rows = prometheus.query("sum by (rcode) (rcodescope_responses_total)")
            return {labels["rcode"]: value for labels, value in rows if value}
        until(lambda: sum(known().values()) >= responses)
        return known()

    def ask_all(self):
        return (
            lambda: clients.dig(self.net, network.SERVER_V4, DIG),
            lambda: clients.dig(self.net, network.SERVER_V6, DIG),
            lambda: clients.kdig(self.net, network.SERVER_V4, KDIG),
            lambda: clients.dnsperf(self.net, network.SERVER_V4, self.folder, DNSPERF, 300),
        )

    def test_bind(self):
        update = lambda: clients.nsupdate(self.net, network.SERVER_V4, ZONE, UPDATES)
        told = self.count(name_servers.Bind, *self.ask_all(), update)
        # Every one of these was really sent.
        self.assertLessEqual(
            {"NOERROR", "NXDOMAIN", "REFUSED", "NOTIMP", "BADVERS", "BADKEY", "BADSIG", "YXDOMAIN",
             "YXRRSET", "NXRRSET", "NOTZONE"}, set(told), told)

    def test_knot(self):
        self.count(name_servers.Knot, *self.ask_all())

    def test_nsd(self):
        self.count(name_servers.Nsd, *self.ask_all())

    def test_unbound(self):
        self.count(name_servers.Unbound, *self.ask_all())

    def mirrored(self, *directions):
        """(what the client was told, the page) of a capture on a mirror port."""
        with name_servers.serving(name_servers.Knot, self.net), network.mirror(
            self.net, *directions
        ), capturing(self.net, "--text", "off", interface=network.TAP) as (process, port):
            told = clients.dig(self.net, network.SERVER_V4, DIG)
            page = page_with(self.net, port, told.total())
            status, _, log = end(process)
            self.assertEqual(status, 0, log)
        self.assertEqual(sums(page, "responses_total", "rcode"), told)
        return told, page

    def test_a_mirror_of_both_directions(self):
        told, page = self.mirrored("ingress", "egress")
        self.assertEqual(sum(v for _, v in series(page, "queries_total")), told.total())

    def test_a_mirror_of_what_the_server_sends(self):
        _, page = self.mirrored("egress")
        self.assertEqual(sum(v for _, v in series(page, "queries_total")), 0)


if __name__ == "__main__":
    program.main()

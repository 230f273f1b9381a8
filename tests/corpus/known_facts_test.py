#!/usr/bin/python3
"""Our own captures against what was known when they were made: the code each server was made to
send, the servers' own counters, and the messages that were wrapped in other framings.

  g*.expected.tsv            the codes of every step, from what the client saw
  g*.server-counters.json    the server's counters and dnsperf's
  e*.expected.jsonl          the responses an engine must report, in the order of their completion
"""

import ipaddress
import json
import re
import unittest
from collections import Counter

import observe
import truth

CODES = {
    "NOERROR": 0, "FORMERR": 1, "SERVFAIL": 2, "NXDOMAIN": 3, "NOTIMP": 4, "REFUSED": 5,
    "YXDOMAIN": 6, "YXRRSET": 7, "NXRRSET": 8, "NOTAUTH": 9, "NOTZONE": 10, "DSOTYPENI": 11,
    "BADVERS": 16, "BADSIG": 16, "BADKEY": 17, "BADTIME": 18, "BADMODE": 19, "BADNAME": 20,
    "BADALG": 21, "BADTRUNC": 22, "BADCOOKIE": 23,
}  # fmt: skip

CUT_BY_SNAP_LENGTH = "g20-snap96"  # 96 bytes of each frame: not every code is known in full
PORTS = "e141-ports"  # its list is a policy; see test_ports
WITHOUT_LAST_FRAGMENT = "e107-frag-nolast"  # its list is for strict reassembly; see its test
DAMAGED = {"e91-cut-mid-record": 65}


def stem(capture):
    return capture.path.name.split(".pcap")[0]


def code(message):
    return (message["space"], message["code"])


class KnownFactsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.runs = observe.for_each(
            truth.own_captures(), lambda capture: observe.run(capture.path)
        )

    def named(self, name):
        """(capture, run) of each collection that has the capture."""
        found = [(c, run) for c, run in self.runs if stem(c) == name]
        if not found:
            self.skipTest(f"{name} is not here")
        return found

    def counts(self, name):
        for _, run in self.named(name):
            yield run, Counter(code(m) for m in run.responses())

    def test_g21_has_each_of_4096_codes_once_in_order(self):
        for run, _ in self.counts("g21-rcode-sweep"):
            self.assertEqual([m["xrc"] for m in run.responses()], list(range(4096)))
            self.assertEqual({m["certainty"] for m in run.responses()}, {"full"})
            self.assertEqual([m["code"] for m in run.responses()], list(range(4096)))

    def test_g01_badvers_is_not_noerror(self):
        for run, counts in self.counts("g01-badvers"):
            self.assertEqual(counts, {("dns", 16): 30, ("dns", 0): 2})
            self.assertEqual({m["rc"] for m in run.responses()}, {0})

    def test_g02_badcookie_is_not_yxrrset(self):
        for run, counts in self.counts("g02-badcookie"):
            self.assertEqual(counts[("dns", 23)], 10)
            self.assertEqual(counts[("dns", 7)], 0)
            self.assertEqual(sum(m["rc"] == 7 for m in run.responses()), 10)

    def test_g03_tsig_errors_are_in_their_own_space_beside_notauth(self):
        for run, counts in self.counts("g03-tsig"):
            tsig = {key: n for key, n in counts.items() if key[0] == "tsig"}
            self.assertEqual(
                tsig, {("tsig", 16): 6, ("tsig", 17): 6, ("tsig", 18): 3, ("tsig", 22): 1}
            )
            beside = {(m["rc"], m["xrc"]) for m in run.responses() if m["space"] == "tsig"}
            self.assertEqual(beside, {(9, 9)})

    def test_g04_tkey_errors_are_in_their_own_space_beside_noerror(self):
        for run, counts in self.counts("g04-tkey"):
            tkey = {key: n for key, n in counts.items() if key[0] == "tkey"}
            self.assertEqual(tkey, {("tkey", 19): 1, ("tkey", 20): 2, ("tkey", 21): 1})
            beside = {(m["rc"], m["xrc"]) for m in run.responses() if m["space"] == "tkey"}
            self.assertEqual(beside, {(0, 0)})

    def test_g22_a_transfer_is_counted_once_beside_its_messages(self):
        for capture, run in self.named("g22-transfers"):
            lines = capture.sibling(".expected.tsv").read_text().splitlines()
            steps = [line.split("\t")[2] for line in lines if line[:1] != "#"]
            begun = [token.partition("=")[2] for token in " ".join(steps).split()]
            kinds = {251: "ixfr", 252: "axfr"}
            self.assertEqual([kinds[m["qt"]] if m["transfer"] else "" for m in run.responses()], begun)
            self.assertEqual(Counter(begun), {"axfr": 2, "ixfr": 2, "": 17})

    def test_g18_bind_counted_what_is_in_the_capture(self):
        for capture, run in self.named("g18-load-bind"):
            server = json.loads(capture.sibling(".server-counters.json").read_text())
            counters = server["server_side_counter_delta"]
            expected = {("dns", CODES[name]): count for name, count in counters.items()}
            self.assertEqual(Counter(code(m) for m in run.responses()), expected)

    def test_g18_dnsperf_got_from_bind_what_is_in_the_capture(self):
        self.compare_with_dnsperf("g18-load-bind")

    def test_g18_dnsperf_got_from_unbound_what_is_in_the_capture(self):
        """Not the server's counters: it counts 244 SERVFAILs that it never sent."""
        self.compare_with_dnsperf("g18-load-unbound")

    def compare_with_dnsperf(self, name):
        for capture, run in self.named(name):
            server = json.loads(capture.sibling(".server-counters.json").read_text())
            line = next(line for line in server["dnsperf"] if line.startswith("Response codes"))
            counters = re.findall(r"(\w+) (\d+) \(", line)
            expected = {("dns", CODES[name]): int(count) for name, count in counters}
            self.assertGreater(len(expected), 2)
            self.assertEqual(Counter(code(m) for m in run.responses()), expected)

    def test_every_predicted_code_is_reported(self):
        compared = whole = 0
        for capture, run in self.runs:
            codes, with_ede, complete = predictions(capture)
            if not codes or stem(capture) == CUT_BY_SNAP_LENGTH:
                continue
            with self.subTest(capture.name):
                reported = [code(m) for m in run.responses()]
                if complete:
                    self.assertEqual(reported, codes)
                else:
                    self.assertEqual(Counter(codes) - Counter(reported), Counter())
                pairs = Counter((code(m), ede) for m in run.responses() for ede in m["ede"])
                self.assertEqual(Counter(with_ede) - pairs, Counter())
                whole += complete
                compared += len(codes)
        print(f"{compared} predicted responses, {whole} captures wholly predicted", end=" ")

    def test_the_same_messages_in_any_wrapping(self):
        agree = messages = 0
        for capture, run in self.runs:
            expected_file = capture.sibling(".expected.jsonl")
            if not expected_file.exists() or stem(capture) in (
                PORTS,
                WITHOUT_LAST_FRAGMENT,
            ):
                continue
            with self.subTest(capture.name):
                expected = truth.load(expected_file)
                reported = run.responses()
                self.assertEqual(run.status, DAMAGED.get(stem(capture), 0))
                self.assertEqual(len(reported), len(expected))
                for want, got in zip(expected, reported):
                    self.assertEqual({k: shown(got, k) for k in want}, want)
                agree += 1
                messages += len(expected)
        print(f"{agree} captures agree in {messages} responses", end=" ")

    def test_without_its_last_fragment_a_message_keeps_its_nibble(self):
        """The first fragments are those of e100, which is whole; what they do not show is not said."""
        for _, whole in self.named("e100-frag-fwd"):
            for _, run in self.named(WITHOUT_LAST_FRAGMENT):
                self.assertEqual(
                    [(m["id"], m["rc"]) for m in run.responses()],
                    [(m["id"], m["rc"]) for m in whole.responses()],
                )
                self.assertEqual({m["certainty"] for m in run.responses()}, {"low4"})
                self.assertEqual({m["reason"] for m in run.responses()}, {"first_fragment"})
                self.assertEqual({m["certainty"] for m in whole.responses()}, {"full"})

    def test_ports(self):
        """One response on seven port pairs. The list has those from port 53; the one sent *to* that
        port carries a code and is counted too."""
        for capture, run in self.named(PORTS):
            listed = truth.load(capture.sibling(".expected.jsonl"))
            reported = run.responses()
            self.assertEqual([(m["id"], m["rc"], m["dp"]) for m in reported[:2]],
                             [(m["id"], m["rc"], m["dp"]) for m in listed])  # fmt: skip
            ends = [run.disposition(frame) for frame in range(1, 8)]
            self.assertEqual(
                ends,
                ["message", "message", "mdns", "llmnr", "encrypted", "not_dns_port", "message"],
            )
            with_8053 = observe.run(capture.path, [53, 8053])
            self.assertEqual(with_8053.disposition(6), "message")
            self.assertEqual(len(with_8053.responses()), len(reported) + 1)


def shown(message, key):
    """A field of e*.expected.jsonl as the tool shows it."""
    if key == "v":
        return ipaddress.ip_address(message["src"]).version
    if key == "tc":
        return int(message["kind"] == "truncated")
    if key == "tsig":
        return message["code"] if message["space"] == "tsig" else 0
    return message[key]


def predictions(capture):
    """What expected.tsv predicts: ([code], [(code, EDE)], every step has a prediction)."""
    path = capture.sibling(".expected.tsv")
    if not path.exists():
        return [], [], False
    rows = [line.split("\t") for line in path.read_text().splitlines() if line[:1] != "#"]
    told = [row[2] for row in rows if row[2] and row[2] != "(not predicted)"]
    codes, with_ede = [], []
    for token in " ".join(told).split():
        name, *details = token.split("/")
        known = dict(detail.split("=") for detail in details)
        codes.append(("dns", CODES[name]))
        for space in ("tsig", "tkey"):
            if known.get(space, "0") != "0":
                codes[-1] = (space, CODES[known[space]])
        if "ede" in known:
            with_ede.append((codes[-1], int(known["ede"])))
    return codes, with_ede, len(told) == len(rows)


if __name__ == "__main__":
    observe.main()

#!/usr/bin/python3
"""Every capture with a truth file, message by message against tshark's reading of it.

Agreement means the same frame, id, direction and 12-bit code; every difference must belong to a
class of differences.py. Messages that agree must agree in all else that both sides report.
"""

import ipaddress
import re
import unittest
from collections import Counter

import differences
import observe
import records
import truth

_PKTVISOR = "public/netboxlabs__pktvisor/automated_tests/features/steps/pcap_files"
# Captures whose DNS is on other ports, and those ports: what truth.dns_ports() derives from the
# truth file, which a test below checks.
OTHER_PORTS = {
    "public/OISF__suricata-verify/tests/dns/dns-incomplete/input.pcap": {5353},
    "public/OISF__suricata-verify/tests/vxlan-decoder-01/input.pcap": {32021},
    f"{_PKTVISOR}/dns_ipv4_udp.pcap": {53000},
    f"{_PKTVISOR}/dns_ipv6_udp.pcap": {53000},
    "public/ntop__nDPI/tests/cfgs/default/pcap/custom_rules_ipv6.pcapng": {5333},
    "public/the-tcpdump-group__tcpdump/tests/dns_udp_8053.pcap": {8053},
}
NOT_DNS = {443, 30490, 31490}  # where tshark guesses DNS and is wrong: QUIC, SOME/IP
PLAIN_NAME = re.compile(r"[A-Za-z0-9_.-]+")


def replay(capture):
    extra = OTHER_PORTS.get(capture.name)
    ports = sorted({53} | extra) if extra else None
    return differences.Replay(
        capture, truth.load(capture.truth), observe.run(capture.path, ports)
    )


def unlike(theirs, ours):
    """The fields, of those both sides report, in which a pair differs."""
    both = [name for name in ("op", "rc", "tr", "sp", "dp") if name in ours]
    found = [name for name in both if theirs[name] != ours[name]]
    for side in ("src", "dst"):
        if ipaddress.ip_address(theirs[side]) != ipaddress.ip_address(ours[side]):
            found.append(side)
    if theirs["qt"] and theirs["qt"][0] != ours["qt"]:
        found.append("qt")
    name = theirs["qn"][0] if theirs["qn"] else ""
    if ours["qr"] and PLAIN_NAME.fullmatch(name) and name.lower() + "." != ours["qn"]:
        found.append("qn")
    if ours["qr"] == 1:
        if theirs.get("ede", []) != ours["ede"]:
            found.append("ede")
        if counted_code(theirs) != (ours["space"], ours["code"]):
            found.append("code")
    return found


def counted_code(theirs):
    """The most specific code of a truth line: a TSIG error beside NOTAUTH (RFC 8945 §5.3), a TKEY
    error beside NOERROR (RFC 2930 §2.6), else the 12-bit code."""
    tsig, tkey = theirs.get("tsig_error", [0])[-1], theirs.get("tkey_error", [0])[0]
    if tsig and theirs["xrc"] == 9:
        return ("tsig", tsig)
    if tkey and theirs["xrc"] == 0:
        return ("tkey", tkey)
    return ("dns", theirs["xrc"])


class TruthTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        captures = [capture for capture in truth.all_captures() if capture.has_truth()]
        cls.replays = [done for _, done in observe.for_each(captures, replay)]
        cls.compared = [
            (r, *differences.compare(r)) for r in cls.replays if r.run.end is not None
        ]

    def report(self, faults):
        if faults:
            self.fail(f"{len(faults)} faults\n" + "\n".join(faults[:50]))

    def test_no_file_breaks_the_tool(self):
        faults = [
            f"{r.capture.name}: {fault}" for r in self.replays for fault in r.run.faults()
        ]
        self.report(faults)

    def test_every_message_agrees_or_its_difference_has_a_class(self):
        classes = differences.classes()
        totals, unexplained = Counter(), []
        for _, agreeing, found in self.compared:
            totals["agree"] += len(agreeing)
            for difference in found:
                match = next((c for c in classes if c.explains(difference)), None)
                if match is None:
                    unexplained.append(str(difference))
                else:
                    match.count += 1
        totals["classed"] = sum(c.count for c in classes)
        totals["unexplained"] = len(unexplained)
        for c in classes:
            print(f"\n  {c.count:6} {c.name}: {c.reason}", end="")
        print(f"\n  {len(self.replays)} captures: {dict(totals)}", end=" ")
        self.report(unexplained)
        self.assertGreater(totals["agree"], 0)

    def test_messages_that_agree_on_the_code_agree_on_the_rest(self):
        wrong, compared = [], 0
        for r, agreeing, _ in self.compared:
            for theirs, ours in agreeing:
                compared += 1
                fields = unlike(theirs, ours)
                if fields == ["qn"] and ours["qn"] is None:  # RFC 1035 §4.1.4: a prior occurrence
                    if records.question_points_forward(r.frame(ours)[0], ours):
                        continue
                if fields:
                    wrong.append(f"{r.capture.name} {fields}\n    {theirs}\n    {ours}")
        print(f"{compared} messages", end=" ")
        self.report(wrong)

    def test_a_code_is_as_certain_as_the_bytes_allow(self):
        wrong, counts = [], Counter()
        for r in self.replays:
            for ours in r.run.responses():
                walk = records.walk(r.frame(ours)[0], ours)
                found = ours["reason"] or ours["certainty"]
                counts[found] += 1
                if walk is None:  # in several frames, or in a tunnel
                    counts["not looked at"] += 1
                    continue
                allowed = walk.certainties()
                if found not in allowed:
                    wrong.append(f"{r.capture.name} {allowed} {walk}\n    {ours}")
        print(dict(counts), end=" ")
        self.report(wrong)

    def test_the_port_table_is_what_the_truth_files_say(self):
        derived = {}
        for r in self.replays:
            ports = truth.dns_ports(r.truth) - NOT_DNS
            if ports:
                derived[r.capture.name] = ports
        there = {r.capture.name for r in self.replays}
        self.assertEqual(derived, {n: p for n, p in OTHER_PORTS.items() if n in there})


if __name__ == "__main__":
    observe.main()

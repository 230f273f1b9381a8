#!/usr/bin/python3
"""--events and the filters: every message as tshark sees it, and reports of a part of a capture."""

import collections
import ipaddress
import json
import os
import subprocess
import tempfile
import unittest
from datetime import datetime, timezone
from pathlib import Path

import capture_files
import program

# Captures of UDP in which tshark and we agree about every message.
NAMES = ("g01-badvers", "g02-badcookie", "g05-update", "g08-servfail-ede", "g10-auth-answers")
MEMBERS = [
    "time", "frame", "type", "client", "client_port", "server", "transport", "id", "size", "opcode", "rcode",
    "code", "space", "certainty", "low4_reason", "header_rcode", "qname", "qtype", "zone", "kind", "ede",
    "flags", "edns_version", "vlan", "vni",
]
OPCODES = {0: "QUERY", 4: "NOTIFY", 5: "UPDATE"}


def capture(name):
    return program.CAPTURES / f"{name}.pcap"


def events(*arguments):
    done = program.replay("--events", "-", "--text", "off", *arguments)
    if done.returncode != 0:
        raise AssertionError(done.stderr.decode())
    return [json.loads(line) for line in done.stdout.splitlines()]


def truth(name):
    lines = (program.CAPTURES / "truth" / f"{name}.pcap.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    return [row for row in rows if row["k"] == "dns" and not row.get("icmp")]


def seconds(event):
    whole, fraction = event["time"].removesuffix("Z").split(".")
    moment = datetime.fromisoformat(whole).replace(tzinfo=timezone.utc)
    return f"{int(moment.timestamp())}.{fraction}"


class TruthTest(unittest.TestCase):
    maxDiff = 2000

    def test_every_message_is_as_tshark_sees_it(self):
        for name in NAMES:
            found = events(capture(name))
            expected = truth(name)
            self.assertEqual(len(found), len(expected), name)
            for event, row in zip(found, expected):
                with self.subTest(name, frame=row["f"]):
                    self.compare(event, row)

    def compare(self, event, row):
        response = row["qr"] == 1
        client, server = ("dst", "src") if response else ("src", "dst")
        self.assertEqual(list(event), MEMBERS)
        self.assertEqual(
            (event["frame"], seconds(event), event["type"], event["transport"], event["id"]),
            (row["f"], row["ts"], "response" if response else "query", row["tr"], row["id"]),
        )
        self.assertEqual((event["client"], event["server"]), (row[client], row[server]))
        self.assertEqual(event["client_port"], row["dp" if response else "sp"])
        self.assertEqual(event["opcode"], OPCODES.get(row["op"], event["opcode"]))
        self.assertEqual("TC" in event["flags"], bool(row.get("tc")))
        self.assertEqual("RD" in event["flags"], bool(row.get("rd")))
        if not response:
            self.assertIsNone(event["rcode"])
            self.assertEqual(event["ede"], [])
            return
        self.assertEqual(event["header_rcode"], row["rc"])
        self.assertEqual(event["ede"], row.get("ede", []))
        if event["certainty"] == "full" and event["space"] == "dns":
            self.assertEqual(event["code"], row["xrc"])

    def test_events_and_report_tell_the_same(self):
        for name in (*NAMES, "g03-tsig", "g04-tkey", "g14-tcp-framing", "g13-frag-mtu1280", "g21-rcode-sweep"):
            found = events(capture(name))
            report = program.report(capture(name))
            codes = collections.Counter(
                (e["rcode"], e["code"], e["space"], e["opcode"], e["certainty"]) for e in found if e["rcode"]
            )
            listed = {
                (r["rcode"], r["code"], r["space"], r["opcode"], r["certainty"]): r["responses"]
                for r in report["rcodes"]
            }
            self.assertEqual(codes, listed, name)
            self.assertEqual(len(found), report["messages"]["queries"] + report["messages"]["responses"])
            zones = collections.Counter(e["zone"] for e in found if e["zone"])
            self.assertEqual(zones, {z: n for z, n in program.responses(report["zones"]).items() if z != "other"})


class OutputTest(unittest.TestCase):
    def test_lines_do_not_depend_on_workers_or_the_hash_key(self):
        path = capture("g10-auth-answers")
        expected = events(path)
        self.assertEqual(events("--workers", "4", path), expected)
        self.assertEqual(events("--hash-key", "7", path), expected)

    def test_a_name_with_every_byte_stays_one_line_of_ascii(self):
        frames = []
        for byte in range(256):
            name = capture_files.wire_name(b"a" + bytes([byte]), b"test")
            answer = capture_files.response(byte, name, capture_files.SERVFAIL)
            frames.append((byte, capture_files.udp_frame(("192.0.2.53", 53), ("192.0.2.1", 999), answer)))
        with tempfile.TemporaryDirectory(prefix="rcodescope-events-") as folder:
            path = Path(folder) / "hostile.pcap"
            path.write_bytes(capture_files.pcap(frames))
            done = program.replay("--events", "-", path)
        self.assertEqual(done.returncode, 0, done.stderr)
        lines = done.stdout.split(b"\n")[:-1]
        self.assertEqual(len(lines), 256)
        for line in lines:
            self.assertRegex(line, rb"^[\x20-\x7e]+$")
            json.loads(line)

    def test_the_file_holds_nothing_else_and_the_report_goes_on(self):
        with tempfile.TemporaryDirectory(prefix="rcodescope-events-") as folder:
            path = Path(folder) / "events.jsonl"
            path.write_text("old\n" * 1000, encoding="utf-8")
            done = program.replay("--events", path, "--json", "-", capture("g08-servfail-ede"))
            self.assertEqual(done.returncode, 0)
            lines = path.read_bytes().splitlines()
            self.assertEqual([json.loads(line) for line in lines], events(capture("g08-servfail-ede")))
            self.assertEqual(json.loads(done.stdout), program.report(capture("g08-servfail-ede")))

    def test_a_full_disk_is_told_and_the_report_is_written(self):
        done = program.replay("--events", "/dev/full", "--json", "-", capture("g08-servfail-ede"))
        self.assertEqual(done.returncode, 73)
        self.assertIn(b"/dev/full: No space left on device", done.stderr)
        self.assertEqual(json.loads(done.stdout)["messages"]["responses"], sum(row["qr"] for row in truth("g08-servfail-ede")))

    def test_a_reader_that_leaves_ends_the_lines_only(self):
        read, write = os.pipe()
        os.close(read)
        with tempfile.TemporaryDirectory(prefix="rcodescope-events-") as folder:
            report = Path(folder) / "report.json"
            command = program.command("replay", "--events", "-", "--json", report, capture("g10-auth-answers"))
            done = subprocess.run(command, stdout=write, stderr=subprocess.PIPE, timeout=60, check=False)
            os.close(write)
            self.assertEqual(done.returncode, 73)
            self.assertGreater(json.loads(report.read_bytes())["messages"]["responses"], 0)

    def test_a_file_that_cannot_be_made_is_told_before_anything_is_read(self):
        done = program.replay("--events", "/nosuch/events", "/nosuch/capture")
        self.assertEqual(done.returncode, 73)
        self.assertIn(b"/nosuch/events", done.stderr)

    def test_two_outputs_may_not_share_a_place(self):
        done = program.replay("--events", "-", "--json", "-", "x.pcap")
        self.assertEqual(done.returncode, 64)
        self.assertIn(b"json and events may not write to the same place", done.stderr)


class WriteTest(unittest.TestCase):
    """--write: the packets of matching messages, as another reader sees them."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="rcodescope-write-")
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name) / "matching.pcapng"

    def write(self, *arguments):
        done = program.replay("--write", self.path, "--text", "off", *arguments)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_tshark_finds_the_chosen_messages_and_no_others(self):
        self.write("--rcode", "NXDOMAIN", capture("g10-auth-answers"))
        command = ["tshark", "-r", self.path, "-T", "fields", "-e", "frame.time_epoch", "-e", "dns.id", "-e", "dns.flags.rcode"]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=True)
        found = [line.split("\t") for line in done.stdout.decode().splitlines()]
        chosen = [row for row in truth("g10-auth-answers") if row["xrc"] == 3]
        self.assertTrue(chosen)
        self.assertEqual([(time, int(ident, 0), code) for time, ident, code in found], [(row["ts"], row["id"], "3") for row in chosen])

    def test_what_was_written_replays_to_the_same_report(self):
        for name in ("g08-servfail-ede", "g10-auth-answers", "g20-sll", "g20-nano", "g20-snap96", "e02-qinq"):
            self.write("--rcode", "errors,NOERROR", capture(name))
            again = program.report(self.path)
            first = program.report("--rcode", "errors,NOERROR", capture(name))
            for key in ("rcodes", "ede", "servers", "zones", "clients", "series", "answer_kinds"):
                self.assertEqual(again[key], first[key], f"{name} {key}")

    def test_interfaces_of_several_framings_stay_apart(self):
        self.write(capture("g20-sll"), program.CAPTURES / "g20-multi-if.pcapng")
        whole = program.report(capture("g20-sll"), program.CAPTURES / "g20-multi-if.pcapng")
        self.assertEqual(program.report(self.path)["rcodes"], whole["rcodes"])

    def test_a_message_in_several_packets_is_kept_where_it_ends(self):
        self.write("--rcode", "NOERROR", capture("g14-tcp-framing"))
        kept = {e["frame"] for e in events("--rcode", "NOERROR", capture("g14-tcp-framing"))}
        self.assertEqual(program.report(self.path)["frames"]["seen"], len(kept))


class FilterTest(unittest.TestCase):
    """What a filter leaves is what Python leaves of all events."""

    NAME = "g10-auth-answers"

    @classmethod
    def setUpClass(cls):
        cls.all = events(capture(cls.NAME))

    def assert_filtered(self, arguments, matches):
        expected = [event for event in self.all if matches(event)]
        self.assertEqual(events(*arguments, capture(self.NAME)), expected, arguments)
        self.assertTrue(0 < len(expected) < len(self.all), "the filter leaves some, and not all")
        report = program.report(*arguments, capture(self.NAME))
        counted = report["messages"]["queries"] + report["messages"]["responses"]
        self.assertEqual(counted, len(expected))
        self.assertEqual(report["filter"]["left_out_messages"], len(self.all) - len(expected))
        codes = collections.Counter(e["rcode"] for e in expected if e["rcode"])
        self.assertEqual(program.responses(report["rcodes"]), codes)
        clients = collections.Counter(e["client"] for e in expected if e["rcode"])
        clients["other"] = 0
        self.assertEqual(program.responses(report["clients"]), clients)
        self.assertEqual(report["frames"]["residual"], 0)
        whole = program.report(capture(self.NAME))
        self.assertEqual(report["frames"], whole["frames"], "frames are those of the whole capture")
        self.assertNotIn("filter", whole)

    def test_by_code(self):
        self.assert_filtered(["--rcode", "nxdomain,refused"], lambda e: e["rcode"] in ("NXDOMAIN", "REFUSED"))
        self.assert_filtered(["--rcode", "errors"], lambda e: e["rcode"] not in (None, "NOERROR"))
        self.assert_filtered(["--rcode", "0x3"], lambda e: e["code"] == 3)
        remark = next(e["ede"][0] for e in self.all if e["ede"])
        self.assert_filtered(["--rcode", f"EDE{remark}"], lambda e: remark in e["ede"])

    def test_by_server(self):
        server = self.all[0]["server"]
        self.assert_filtered(["--server", server], lambda e: e["server"] == server)
        network = ipaddress.ip_network(f"{server}/31", strict=False)
        self.assert_filtered(["--server", f"{server}/31"], lambda e: ipaddress.ip_address(e["server"]) in network)

    def test_by_zone(self):
        name = next(e["qname"] for e in self.all if e["qname"] and e["qname"].count(".") > 2)
        zone = name.split(".", 1)[1]
        self.assert_filtered(
            ["--zone", zone.rstrip(".").upper()],
            lambda e: e["qname"] and (e["qname"] == zone or e["qname"].endswith("." + zone)),
        )

    def test_by_time(self):
        middle = self.all[len(self.all) // 2]["time"]
        self.assert_filtered(["--from", middle], lambda e: e["time"] >= middle)
        self.assert_filtered(["--to", middle], lambda e: e["time"] < middle)
        exact = seconds(self.all[len(self.all) // 2])
        self.assert_filtered(["--to", exact], lambda e: e["time"] < middle)

    def test_by_several(self):
        server = next(e["server"] for e in self.all if e["rcode"] == "NXDOMAIN")
        self.assert_filtered(
            ["--rcode", "NXDOMAIN", "--server", server],
            lambda e: e["rcode"] == "NXDOMAIN" and e["server"] == server,
        )

    def test_16_of_a_space(self):
        path = capture("g03-tsig")
        signatures = events("--rcode", "BADSIG", path)
        self.assertTrue(signatures)
        self.assertEqual({e["space"] for e in signatures}, {"tsig"})
        self.assertEqual(events("--rcode", "BADVERS", path), [])
        self.assertEqual(events("--rcode", "16", path), signatures)

    def test_by_opcode(self):
        updates = events("--opcode", "update", capture("g05-update"))
        self.assertTrue(updates)
        self.assertEqual({e["opcode"] for e in updates}, {"UPDATE"})

    def test_any_number_of_workers_reports_the_same(self):
        arguments = ["--rcode", "errors", "--json", "-", capture(self.NAME)]
        one = program.replay("--workers", "1", *arguments).stdout
        self.assertEqual(program.replay("--workers", "5", *arguments).stdout, one)

    def test_values_that_are_refused(self):
        for option, value in (
            ("--rcode", "NOSUCH"), ("--client", "example.com"), ("--client", "192.0.2.0/33"), ("--zone", "a..b"),
            ("--opcode", "16"), ("--from", "yesterday"), ("--to", "2026-02-30T00:00:00Z"), ("--zone", "a" * 64),
            ("--from", "2026-01-01T00:00:00"), ("--server", ""), ("--rcode", "65536"), ("--zone", "a\\25"),
        ):
            with self.subTest(option, value=value):
                done = program.replay(option, value, "x.pcap")
                self.assertEqual(done.returncode, 64)
                self.assertIn(option.encode(), done.stderr)

    def test_the_metrics_page_is_never_filtered(self):
        done = program.replay("--rcode", "SERVFAIL", "--listen", "127.0.0.1:0", "x.pcap")
        self.assertEqual(done.returncode, 64)
        self.assertIn(b"the metrics page is of all messages, never of a part", done.stderr)
        done = program.run("live", "-i", "lo", "--rcode", "SERVFAIL")
        self.assertEqual(done.returncode, 64)
        self.assertIn(b"without --events or --write", done.stderr)


if __name__ == "__main__":
    program.main()

#!/usr/bin/python3
"""Spikes of captures: found however short the capture is and wherever in it they begin, told alike
by every output and by any number of workers. Captures and what is to be found are made here."""

import json
import tempfile
import unittest
from pathlib import Path

import program
from capture_files import NOERROR, NXDOMAIN, REFUSED, SERVFAIL, pcap, response, udp_frame, wire_name

BEGIN = 1_767_225_600  # 2026-01-01T00:00:00Z
SERVER, OTHER_SERVER = "192.0.2.53", "192.0.2.54"
CLIENTS = 50


def answers(seconds, incident, rate=20, errors=15):
    """Frames of two servers that answer `rate` a second, a SERVFAIL among them now and then; from
    second `incident` on, one of them has `errors` SERVFAIL a second more for one zone."""
    frames = []

    def add(second, number, server, code, zone):
        client = (f"198.51.100.{number % CLIENTS + 1}", 20_000 + number % 1000)
        name = wire_name(b"host%d" % (number % 7), *zone)
        frame = udp_frame((server, 53), client, response(number % 65536, name, code))
        frames.append(((BEGIN + second) * 1_000_000 + number % 900_000, frame))

    for second in range(seconds):
        batch = len(frames)
        for i in range(rate):
            number = second * rate + i
            code = SERVFAIL if number % 97 == 0 else NOERROR
            add(second, number, (SERVER, OTHER_SERVER)[i % 2], code, (b"usual%d" % (i % 5), b"com"))
        if incident is not None and second >= incident:
            for i in range(errors):
                add(second, second * errors + i, SERVER, SERVFAIL, (b"broken", b"com"))
        frames[batch:] = sorted(frames[batch:])
    return frames


def seconds_of(time):
    """Since BEGIN, of a time in the report."""
    hours, minutes, rest = time[11:].rstrip("Z").split(":")
    return int(hours) * 3600 + int(minutes) * 60 + float(rest)


class Spikes(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="rcodescope-spikes-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def capture(self, name, *arguments, **options):
        path = self.folder / name
        path.write_bytes(pcap(answers(*arguments, **options)))
        return path

    def test_length_and_place_do_not_matter(self):
        for seconds in (60, 300, 3600):
            for percent in (0, 30, 90):
                incident = seconds * percent // 100
                with self.subTest(seconds=seconds, percent=percent):
                    # An incident of six seconds must be larger to be one.
                    much = {"rate": 20, "errors": 30} if seconds == 60 else {"rate": 6, "errors": 12}
                    path = self.capture("incident.pcap", seconds, incident, **much)
                    spikes = program.report("--zone-by", "psl", path)["spikes"]
                    self.assertEqual(len(spikes), 1, spikes)
                    spike = spikes[0]
                    self.assertEqual(
                        (spike["rcode"], spike["dimension"], spike["key"], spike["end"]),
                        ("SERVFAIL", "zone", "broken.com.", None))
                    self.assertEqual(seconds_of(spike["begin"]), incident)
                    self.assertLessEqual(seconds_of(spike["detected"]), incident + 6)
                    kind = "high_from_start" if incident < 30 else "above_baseline"
                    self.assertEqual(spike["kind"], kind)
                    self.assertEqual(spike["explains"][0]["server"], SERVER)

    def test_silent_otherwise(self):
        path = self.capture("quiet.pcap", 600, None)
        self.assertEqual(program.report(path)["spikes"], [])

    def test_any_number_of_workers(self):
        path = self.capture("incident.pcap", 120, 80)
        reports = {
            program.without_sources(program.replay(
                "--json", "-", "--workers", workers, "--hash-key", key, path).stdout)
            for workers, key in (("1", "1"), ("2", "2"), ("7", "3"))
        }
        self.assertEqual(len(reports), 1)
        self.assertEqual(len(json.loads(reports.pop())["spikes"]), 1)

    def test_a_baseline_of_another_run(self):
        saved = self.folder / "usual.json"
        quiet = self.capture("quiet.pcap", 120, None)
        done = program.replay("--save-baseline", saved, quiet)
        self.assertEqual(done.returncode, 0, done.stderr)
        # 15 of 35 are below what is never right only without knowing what is.
        incident = self.capture("incident.pcap", 20, 5)
        spikes = program.report("--zone-by", "psl", "--baseline", saved, incident)["spikes"]
        self.assertEqual([spike["kind"] for spike in spikes], ["above_baseline"])
        self.assertEqual(seconds_of(spikes[0]["begin"]), 5)

    def test_clients_that_are_hidden_are_not_named(self):
        """One client has all of an incident: named by its address, else not."""
        frames = answers(60, None)
        client = "198.51.100.7"
        for second in range(30, 60):
            for i in range(40):
                name = wire_name(b"host%d" % i, b"broken", b"com")
                frame = udp_frame((SERVER, 53), (client, 4000), response(i, name, SERVFAIL))
                frames.append(((BEGIN + second) * 1_000_000 + 950_000 + i, frame))
        path = self.folder / "one.pcap"
        path.write_bytes(pcap(sorted(frames)))
        key = self.folder / "key"
        key.write_bytes(bytes(range(32)))

        def told(*options):
            html = self.folder / "report.html"
            done = program.replay("--json", "-", "--html", html, *options, path)
            self.assertEqual(done.returncode, 0, done.stderr)
            text = program.replay("--text", "-", *options, path).stdout.decode()
            spikes = json.loads(done.stdout)["spikes"]
            self.assertNotEqual(spikes, [])
            return spikes, [done.stdout.decode(), html.read_text(encoding="utf-8"), text]

        spikes, _ = told()
        self.assertIn(client, json.dumps(spikes))
        for options in (("--pseudonym-key", key), ("--client-prefix", "24,48", "--min-clients", "2")):
            with self.subTest(options=options[0]):
                spikes, outputs = told(*options)
                for output in outputs:
                    self.assertNotRegex(output, r"(?<![\d.])198\.51\.100\.[1-9]\d*(?![\d.])")
        self.assertEqual([explains["client"] for explains in spikes[0]["explains"] if explains["client"]], [])

    def test_a_baseline_that_is_none(self):
        broken = self.folder / "usual.json"
        broken.write_text('{"schema": 1}')
        capture = self.capture("quiet.pcap", 2, None)
        for path, code in ((broken, 65), (self.folder / "absent", 66)):
            done = program.replay("--baseline", path, capture)
            self.assertEqual(done.returncode, code, done.stderr)
            self.assertIn(str(path).encode(), done.stderr)

    def lame(self, seconds=60):
        """Four servers of a zone: one of them refuses what the others answer."""
        frames = []
        for number in range(seconds * 20):
            server = f"192.0.2.{1 + number % 4}"
            code = REFUSED if server == "192.0.2.3" else (NOERROR, NXDOMAIN)[number // 4 % 2]
            client = (f"198.51.100.{number // 4 % CLIENTS + 1}", 20_000 + number % 1000)
            name = wire_name(b"host%d" % (number // 4 % 7), b"example", b"com")
            frame = udp_frame((server, 53), client, response(number % 65536, name, code))
            frames.append((BEGIN * 1_000_000 + number * 50_000, frame))
        path = self.folder / "lame.pcap"
        path.write_bytes(pcap(frames))
        return path

    def test_siblings_that_disagree(self):
        """A server that has always been lame is no spike, but not what its siblings are."""
        path = self.lame()
        report = program.report("--zone-by", "psl", path)
        self.assertEqual(
            [one["text"] for one in report["disagreements"]],
            ["REFUSED from 192.0.2.3 for example.com.: 100 % of its errors there,"
             " its siblings 192.0.2.1 0 %, 192.0.2.2 0 %, 192.0.2.4 0 %"])
        self.assertEqual(seconds_of(report["disagreements"][0]["begin"]), 0)
        text = program.replay("--zone-by", "psl", path).stdout.decode()
        self.assertIn("siblings disagree: REFUSED from 192.0.2.3", " ".join(text.split()))

    def test_sites_that_disagree(self):
        config = self.folder / "sites.toml"
        config.write_text("".join(
            f'[[site]]\nname = "node{i}"\nprefixes = ["192.0.2.{i}/32"]\n' for i in range(1, 5)))
        report = program.report("--config", config, self.lame())
        self.assertEqual(
            [one["text"] for one in report["disagreements"] if one["dimension"] == "site"],
            ["REFUSED at node3: 100 % of its responses, its siblings"
             " node1 0 %, node2 0 %, node4 0 %"])

    def test_the_text_report_has_it_on_top(self):
        path = self.capture("incident.pcap", 60, 40)
        text = program.replay(path).stdout.decode()
        self.assertIn("Spikes", text)
        self.assertLess(text.index("Spikes"), text.index("Response codes"))
        self.assertIn("check next:", text)


if __name__ == "__main__":
    program.main()

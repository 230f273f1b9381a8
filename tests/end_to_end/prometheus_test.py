#!/usr/bin/python3
"""The metrics page as a real Prometheus takes it: a capture whose question names hold every byte
value, and captures of real servers, scraped and queried, must give the sums of the JSON report."""

import gzip
import http.client
import json
import subprocess
import tempfile
import threading
import unittest
from pathlib import Path

import capture_files
import program
from prometheus_server import Prometheus

DIMENSIONS = ("zone", "client", "server")
UNASSIGNED_SERIES = 64  # codes without a name that the page tells apart, by space


def presentation(label):
    """RFC 1035 §5.1: printable ASCII stands for itself but for . \\ and the quotation mark."""
    text = ""
    for byte in label.lower():
        if byte in b".\\":
            text += "\\" + chr(byte)
        elif 0x21 <= byte <= 0x7E and byte != ord('"'):
            text += chr(byte)
        else:
            text += f"\\{byte:03d}"
    return text


def by_page_name(rcodes):
    """{rcode: responses} as the page has them, from the report's list, which names more codes."""
    unassigned = {(row["space"], row["code"]) for row in rcodes if row["rcode"][:5] == "RCODE"}
    named = {
        pair
        for space in ("dns", "tsig", "tkey")
        for pair in sorted(pair for pair in unassigned if pair[0] == space)[:UNASSIGNED_SERIES]
    }
    sums = {}
    for row in rcodes:
        pair = (row["space"], row["code"])
        name = "other" if pair in unassigned - named else row["rcode"]
        sums[name] = sums.get(name, 0) + row["responses"]
    return sums


def hostile_frames():
    """SERVFAIL responses: (frames, {zone: responses}). The zone is the label with the byte and the
    one behind it, since no list knows the last one."""
    frames, zones = [], {}
    for byte in range(256):
        label = b"a" + bytes([byte]) + b"z"
        zone = f"{presentation(label)}.rcodescope-test."
        name = capture_files.wire_name(b"www", label, b"rcodescope-test")
        for i in range(1 + byte % 3):
            answer = capture_files.response(byte, name, capture_files.SERVFAIL)
            client = (f"198.51.100.{byte % 50 + 1}", 10_000 + i)
            frame = capture_files.udp_frame(("192.0.2.53", 53), client, answer)
            frames.append((1_767_225_600_000_000 + 5_000 * len(frames), frame))
            zones[zone] = zones.get(zone, 0) + 1
    return frames, zones


def get(port, path, method="GET", **headers):
    """(status, headers, body) of one request on a connection of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=program.LONGEST_RUN)
    try:
        connection.request(method, path, headers=headers)
        reply = connection.getresponse()
        return reply.status, reply.headers, reply.read()
    finally:
        connection.close()


def samples(page):
    return [line for line in page.decode().splitlines() if line and not line.startswith("#")]


class PrometheusTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="rcodescope-prometheus-")
        cls.addClassCleanup(folder.cleanup)
        frames, cls.hostile_zones = hostile_frames()
        hostile = Path(folder.name) / "hostile.pcap"
        hostile.write_bytes(capture_files.pcap(frames))
        captures = {
            "hostile": hostile,
            "ede": program.CAPTURES / "g08-servfail-ede.pcap",
            "sweep": program.CAPTURES / "g21-rcode-sweep.pcap",
        }
        cls.reports = {job: program.report(path) for job, path in captures.items()}
        cls.ports = {
            job: cls.enterClassContext(program.serving(path))[1] for job, path in captures.items()
        }
        cls.pages = {job: get(port, "/metrics")[2] for job, port in cls.ports.items()}
        cls.prometheus = Prometheus(Path(folder.name), cls.ports)
        cls.addClassCleanup(cls.prometheus.stop)
        cls.up = cls.prometheus.wait_until_scraped(cls.ports)

    def sums(self, expression):
        """{value of the only label: sum} of an aggregation by one label."""
        return {next(iter(m.values()), ""): v for m, v in self.prometheus.query(expression) if v}

    def test_promtool_finds_nothing_to_say(self):
        for job, page in self.pages.items():
            with self.subTest(job):
                check = subprocess.run(
                    ["promtool", "check", "metrics"], input=page, capture_output=True, check=False
                )
                self.assertEqual((check.returncode, check.stdout + check.stderr), (0, b""))

    def test_pages_are_printable_ascii(self):
        for job, page in self.pages.items():
            with self.subTest(job):
                self.assertRegex(page, rb"\A[\n\x20-\x7e]+\Z")

    def test_every_scrape_is_taken_whole(self):
        self.assertEqual(self.up, {job: 1.0 for job in self.ports})
        self.assertEqual(
            self.sums("sum by (job) (scrape_samples_scraped)"),
            {job: len(samples(page)) for job, page in self.pages.items()},
        )

    def test_zones_with_every_byte_arrive(self):
        self.assertEqual(len(self.hostile_zones), 256 - 26)  # of one case
        query = 'sum by (zone) (rcodescope_zone_responses_total{job="hostile",rcode="SERVFAIL"})'
        self.assertEqual(self.sums(query), self.hostile_zones)
        self.assertEqual(
            {zone: count for zone, count in
             program.responses(self.reports["hostile"]["zones"]).items() if count},
            self.hostile_zones,
        )

    def test_keys_add_up_to_the_report(self):
        for job, report in self.reports.items():
            for dimension in DIMENSIONS:
                with self.subTest(job=job, dimension=dimension):
                    metric = f'rcodescope_{dimension}_responses_total{{job="{job}"}}'
                    total = self.prometheus.query(f"sum({metric})")[0][1]
                    self.assertEqual(total, report["messages"]["responses"])
                    by_key = program.responses(report[dimension + "s"])
                    self.assertEqual(
                        self.sums(f"sum by ({dimension}) ({metric})"),
                        {key: count for key, count in by_key.items() if count},
                    )
                    self.assertEqual(
                        self.sums(f"sum by (rcode) ({metric})"),
                        by_page_name(report["rcodes"]),
                    )

    def test_more_codes_come_than_the_page_tells_apart(self):
        codes = by_page_name(self.reports["sweep"]["rcodes"])
        self.assertGreater(codes["other"], 0)
        self.assertEqual(sum(name.startswith("RCODE") for name in codes), UNASSIGNED_SERIES)

    def test_totals_are_those_of_the_report(self):
        for job, report in self.reports.items():
            for query, expected in (
                ("sum by (rcode) (rcodescope_responses_total{})",
                 by_page_name(report["rcodes"])),
                ("sum(rcodescope_queries_total{})", {"": report["messages"]["queries"]}),
                ("sum(rcodescope_frames_total{})", {"": report["frames"]["seen"]}),
                ("sum by (kind) (rcodescope_answers_total{})", report["answer_kinds"]),
                ("sum by (disposition) (rcodescope_frames_total{})",
                 report["frames"]["dispositions"]),
                ("sum by (reason) (rcodescope_message_anomalies_total{})",
                 report["messages"]["anomalies"]),
                ("sum(abs(rcodescope_conservation_residual{}))", {}),
            ):
                with self.subTest(job=job, query=query):
                    found = self.sums(query.replace("{}", f'{{job="{job}"}}'))
                    expected = {name: count for name, count in expected.items() if count}
                    self.assertEqual(found, expected)

    def test_extended_errors_are_those_of_the_report(self):
        report = self.reports["ede"]
        self.assertTrue(report["ede"])
        expected = {}
        for entry in report["ede"]:
            key = str(entry["info_code"])
            expected[key] = expected.get(key, 0) + entry["responses"]
        query = 'sum by (info_code) (rcodescope_extended_errors_total{job="ede"})'
        self.assertEqual(self.sums(query), expected)

    def test_no_series_stands_twice(self):
        for job, page in self.pages.items():
            with self.subTest(job):
                series = [line.rpartition(" ")[0] for line in samples(page)]
                self.assertEqual(len(series), len(set(series)))
                for word in ("HELP", "TYPE"):
                    told = [line.split()[2] for line in page.decode().splitlines()
                            if line.startswith(f"# {word} ")]
                    self.assertEqual(len(told), len(set(told)))


class ServerTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        _, cls.port = cls.enterClassContext(
            program.serving(program.CAPTURES / "g08-servfail-ede.pcap")
        )

    def test_health(self):
        for path in ("/-/healthy", "/-/ready", "/", "/metrics", "/api/v1/report"):
            with self.subTest(path):
                self.assertEqual(get(self.port, path)[0], 200)

    def test_unknown_paths(self):
        for path in ("/metrics/", "/metricsx", "/-/", "/x", "//metrics", "/%2e%2e/etc/passwd"):
            with self.subTest(path):
                self.assertEqual(get(self.port, path)[0], 404)

    def test_read_only(self):
        for method in ("POST", "PUT", "DELETE"):
            with self.subTest(method):
                self.assertEqual(get(self.port, "/metrics", method)[0], 405)

    def test_head_has_the_headers_of_get(self):
        for path in ("/metrics", "/-/healthy", "/absent"):
            with self.subTest(path):
                status, headers, body = get(self.port, path, "HEAD")
                full_status, full_headers, full_body = get(self.port, path)
                self.assertEqual((status, body), (full_status, b""))
                for name in ("Content-Length", "Content-Type"):
                    self.assertEqual(headers[name], full_headers[name])
                self.assertEqual(int(headers["Content-Length"]), len(full_body))

    def test_gzip_on_demand(self):
        _, plain_headers, plain = get(self.port, "/metrics")
        self.assertIsNone(plain_headers["Content-Encoding"])
        _, headers, packed = get(self.port, "/metrics", **{"Accept-Encoding": "gzip"})
        self.assertEqual(headers["Content-Encoding"], "gzip")
        self.assertLess(len(packed), len(plain))
        self.assertEqual(gzip.decompress(packed), plain)
        _, headers, body = get(self.port, "/metrics", **{"Accept-Encoding": "gzip;q=0"})
        self.assertIsNone(headers["Content-Encoding"])
        self.assertEqual(body, plain)

    def test_the_report_is_the_one_of_the_file(self):
        served = json.loads(get(self.port, "/api/v1/report")[2])
        self.assertEqual(served, program.report(program.CAPTURES / "g08-servfail-ede.pcap"))

    def test_scrapers_at_once_get_the_same_page(self):
        expected = get(self.port, "/metrics")[2]
        barrier = threading.Barrier(2)
        pages = []

        def scrape():
            barrier.wait(program.LONGEST_RUN)
            for _ in range(50):
                pages.append(get(self.port, "/metrics")[2])

        threads = [threading.Thread(target=scrape) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(len(pages), 100)
        self.assertEqual(set(pages), {expected})


if __name__ == "__main__":
    program.main()

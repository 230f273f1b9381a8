#!/usr/bin/python3
"""--merge: captures of several sensors, beside Wireshark's mergecap."""

import gzip
import json
import subprocess
import tempfile
import unittest
from pathlib import Path

import capture_files
import program

EXCHANGES = 600
SENSORS = 3


def tshark_frames(path):
    """[(time, bytes)] of a capture's frames as tshark has them."""
    done = subprocess.run(["tshark", "-r", path, "-T", "json", "-x"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
    return [(f["_source"]["layers"]["frame"]["frame.time_epoch"], f["_source"]["layers"]["frame_raw"][0]) for f in json.loads(done.stdout)]


class MergeTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="rcodescope-merge-")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name)
        frames = capture_files.exchanges(EXCHANGES)
        # A query and its response are seen by different sensors.
        shares = [frames[n::SENSORS] for n in range(SENSORS)]
        contents = (capture_files.pcap(shares[0], nano=True), capture_files.pcapng(shares[1], order=">"),
                    gzip.compress(capture_files.pcap(shares[2])))
        cls.sensors = []
        for name, content in zip(("c", "b", "a"), contents):
            path = cls.folder / name
            path.write_bytes(content)
            cls.sensors.append(path)
        cls.merged = cls.folder / "merged"
        subprocess.run(["mergecap", "-w", cls.merged, *cls.sensors], check=True)

    def merge(self, *arguments):
        done = program.replay("--merge", *arguments, *self.sensors)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def test_the_report_is_that_of_what_mergecap_makes(self):
        expected = program.without_sources(program.replay("--json", "-", self.merged).stdout)
        for options in ((), ("--workers", "4"), ("--hash-key", "7")):
            self.assertEqual(program.without_sources(self.merge("--json", "-", *options)), expected, options)
        apart = program.replay("--json", "-", *self.sensors)
        self.assertNotEqual(program.without_sources(apart.stdout), expected, "one after the other it is another report")
        late = json.loads(apart.stdout)["frames"]["record_anomalies"]["time_late"]
        self.assertGreater(late, 0)

    def test_filters_and_time_series(self):
        for options in (("--rcode", "SERVFAIL", "--json", "-"),
                        ("--from", "2026-01-01T00:00:00.5Z", "--to", "2026-01-01T00:00:01Z", "--json", "-"),
                        ("--openmetrics", "-", "--openmetrics-step", "1s", "--text", "off")):
            expected = program.replay(*options, self.merged).stdout
            found = self.merge(*options)
            if "--json" in options:
                expected, found = map(program.without_sources, (expected, found))
            self.assertEqual(found, expected, options)
        expression = ["--", "host", "192.0.2.53"]
        found = program.replay("--merge", "--json", "-", *self.sensors, *expression)
        expected = program.replay("--json", "-", self.merged, *expression)
        self.assertEqual(program.without_sources(found.stdout), program.without_sources(expected.stdout))
        report = json.loads(found.stdout)
        self.assertEqual(sum(source["packets"] for source in report["sources"]), report["frames"]["seen"])

    def test_events_name_the_file_and_the_frame_in_it(self):
        options = ("--events", "-", "--text", "off")
        expected = [json.loads(line) for line in program.replay(*options, self.merged).stdout.splitlines()]
        found = [json.loads(line) for line in self.merge(*options).splitlines()]
        self.assertEqual(len(found), 2 * EXCHANGES)
        apart = {path: [json.loads(line) for line in program.replay(*options, path).stdout.splitlines()] for path in map(str, self.sensors)}
        for event, merged in zip(found, expected):
            self.assertEqual(list(event)[-2:], ["file", "file_frame"])
            alone = apart[event.pop("file")][event["file_frame"] - 1]
            self.assertEqual(alone["frame"], event.pop("file_frame"))
            self.assertEqual(event, merged)
            self.assertEqual((alone["time"], alone["qname"], alone["id"]), (event["time"], event["qname"], event["id"]))

    def test_packets_are_written_in_order_of_time(self):
        written = self.folder / "written"
        self.merge("--text", "off", "--write", written)
        self.assertEqual(tshark_frames(written), tshark_frames(self.merged))

    def test_dissect_takes_the_number_that_events_tell(self):
        line = json.loads(self.merge("--events", "-", "--text", "off").splitlines()[700])
        self.assertEqual(line["frame"], 701)
        found, expected = self.merge("--dissect", "701"), program.replay("--dissect", "701", self.merged).stdout
        self.assertEqual(found.splitlines()[1:], expected.splitlines()[1:], "all but the interface, which mergecap numbers anew")

    def test_a_folder_of_sensors(self):
        with tempfile.TemporaryDirectory(prefix="rcodescope-merge-") as name:
            for n, path in enumerate(self.sensors):
                (Path(name) / f"sensor{n}.pcap").write_bytes(path.read_bytes())
            found = program.replay("--merge", "--recursive", "--json", "-", name).stdout
        self.assertEqual(program.without_sources(found), program.without_sources(self.merge("--json", "-")))

    def test_a_damaged_file_is_told_and_the_others_are_read(self):
        cut = self.folder / "cut"
        cut.write_bytes(self.sensors[0].read_bytes()[:-5])
        done = program.replay("--merge", "--json", "-", cut, *self.sensors[1:])
        self.assertEqual(done.returncode, 65)
        self.assertIn(b"cut: file is cut off", done.stderr)
        self.assertEqual(json.loads(done.stdout)["frames"]["seen"], 2 * EXCHANGES - 1)

    def test_more_files_than_can_be_open_are_refused(self):
        done = program.replay("--merge", *[self.sensors[0]] * 257)
        self.assertEqual(done.returncode, 64)
        self.assertIn(b"257 files", done.stderr)
        most = program.replay("--merge", "--json", "-", *[self.sensors[2]] * 256)
        self.assertEqual(most.returncode, 0, most.stderr)
        self.assertEqual(json.loads(most.stdout)["frames"]["seen"], 256 * 2 * EXCHANGES // SENSORS)


if __name__ == "__main__":
    program.main()

#!/usr/bin/python3
"""--follow: a folder of rotating captures, written by hand, step by step."""

import contextlib
import gzip
import json
import lzma
import os
import shutil
import signal
import subprocess
import tempfile
import unittest
from pathlib import Path

import capture_files
import program

BEGIN = 1_767_225_600_000_000  # 2026-01-01T00:00:00Z in microseconds


def part(number, count=20, begin=BEGIN):
    """The number-th capture of a rotation, two frames an exchange: a second each."""
    return capture_files.pcap(capture_files.exchanges(count, begin + number * 1_000_000))


class Follower:
    """A running replay --follow; each message it has read is a line."""

    def __init__(self, folder, process, report):
        self.folder = folder
        self.process = process
        self.report_path = report
        self.log = b""

    def messages(self, count):
        """Waits for so many more."""
        return [json.loads(self.process.stdout.readline()) for _ in range(count)]

    def log_line(self, word):
        """Waits for it."""
        for line in self.process.stderr:
            self.log += line
            if word in line:
                return line
        raise AssertionError(f"no {word}: {self.log.decode()}")

    def end(self, number=signal.SIGTERM):
        """(status, report, log, messages that were left)"""
        self.process.send_signal(number)
        left, log = self.process.communicate(timeout=program.LONGEST_RUN)
        self.log += log
        report = json.loads(self.report_path.read_bytes()) if self.report_path.exists() else None
        return self.process.returncode, report, self.log.decode(), left.splitlines()


@contextlib.contextmanager
def following(*arguments, before=()):
    """before: [(name, content)] of what is there at the start."""
    with tempfile.TemporaryDirectory(prefix="rcodescope-follow-") as name:
        folder = Path(name) / "captures"
        folder.mkdir()
        for file_name, content in before:
            (folder / file_name).write_bytes(content)
        report = Path(name) / "report.json"
        options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        with program.running("replay", "--follow", folder, "--events", "-", "--text", "off", "--json", report,
                             *arguments, **options) as process:
            follower = Follower(folder, process, report)
            follower.log_line(b"following")
            yield follower


class FollowTest(unittest.TestCase):
    def assert_same(self, report, *parts, options=()):
        """The report is that of these files, one after the other."""
        with tempfile.TemporaryDirectory(prefix="rcodescope-follow-") as name:
            paths = []
            for number, content in enumerate(parts):
                paths.append(Path(name) / f"{number}")
                paths[-1].write_bytes(content)
            expected = program.replay("--json", "-", *options, *paths)
        self.assertEqual(program.without_sources(json.dumps(report)), program.without_sources(expected.stdout))

    def names(self, report):
        return [os.path.basename(source["name"]) for source in report["sources"]]

    def test_what_is_there_is_read_in_order_of_its_packets_and_then_what_comes(self):
        before = [("c.pcap", part(0)), ("b.pcap2", gzip.compress(part(1))), ("a.pcap", part(2)), ("notes.txt", b"none")]
        with following(before=before) as follower:
            follower.messages(3 * 40)
            (follower.folder / "0.pcap").write_bytes(part(3))
            times = [message["time"] for message in follower.messages(40)]
            self.assertEqual(times[0], "2026-01-01T00:00:03.000000000Z")
            status, report, log, left = follower.end()
        self.assertEqual((status, left), (0, []), log)
        self.assertEqual(self.names(report), ["c.pcap", "b.pcap2", "a.pcap", "0.pcap"])
        self.assert_same(report, *(part(n) for n in range(4)))

    def test_the_rest_of_a_half_written_record_is_waited_for(self):
        whole = part(0)
        with following() as follower:
            path = follower.folder / "a.pcap"
            with path.open("wb", buffering=0) as file:
                # The file header, a record header and a packet, in two pieces each.
                for begin, end, messages in ((0, 10, 0), (10, 24, 0), (24, 30, 0), (30, 60, 0), (60, 200, 1), (200, len(whole), 39)):
                    file.write(whole[begin:end])
                    follower.messages(messages)
            status, report, log, _ = follower.end()
        self.assertEqual(status, 0, log)
        self.assert_same(report, whole)

    def test_a_half_record_at_the_end_is_no_damage_but_before_another_file_it_is(self):
        with following(before=[("a.pcap", part(0)[:-7])]) as follower:
            follower.messages(39)
            status, report, log, _ = follower.end()
            self.assertEqual((status, report["frames"]["seen"]), (0, 39), log)
        with following(before=[("a.pcap", part(0)[:-7])]) as follower:
            follower.messages(39)
            (follower.folder / "b.pcap").write_bytes(part(1))
            follower.messages(40)
            status, report, log, _ = follower.end()
            self.assertEqual((status, report["frames"]["seen"]), (65, 79))
            self.assertIn("a.pcap: file is cut off in the middle of a record", log)

    def test_an_empty_file_is_waited_for_and_no_damage_at_the_end(self):
        with following(before=[("a.pcap", b"")]) as follower:
            status, report, log, _ = follower.end(signal.SIGINT)
        self.assertEqual((status, report["frames"]["seen"]), (0, 0), log)

    def test_a_file_that_is_renamed_and_packed_is_not_read_twice(self):
        with following() as follower:
            for number in range(3):
                current = follower.folder / "dns.pcap"
                if number > 0:
                    for old in range(number - 1, 0, -1):
                        (follower.folder / f"dns.pcap.{old}").rename(follower.folder / f"dns.pcap.{old + 1}")
                    current.rename(follower.folder / "dns.pcap.1")
                current.write_bytes(part(number))
                follower.messages(40)
            subprocess.run(["gzip", follower.folder / "dns.pcap.2"], check=True)
            with (follower.folder / "dns.pcap.1.xz").open("wb") as out:
                out.write(lzma.compress(part(1)))
            (follower.folder / "dns.pcap.1").unlink()
            (follower.folder / "next.pcap").write_bytes(part(3))
            follower.messages(40)
            status, report, log, left = follower.end()
        self.assertEqual((status, left), (0, []), log)
        self.assertEqual(report["frames"]["seen"], 4 * 40)
        self.assert_same(report, *(part(n) for n in range(4)))

    def test_a_ring_of_names_is_read_again_with_what_is_new_in_it(self):
        with following() as follower:
            for number in range(7):
                # As tcpdump -W does: the file is cut to nothing and written again.
                (follower.folder / f"ring{number % 3}.pcap").write_bytes(part(number))
                follower.messages(40)
            status, report, log, _ = follower.end()
        self.assertEqual(status, 0, log)
        self.assert_same(report, *(part(n) for n in range(7)))

    def test_a_file_that_was_read_on_its_own_inode_again_is_another(self):
        """File systems give the number of a deleted file to the next one."""
        with following() as follower:
            for number in range(5):
                path = follower.folder / f"{number}.pcap"
                path.write_bytes(part(number))
                follower.messages(40)
                path.unlink()
            status, report, log, _ = follower.end()
        self.assertEqual((status, report["frames"]["seen"]), (0, 200), log)

    def test_what_is_deleted_or_overwritten_before_it_was_read_is_told(self):
        much = part(0, 20_000)  # more than what the lines' reader, which does not read, leaves room for
        later = [(name, part(100 + n)) for n, name in enumerate(("b.pcap", "c.pcap", "d.pcap"))]
        with following(before=[("a.pcap", much), *later]) as follower:
            follower.messages(1)
            (follower.folder / "b.pcap").unlink()
            (follower.folder / "c.pcap").write_bytes(part(200))
            follower.messages(39_999 + 40)
            self.assertEqual([m["time"][:19] for m in follower.messages(1)], ["2026-01-01T00:03:20"])
            status, report, log, _ = follower.end()
        self.assertEqual(status, 66)
        lost = {os.path.basename(s["name"]): s["error"] for s in report["sources"] if s["error"]}
        self.assertEqual(lost, {"b.pcap": "was deleted before it was read", "c.pcap": "was overwritten before it was read"})
        self.assertEqual(log.count('msg="a capture is lost"'), 2)
        self.assertEqual(report["frames"]["seen"], 40_000 + 80)

    def test_what_came_and_went_unseen_is_told(self):
        with following(before=[("a.pcap", part(0))]) as follower:
            follower.messages(40)
            program.stand_still(follower.process)
            for name in ("b.pcap", "c.pcap", "d.pcap"):
                (follower.folder / name).write_bytes(part(1))
            (follower.folder / "b.pcap").unlink()
            (follower.folder / "c.pcap").rename(follower.folder / "e.pcap")
            (follower.folder / "e.pcap").unlink()
            (follower.folder / "tmp").write_bytes(b"no capture")
            (follower.folder / "tmp").unlink()
            follower.process.send_signal(signal.SIGCONT)
            follower.messages(40)
            status, report, log, _ = follower.end()
        self.assertEqual(status, 66)
        self.assertEqual(sorted(self.names(report)), ["a.pcap", "b.pcap", "d.pcap", "e.pcap"])
        self.assertEqual(log.count('msg="a capture is lost"'), 2)

    def test_a_file_that_is_overwritten_while_it_is_read_is_told_and_read_anew(self):
        with following(before=[("a.pcap", part(0))]) as follower:
            follower.messages(40)
            (follower.folder / "a.pcap").write_bytes(part(1, 5))
            follower.messages(10)
            status, report, log, _ = follower.end()
        self.assertEqual((status, report["frames"]["seen"]), (65, 50))
        self.assertIn("a.pcap: was overwritten while it was read", log)

    def test_what_is_appended_behind_the_next_file_is_told(self):
        with following(before=[("a.pcap", part(0))]) as follower:
            follower.messages(40)
            (follower.folder / "b.pcap").write_bytes(part(1))
            follower.messages(40)
            with (follower.folder / "a.pcap").open("ab") as file:
                file.write(part(0)[24:])
            self.assertIn(b"a.pcap", follower.log_line(b"grew after another capture had come"))
            status, report, log, _ = follower.end()
        self.assertEqual((status, report["frames"]["seen"]), (0, 80), log)

    def test_told_to_end_it_reads_what_is_there(self):
        with following() as follower:
            program.stand_still(follower.process)
            for number in range(3):
                (follower.folder / f"{number}.pcap").write_bytes(part(number))
            follower.process.send_signal(signal.SIGTERM)
            status, report, log, left = follower.end(signal.SIGCONT)
        self.assertEqual((status, len(left)), (0, 120), log)
        self.assert_same(report, *(part(n) for n in range(3)))

    def test_filters_and_packets_go_with_it(self):
        with following("--rcode", "SERVFAIL", "--write", "matching", "--", "udp", before=[("a.pcap", part(0))]) as follower:
            (follower.folder / "b.pcapng").write_bytes(capture_files.pcapng(capture_files.exchanges(20, BEGIN + 1_000_000)))
            messages = follower.messages(10)
            status, report, log, _ = follower.end()
            written = json.loads(program.replay("--json", "-", "matching").stdout)
            Path("matching").unlink()
        self.assertEqual({m["rcode"] for m in messages}, {"SERVFAIL"})
        self.assertEqual((status, report["messages"]["responses"], written["messages"]["responses"]), (0, 10, 10), log)

    def test_of_many_files_the_list_stays_short(self):
        count = 1050
        with following() as follower:
            program.stand_still(follower.process)
            for number in range(count):
                (follower.folder / f"{number:04}.pcap").write_bytes(part(number, 1))
            follower.process.send_signal(signal.SIGCONT)
            follower.messages(2 * count)
            status, report, log, _ = follower.end()
        self.assertEqual(status, 0, log)
        self.assertEqual(len(report["sources"]), 1000)
        self.assertEqual(report["sources"][0]["name"], "the first 51 files")
        self.assertEqual(sum(source["packets"] for source in report["sources"]), 2 * count)

    def test_a_folder_that_goes_is_the_end(self):
        with following(before=[("a.pcap", part(0))]) as follower:
            follower.messages(40)
            shutil.rmtree(follower.folder)
            follower.log_line(b"the folder is gone")
            follower.process.wait(program.LONGEST_RUN)
            self.assertEqual(follower.process.returncode, 66)

    def test_what_is_refused(self):
        with tempfile.TemporaryDirectory(prefix="rcodescope-follow-") as folder:
            for arguments in (["x.pcap"], ["-"], ["--merge"], ["--recursive"], ["--speed", "1"], ["--dissect", "1"],
                              ["--openmetrics", "-"], ["--into-prometheus", folder], ["--write", f"{folder}/x.pcap"]):
                done = program.replay("--follow", folder, *arguments)
                self.assertEqual(done.returncode, 64, arguments)
                self.assertIn(b"follow", done.stderr)
            self.assertEqual(program.replay("--follow", f"{folder}/none").returncode, 66)
            plain = Path(folder) / "x.pcap"
            plain.write_bytes(part(0))
            self.assertEqual(program.replay("--follow", plain).returncode, 66)
            config = Path(folder) / "config.toml"
            config.write_text(f'follow = "{folder}/none"\n', encoding="utf-8")
            self.assertEqual(program.replay("--config", config).returncode, 66)
        self.assertEqual(program.replay().returncode, 64)


if __name__ == "__main__":
    program.main()

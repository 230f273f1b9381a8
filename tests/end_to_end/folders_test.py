#!/usr/bin/python3
"""Folders of captures, packed ones, and the pace of a replay."""

import lzma
import socket
import subprocess
import tempfile
import time
import unittest
import urllib.request
from pathlib import Path

import capture_files
import program

EXCHANGES = 200
LONGEST = 60  # seconds, on a busy machine


class FolderTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="rcodescope-folders-")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name)
        frames = capture_files.exchanges(EXCHANGES)
        third = len(frames) // 3
        parts = [capture_files.pcap(frames[i : i + third]) for i in (0, third, 2 * third)]
        parts[2] = capture_files.pcap(frames[2 * third :])
        (cls.folder / "one").mkdir()
        (cls.folder / "two" / "deep").mkdir(parents=True)
        (cls.folder / "two" / ".hidden").mkdir()
        (cls.folder / "one" / "a.pcap").write_bytes(parts[0])
        (cls.folder / "one" / "b.pcap.xz").write_bytes(lzma.compress(parts[1]))
        (cls.folder / "two" / "deep" / "trace.pcap1").write_bytes(parts[2])
        (cls.folder / "two" / "notes.txt").write_text("no capture", encoding="utf-8")
        (cls.folder / "two" / ".hidden" / "c.pcap").write_bytes(parts[0])
        (cls.folder / "two" / ".d.pcap").write_bytes(parts[0])
        cls.whole = cls.folder / "whole"
        cls.whole.write_bytes(capture_files.pcap(frames))

    def test_a_folder_is_the_captures_below_it_in_order(self):
        done = program.replay("--recursive", "--json", "-", self.folder)
        self.assertEqual(done.returncode, 0, done.stderr)
        whole = program.replay("--json", "-", self.whole)
        self.assertEqual(program.without_sources(done.stdout), program.without_sources(whole.stdout))
        names = [source["name"] for source in program.report("--recursive", self.folder)["sources"]]
        self.assertEqual(names, [str(self.folder / name) for name in ("one/a.pcap", "one/b.pcap.xz", "two/deep/trace.pcap1")])

    def test_files_and_folders_keep_the_order_given(self):
        names = [s["name"] for s in program.report("--recursive", self.whole, self.folder / "one")["sources"]]
        self.assertEqual(names, [str(self.whole), str(self.folder / "one/a.pcap"), str(self.folder / "one/b.pcap.xz")])

    def test_without_the_option_a_folder_is_no_input(self):
        self.assertEqual(program.replay(self.folder).returncode, 66)

    def test_a_folder_without_captures_is_no_input(self):
        empty = self.folder / "two" / ".hidden" / "empty"
        empty.mkdir(exist_ok=True)
        done = program.replay("--recursive", empty)
        self.assertEqual(done.returncode, 66)
        self.assertIn(b"no file below it", done.stderr)

    def test_what_is_written_is_none_of_them(self):
        below = self.folder / "two" / "deep" / "trace.pcap1"
        before = below.read_bytes()
        for option in ("--write", "--events"):
            with self.subTest(option):
                done = program.replay("--recursive", option, below, self.folder)
                self.assertEqual(done.returncode, 64, done.stderr)
                self.assertIn(f"{option} {below}: is {below}, which is read", done.stderr.decode())
                self.assertEqual(below.read_bytes(), before)

    def test_a_bad_file_does_not_keep_others_from_being_read(self):
        with tempfile.TemporaryDirectory(prefix="rcodescope-folders-") as name:
            folder = Path(name)
            (folder / "a.pcap").write_bytes(b"no capture at all")
            (folder / "b.pcap").write_bytes(self.whole.read_bytes())
            done = program.replay("--recursive", "--json", folder / "report", folder)
            self.assertEqual(done.returncode, 65)
            self.assertIn(b"a.pcap", done.stderr)

    def test_lz4_and_xz_as_their_tools_write_them(self):
        expected = program.without_sources(program.replay("--json", "-", self.whole).stdout)
        for tool in (["lz4", "-c"], ["xz", "-c"], ["lz4", "-9", "-c"], ["xz", "-9", "-T2", "-c"]):
            packed = self.folder / "packed"
            with self.whole.open("rb") as plain, packed.open("wb") as out:
                subprocess.run(tool, stdin=plain, stdout=out, check=True)
            for options in ({}, {"input": packed.read_bytes()}):
                done = program.replay("--json", "-", "-" if options else packed, **options)
                self.assertEqual(program.without_sources(done.stdout), expected, tool)


class PaceTest(unittest.TestCase):
    def test_a_replay_takes_as_long_as_the_capture_at_that_speed(self):
        with tempfile.TemporaryDirectory(prefix="rcodescope-pace-") as name:
            path = Path(name) / "x.pcap"
            path.write_bytes(capture_files.pcap(capture_files.exchanges(1000)))  # 3 s
            begin = time.monotonic()
            done = program.replay("--speed", "2", "--json", "-", path)
            self.assertGreaterEqual(time.monotonic() - begin, 1.2)
            self.assertEqual(done.returncode, 0)
            self.assertEqual(done.stdout, program.replay("--json", "-", path).stdout)

    def test_the_page_follows(self):
        with tempfile.TemporaryDirectory(prefix="rcodescope-pace-") as name:
            path = Path(name) / "x.pcap"
            begin = 1_767_225_600_000_000
            frames = [(begin + 1000 * (at - begin), frame) for at, frame in capture_files.exchanges(1000, begin)]  # 50 minutes
            path.write_bytes(capture_files.pcap(frames))
            with socket.create_server(("127.0.0.1", 0)) as free:
                address = f"127.0.0.1:{free.getsockname()[1]}"
            with program.running("replay", "--speed", "60", "--listen", address, "--json", "-", "--text", "off", path,
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
                seen = 0
                end = time.monotonic() + LONGEST
                while seen == 0 and time.monotonic() < end:
                    try:
                        with urllib.request.urlopen(f"http://{address}/metrics", timeout=10) as page:
                            lines = page.read().decode().splitlines()
                        seen = sum(float(line.split()[-1]) for line in lines if line.startswith("rcodescope_responses_total{"))
                    except OSError:
                        time.sleep(0.1)  # between two questions
                self.assertTrue(0 < seen < 1000, "a part of it, while it is going on")

    def test_values_that_are_refused(self):
        for value in ("0", "-1", "fast", "1e3", "nan", "inf", "2000000", ""):
            self.assertEqual(program.replay("--speed", value, "x.pcap").returncode, 64, value)


if __name__ == "__main__":
    program.main()

#!/usr/bin/python3
"""The same packets give the same report, byte for byte but for `sources`, whatever file they are in
and however many threads and hash keys count them."""

import gzip
import json
import subprocess
import tempfile
import unittest
from pathlib import Path

import capture_files
import program

EXCHANGES = 600


def replay(*arguments, status=0, **options):
    """The report without sources."""
    done = program.replay("--json", "-", *arguments, **options)
    if done.returncode != status:
        raise AssertionError(f"{arguments}: {done.returncode}: {done.stderr.decode()}")
    return program.without_sources(done.stdout)


class OneCaptureTest(unittest.TestCase):
    """Gives its tests a capture with known contents, and the report of it."""

    maxDiff = 2000

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="rcodescope-identity-")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name)
        cls.frames = capture_files.exchanges(EXCHANGES)
        cls.plain = cls.write("plain.pcap", capture_files.pcap(cls.frames))
        cls.expected = replay(cls.plain)

    @classmethod
    def write(cls, name, content):
        path = cls.folder / name
        path.write_bytes(content)
        return path


class IdentityTest(OneCaptureTest):
    def test_the_report_is_right(self):
        found = json.loads(self.expected)
        expected = capture_files.exchange_rcodes(EXCHANGES)
        self.assertEqual(program.responses(found["rcodes"]), expected)
        self.assertEqual(found["frames"]["seen"], 2 * EXCHANGES)
        self.assertEqual(
            program.responses(found["zones"]),
            {f"zone{i}.com.": EXCHANGES // 5 for i in range(5)} | {"other": 0},
        )
        self.assertEqual(sum(program.responses(found["clients"]).values()), EXCHANGES)

    def test_workers(self):
        memory = ("--memory", "512MiB")  # 16 workers need more than there is by default
        expected = replay(*memory, self.plain)
        for workers in (1, 2, 4, 7, 16):
            with self.subTest(workers=workers):
                self.assertEqual(replay("--workers", str(workers), *memory, self.plain), expected)

    def test_hash_keys(self):
        for key in ("0", "1", "0xffffffffffffffff"):
            with self.subTest(key=key):
                self.assertEqual(
                    replay("--hash-key", key, "--workers", "3", self.plain), self.expected
                )

    def test_containers(self):
        files = {
            "big-endian.pcap": capture_files.pcap(self.frames, order=">"),
            "nanoseconds.pcap": capture_files.pcap(self.frames, nano=True),
            "big-endian-nanoseconds.pcap": capture_files.pcap(self.frames, order=">", nano=True),
            "plain.pcapng": capture_files.pcapng(self.frames),
            "big-endian.pcapng": capture_files.pcapng(self.frames, order=">"),
            # What is inside counts, not the name.
            "gzip.pcap": gzip.compress(capture_files.pcap(self.frames)),
            "gzip.txt": gzip.compress(capture_files.pcapng(self.frames)),
            "pcapng.pcap": capture_files.pcapng(self.frames),
        }
        middle = len(self.plain.read_bytes()) // 2
        parts = (self.plain.read_bytes()[:middle], self.plain.read_bytes()[middle:])
        files["two-members.gz"] = b"".join(gzip.compress(part) for part in parts)
        for name, content in files.items():
            with self.subTest(name):
                self.assertEqual(replay(self.write(name, content)), self.expected)
                self.assertEqual(replay("-", input=content), self.expected)

    def test_zstandard(self):
        for level in ("-1", "-19"):
            packed = subprocess.run(
                ["zstd", "-q", level, "-c", self.plain], stdout=subprocess.PIPE, check=True
            ).stdout
            with self.subTest(level=level):
                self.assertEqual(replay(self.write("zstd.pcap", packed)), self.expected)
                self.assertEqual(replay("-", input=packed), self.expected)

    def test_another_writer_of_pcapng(self):
        for name in ("g08-servfail-ede.pcap", "g21-rcode-sweep.pcap"):
            with self.subTest(name):
                source = program.CAPTURES / name
                target = self.folder / "editcap.pcapng"
                subprocess.run(["editcap", "-F", "pcapng", source, target], check=True)
                self.assertEqual(replay(target), replay(source))

    def test_a_file_cut_in_two(self):
        for cut in (1, 2, 333, 2 * EXCHANGES - 1):
            first = self.write("first.pcap", capture_files.pcap(self.frames[:cut]))
            second = self.write("second.pcap", gzip.compress(capture_files.pcap(self.frames[cut:])))
            for workers in ("1", "4"):
                with self.subTest(cut=cut, workers=workers):
                    self.assertEqual(replay("--workers", workers, first, second), self.expected)

    def test_every_capture_with_several_workers_and_keys(self):
        """Fragments, streams and tunnels, too: what belongs together meets in one worker."""
        captures = sorted(program.CAPTURES.glob("*.pcap*"))
        self.assertGreater(len(captures), 50)
        for capture in captures:
            with self.subTest(capture.name):
                reports = set()
                for workers, key in ((1, 1), (3, 2), (7, 0xDEADBEEF)):
                    done = program.replay(
                        "--json", "-", "--workers", str(workers), "--hash-key", str(key), capture
                    )
                    reports.add((done.returncode, program.without_sources(done.stdout)))
                self.assertEqual(len(reports), 1)
                frames = json.loads(reports.pop()[1])["frames"]
                self.assertEqual((frames["residual"], frames["held"]), (0, 0))


class FilterTest(OneCaptureTest):
    """A filter behind "--" keeps frames back, and says how many."""

    def test_kept_back_frames_are_counted_beside_the_seen_ones(self):
        v6 = sum(1 for _, frame in self.frames if frame[12:14] == b"\x86\xdd")
        for words in (("ip6",), ("not", "ip"), ("ip6 and udp port 53",)):
            with self.subTest(words=words):
                found = json.loads(replay(self.plain, "--", *words))
                self.assertEqual(found["frames"]["seen"], v6)
                self.assertEqual(found["frames"]["dropped"]["filter"], len(self.frames) - v6)
                self.assertEqual(found["frames"]["residual"], 0)
                self.assertEqual(found["messages"]["responses"], v6 // 2)
                self.assertTrue(all(":" in key for key in program.responses(found["servers"])
                                    if key != "other"))

    def test_a_filter_that_takes_all_changes_nothing(self):
        self.assertEqual(replay(self.plain, "--", "udp"), self.expected)

    def test_a_filter_that_takes_nothing(self):
        found = json.loads(replay(self.plain, "--", "tcp"))
        self.assertEqual(found["frames"]["seen"], 0)
        self.assertEqual(found["frames"]["dropped"]["filter"], len(self.frames))
        self.assertEqual(found["rcodes"], [])

    def test_workers_agree_under_a_filter(self):
        self.assertEqual(
            replay("--workers", "4", self.plain, "--", "ip6"), replay(self.plain, "--", "ip6")
        )


if __name__ == "__main__":
    program.main()

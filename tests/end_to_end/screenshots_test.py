#!/usr/bin/python3
"""Pictures of the report and of the status page as Chromium draws them, light and dark: those of the README.

    RCODESCOPE_SCREENSHOTS=deploy/screenshots python3 tests/end_to_end/screenshots_test.py PROGRAM

keeps them, made small by pngquant and optipng."""

import math
import os
import random
import shutil
import struct
import subprocess
import tempfile
import unittest
import zlib
from pathlib import Path

import capture_files
import program
from capture_files import NOERROR, NXDOMAIN, REFUSED, SERVFAIL, wire_name
from html_test import FLAGS, LONGEST, VIRTUAL_TIME

SCHEMES = {"dark": 0, "light": 1}  # as Chromium's setting has them
PAPER = {"dark": (0x14, 0x17, 0x1B), "light": (0xFF, 0xFF, 0xFF)}  # --paper in page.css
BEGIN = 1_767_225_600
WIDTH = 1000
HEIGHTS = {"report": 1300, "status": 560}
MOST_BYTES = 150_000  # of all that are kept


def incident():
    """Ten minutes of a provider's traffic; in the seventh and eighth a zone's server fails."""
    draw = random.Random(7)
    zones = [f"{name}.example" for name in ("shop", "mail", "cdn", "bank", "news", "games", "wiki", "iot")]
    frames = []
    for second in range(600):
        busy = round(60 + 15 * math.sin(second / 95) + draw.gauss(0, 2))
        for i in range(busy + 40 * (360 <= second < 480)):
            outage = i >= busy
            zone = "bank.example" if outage else draw.choices(zones, (30, 20, 18, 10, 8, 6, 5, 3))[0]
            server = "192.0.2.53" if outage else f"192.0.2.{draw.choice((53, 54, 55))}"
            code = SERVFAIL if outage else draw.choices((NOERROR, NXDOMAIN, SERVFAIL, REFUSED), (86, 11, 1, 2))[0]
            client = f"198.51.100.{int(draw.triangular(1, 200, 7))}"
            name = wire_name(b"www", *[label.encode() for label in zone.split(".")])
            micros = (BEGIN + second) * 1_000_000 + draw.randrange(900_000)
            ident, to, asker = draw.randrange(65536), (server, 53), (client, draw.randrange(1024, 65536))
            frames.append((micros, capture_files.udp_frame(asker, to, capture_files.query(ident, name))))
            frames.append((micros + 20_000, capture_files.udp_frame(to, asker, capture_files.response(ident, name, code))))
    return capture_files.pcap(sorted(frames, key=lambda frame: frame[0]))


def picture(data):
    """(width, height, colour of the first point): of a PNG with 8 bits a channel. The first point is as it is
    whichever way its line is filtered, for nothing stands before it (PNG specification §9.2)."""
    width, height, depth, kind = struct.unpack("!2I2B", data[16:26])
    assert depth == 8 and kind in (2, 6), (depth, kind)
    parts, at = [], 8
    while at < len(data):
        length, name = struct.unpack("!I4s", data[at:at + 8])
        if name == b"IDAT":
            parts.append(data[at + 8:at + 8 + length])
        at += 12 + length
    return width, height, tuple(zlib.decompress(b"".join(parts))[1:4])


class ScreenshotsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="rcodescope-screenshots-", ignore_cleanup_errors=True)
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name)
        cls.capture = cls.folder / "incident.pcap"
        cls.capture.write_bytes(incident())

    def shoot(self, url, name, scheme):
        path = self.folder / f"{name}-{scheme}.png"
        subprocess.run(
            ["chromium", *FLAGS, VIRTUAL_TIME, f"--window-size={WIDTH},{HEIGHTS[name]}", "--hide-scrollbars",
             f"--blink-settings=preferredColorScheme={SCHEMES[scheme]}", f"--user-data-dir={self.folder / 'profile'}",
             f"--screenshot={path}", url],
            stdin=subprocess.DEVNULL, capture_output=True, timeout=LONGEST, check=True)
        width, height, paper = picture(path.read_bytes())
        self.assertEqual((width, height), (WIDTH, HEIGHTS[name]))
        self.assertEqual(paper, PAPER[scheme])
        # An empty page has less than a tenth of that.
        self.assertGreater(path.stat().st_size, 20_000, "something is drawn")

    def test_both_pages_in_both_schemes(self):
        report = self.folder / "report.html"
        self.assertEqual(program.replay("--html", report, "--text", "off", self.capture).returncode, 0)
        with program.serving("--text", "off", self.capture) as (_, port):
            for scheme in SCHEMES:
                self.shoot(f"file://{report}", "report", scheme)
                self.shoot(f"http://127.0.0.1:{port}/", "status", scheme)
        pictures = sorted(self.folder.glob("*.png"))
        self.assertEqual(len({path.read_bytes() for path in pictures}), 4)
        if keep := os.environ.get("RCODESCOPE_SCREENSHOTS"):
            self.keep(pictures, Path(keep))

    def keep(self, pictures, folder):
        small = [self.folder / f"small-{path.name}" for path in pictures]
        for path, to in zip(pictures, small):
            subprocess.run(["pngquant", "--speed", "1", "--strip", "--output", to, "48", path], check=True)
            subprocess.run(["optipng", "-quiet", "-o5", to], check=True)
        self.assertLess(sum(path.stat().st_size for path in small), MOST_BYTES)
        folder.mkdir(parents=True, exist_ok=True)
        for path, to in zip(pictures, small):
            shutil.copyfile(to, folder / path.name)


if __name__ == "__main__":
    program.main()

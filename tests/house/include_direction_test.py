#!/usr/bin/python3
"""Includes follow the direction of the house plan: capture → parse → aggregate → exporters → app.
Each rule is also shown to find what it is for, in a copy of the tree with a fault planted."""

import re
import tempfile
import unittest
from pathlib import Path

import source_tree

# Which project headers a folder may include, besides its own: prefixes of paths.
ALLOWED = {
    "capture": (),
    "parse": ("capture/packet.h", "capture/bytes.h"),
    "aggregate": ("parse/", "capture/packet.h", "capture/source.h"),
    # What a snapshot is made of: its read-side header and the value types in it.
    "exporters": (
        "aggregate/baseline.h",
        "aggregate/snapshot.h",
        "aggregate/spike.h",
        "capture/packet.h",
        "capture/source.h",
        "parse/disposition.h",
        "parse/dns_name.h",
        "parse/extended_errors.h",
        "parse/ip_address.h",
        "parse/observation.h",
        "parse/protocol.h",
        "parse/rcode.h",
        "parse/rcode_texts.h",
    ),
    "app": ("capture/", "parse/", "aggregate/", "exporters/"),
    "bench": ("capture/", "parse/", "aggregate/", "exporters/", "app/"),
    "tests": ("capture/", "parse/", "aggregate/", "exporters/", "app/", "bench/"),
}

CAPTURE_CODE = re.compile(r"capture/[^/]*\.cc")
# And where mbufs are made by hand, to measure and to test with.
DPDK_CODE = re.compile(r"(capture/[^/]*|(bench|tests/capture)/dpdk_[^/]*)\.cc")
# Libraries that stay in one place: header pattern, who may include it.
CONFINED = (
    (re.compile(r"pcap(\.h|/)"), CAPTURE_CODE, "libpcap belongs in capture/*.cc"),
    (re.compile(r"rte_|ethdev_"), DPDK_CODE, "DPDK belongs in capture/*.cc"),
    (re.compile(r"prometheus/"), re.compile(r"exporters/"), "Prometheus belongs in exporters/"),
)
# Files that a confinement is not meant for, with the reason.
EXCEPTIONS = {
    "bench/libpcap_loop.cc": "the yardstick: an empty libpcap loop, nothing of ours",
    "bench/dpdk_ring.cc": "that yardstick beside a DPDK worker, in one run",
}

INCLUDE = re.compile(r'\s*#\s*include\s*(["<])([^">]+)[">]')


def faults(root):
    """["path:line: what"] for each include that goes the wrong way, and each unguarded header."""
    found = []
    for path in source_tree.files(root, "*.h", "*.cc"):
        guarded = False
        for number, line in source_tree.lines(root, path):
            guarded |= line.strip() == "#pragma once"
            if match := INCLUDE.match(line):
                what = fault_of(root, path, *match.groups())
                if what:
                    found.append(f"{path}:{number}: {what}")
        if path.suffix == ".h" and not guarded:
            found.append(f"{path}: no #pragma once")
    return found


def fault_of(root, path, quote, header):
    folder = path.parts[0]
    if header.split("/")[0] in ALLOWED:
        own = header.startswith(folder + "/")
        if not own and not header.startswith(ALLOWED[folder]):
            return f"{folder}/ may not include {header}"
    elif quote == '"' and (root / path.parent / header).exists():
        return f"{header} is to be included by its path from the root"
    for pattern, allowed, what in CONFINED:
        if pattern.match(header) and not allowed.match(str(path)) and str(path) not in EXCEPTIONS:
            return what
    return None


class IncludeDirectionTest(unittest.TestCase):
    def test_no_include_goes_the_wrong_way(self):
        self.assertEqual(faults(source_tree.REPOSITORY), [])

    def test_every_folder_of_the_plan_was_looked_at(self):
        seen = {path.parts[0] for path in source_tree.files(source_tree.REPOSITORY, "*.h", "*.cc")}
        self.assertEqual(seen, set(ALLOWED))

    def test_exceptions_are_still_needed(self):
        for path in EXCEPTIONS:
            with self.subTest(path):
                text = (source_tree.REPOSITORY / path).read_text(encoding="utf-8")
                self.assertRegex(text, r"#include <pcap")


class PlantedFaultTest(unittest.TestCase):
    """In a copy of the tree, one fault at a time."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="rcodescope-house-")
        cls.addClassCleanup(cls.folder.cleanup)
        cls.root = Path(cls.folder.name)
        source_tree.copy(cls.root)

    def test_the_copy_is_clean(self):
        self.assertEqual(faults(self.root), faults(source_tree.REPOSITORY))

    def assert_found(self, path, line, what):
        """The line, put in front of the file, is found at its place and as the only new fault."""
        file = self.root / path
        before = faults(self.root)
        text = file.read_text(encoding="utf-8") if file.exists() else None
        file.write_text(f"{line}\n{text or ''}", encoding="utf-8")
        try:
            new = [f for f in faults(self.root) if f.startswith(f"{path}:1: ")]
            self.assertEqual(new, [f"{path}:1: {what}"])
            self.assertEqual(len(faults(self.root)), len(before) + 1)
        finally:
            if text is None:
                file.unlink()
            else:
                file.write_text(text, encoding="utf-8")

    def test_wrong_directions_are_found(self):
        for path, header in (
            ("capture/intake.cc", "parse/decoder.h"),
            ("capture/intake.cc", "app/logger.h"),
            ("parse/decoder.cc", "capture/source.h"),
            ("parse/decoder.cc", "aggregate/snapshot.h"),
            ("aggregate/series.cc", "capture/file_source.h"),
            ("aggregate/series.cc", "exporters/sums.h"),
            ("exporters/sums.cc", "aggregate/collector.h"),
            ("exporters/sums.cc", "parse/decoder.h"),
            ("exporters/sums.cc", "app/logger.h"),
            ("app/main.cc", "tests/support/wire.h"),
            ("app/main.cc", "bench/random.h"),
            ("bench/random.cc", "tests/support/wire.h"),
        ):
            folder = path.split("/")[0]
            for line in (f'#include "{header}"', f"  #  include <{header}>"):
                with self.subTest(path=path, line=line):
                    self.assert_found(path, line, f"{folder}/ may not include {header}")

    def test_libraries_in_the_wrong_place_are_found(self):
        for path, line, what in (
            ("parse/decoder.cc", "#include <pcap/pcap.h>", "libpcap belongs in capture/*.cc"),
            ("capture/filter.h", "#include <pcap.h>", "libpcap belongs in capture/*.cc"),
            ("app/run.cc", "#include <rte_mbuf.h>", "DPDK belongs in capture/*.cc"),
            ("capture/filter.h", "#include <rte_mbuf.h>", "DPDK belongs in capture/*.cc"),
            ("bench/random.cc", "#include <rte_mbuf.h>", "DPDK belongs in capture/*.cc"),
            ("tests/capture/dpdk_ports.h", "#include <rte_mbuf.h>", "DPDK belongs in capture/*.cc"),
            (
                "aggregate/totals.h",
                "#include <prometheus/counter.h>",
                "Prometheus belongs in exporters/",
            ),
        ):
            with self.subTest(path=path, line=line):
                self.assert_found(path, line, what)

    def test_an_include_beside_the_file_is_found(self):
        what = "packet.h is to be included by its path from the root"
        self.assert_found("capture/source.h", '#include "packet.h"', what)

    def test_an_unguarded_header_is_found(self):
        header = self.root / "parse" / "unguarded.h"
        header.write_text("namespace rcodescope {}\n", encoding="utf-8")
        self.addCleanup(header.unlink)
        self.assertIn("parse/unguarded.h: no #pragma once", faults(self.root))


if __name__ == "__main__":
    unittest.main()

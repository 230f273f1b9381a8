#!/usr/bin/python3
"""`rcodescope top` in a terminal, beside real instances: its figures are those of the JSON report, keys
and sizes do what they should, nothing from outside reaches the terminal raw, and it leaves it as it was."""

import json
import re
import signal
import socket
import subprocess
import tempfile
import unittest
import urllib.request
from pathlib import Path

import capture_files
import program
import terminal
from capture_files import NOERROR, NXDOMAIN, SERVFAIL, wire_name

CAPTURES = [program.CAPTURES / f"{name}.pcap" for name in ("g08-servfail-ede", "g10-auth-answers", "g03-tsig")]
NEW_YEAR = 1_767_225_600_000_000  # 2026-01-01T00:00:00Z in microseconds
# A dimension's key of the keyboard, and the name of its list in the report.
DIMENSIONS = {"z": "zone", "s": "server", "c": "client"}


def report_of(port):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/report", timeout=10) as reply:
        return json.load(reply)


def url(port):
    return f"http://127.0.0.1:{port}"


def number(text):
    return int(text.replace(",", ""))


def codes_shown(text):
    """{rcode: responses}: rows below the heading of codes."""
    found = {}
    for line in text.split("\n")[[i for i, l in enumerate(text.split("\n")) if re.match(r" +rcode ", l)][0] + 1:]:
        row = re.match(r"  (?:>  |   )?([A-Z]\w+)(?: +[\d.,]+)? +<?[\d.]+% +([\d,]+) +<?[\d.]+%", line)
        if not row:
            break
        found[row[1]] = number(row[2])
    return found


def keys_shown(text, dimension):
    """[(key, count, responses)], in their order."""
    lines = text.split("\n")
    begin = [i for i, line in enumerate(lines) if line.startswith(f"{dimension}s with")][0] + 2
    found = []
    for line in lines[begin:]:
        row = re.match(r"  (\S+) +(?:[\d.,]+ +)?([\d,]+) +<?[\d.]+% +([\d,]+)$", line)
        if not row:
            break
        found.append((row[1], number(row[2]), number(row[3])))
    return found


def keys_expected(report, dimension, code=None):
    """The same by the report, with the code (none: all errors), those with most first."""
    found = []
    for entry in report[f"{dimension}s"]:
        rcodes = entry["rcodes"]
        count = rcodes.get(code, 0) if code else sum(rcodes.values()) - rcodes.get("NOERROR", 0)
        if count and entry[dimension] != "other":
            found.append((entry[dimension], count, entry["responses"]))
    return sorted(found, key=lambda row: (-row[1], row[0]))


def steady(seconds, rate, micros=NEW_YEAR):
    """So many responses a second; every fourth is SERVFAIL for bad.test, the others NOERROR for good.test."""
    frames = []
    for i in range(seconds * rate):
        bad = i % 4 == 0
        name = wire_name(b"a", b"bad" if bad else b"good", b"test")
        answer = capture_files.response(i % 65536, name, SERVFAIL if bad else NOERROR)
        frames.append((micros + i * 1_000_000 // rate,
                       capture_files.udp_frame(("192.0.2.53", 53), (f"198.51.100.{i % 50}", 999), answer)))
    return capture_files.pcap(frames)


class TopTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="rcodescope-top-")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name)

    def test_the_figures_are_those_of_the_report(self):
        with program.serving(*CAPTURES) as (_, port):
            report = report_of(port)
            with terminal.running("top", url(port), rows=40) as view:
                text = view.shows("responses ", "zones with errors")
                self.assertIn(f"({report['messages']['responses']:,})", text)
                self.assertIn(f"({report['frames']['seen']:,})", text)
                self.assertIn(f"residual {report['frames']['residual']}", text)
                sums = program.responses(report["rcodes"])
                shown = codes_shown(text)
                self.assertGreater(len(shown), 5)
                self.assertEqual(shown, {code: sums[code] for code in shown})
                self.assertEqual(min(shown.values()), sorted(sums.values(), reverse=True)[len(shown) - 1])
                for key, dimension in DIMENSIONS.items():
                    view.press(key)
                    rows = keys_shown(view.shows(f"{dimension}s with errors by rate"), dimension)
                    self.assertTrue(rows)
                    self.assertEqual(rows, keys_expected(report, dimension)[: len(rows)])
                view.press("q")
                self.assertEqual(view.end(), 0)

    def test_keys_choose_code_text_and_order(self):
        with program.serving(*CAPTURES) as (_, port):
            report = report_of(port)
            with terminal.running("top", url(port), rows=30) as view:
                view.shows("zones with errors")
                view.press("rserv\r")
                rows = keys_shown(view.shows("zones with SERVFAIL by rate"), "zone")
                expected = keys_expected(report, "zone", "SERVFAIL")
                self.assertEqual(rows, expected[: len(rows)])
                wanted = expected[-1][0]
                view.press(f"/{wanted}\r")
                rows = keys_shown(view.shows(f'with "{wanted}"'), "zone")
                self.assertEqual(rows, [row for row in expected if wanted in row[0]])
                view.press("\x1b")
                view.shows("zones with errors")
                view.press("oo")
                rows = keys_shown(view.shows("zones with errors by share"), "zone")
                shares = [count / responses for _, count, responses in rows]
                self.assertEqual(shares, sorted(shares, reverse=True))
                sums = program.responses(report["rcodes"])
                by_sum = sorted(sums, key=lambda code: (-sums[code], code))
                for arrow, code in (("\x1b[C", by_sum[0]), ("\x1bOC", by_sum[1]), ("\x1bOD", by_sum[0])):
                    view.press(arrow)
                    view.shows(f"zones with {code} by share")
                view.press("?")
                view.shows("pause: nothing moves")
                view.press("q")
                self.assertEqual(view.end(), 0)

    def test_another_size_is_filled(self):
        with program.serving(*CAPTURES) as (_, port):
            with terminal.running("top", url(port)) as view:
                view.shows("zones with errors", "q quit")
                self.assertIn("q quit", view.lines()[-1])
                self.assertNotIn("clients with", view.text())
                view.resize(60, 132)
                text = view.until(lambda _: "q quit" in view.lines()[59], "the last line is the last")
                for dimension in DIMENSIONS.values():
                    self.assertIn(f"{dimension}s with errors", text)
                view.resize(10, 40)
                view.until(lambda _: "z s c keys of" in view.lines()[9], "a small one")
                view.press("q")
                self.assertEqual(view.end(), 0)

    def test_rates_are_of_the_last_epoch_and_pause_stands_still(self):
        capture = self.folder / "steady.pcap"
        capture.write_bytes(steady(600, 40))
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        with program.running("replay", "--speed", "20", "--listen", f"127.0.0.1:{port}", "--text", "off", capture,
                             stderr=subprocess.DEVNULL):
            with terminal.running("top", url(port), rows=30) as view:
                text = view.shows("rates are of the last ", "bad.test.")
                span = float(re.search(r"of the last ([\d.]+) s", text)[1])
                self.assertEqual(round(span) % 5, 0, "whole epochs of 5 s")
                # 40 a second, of which 10 are SERVFAIL, to the first decimal.
                self.assertRegex(text, r"responses 40\.0/s ")
                self.assertRegex(text, r"\n +SERVFAIL +10\.0 +25\.0% ")
                self.assertRegex(text, r"\n  bad\.test\. +10\.0 ")
                self.assertEqual(re.search(r"errors ([\d.]+)%", text)[1], "25.0")
                view.press("p")
                still = view.shows("PAUSED")
                seen = report_of(port)["frames"]["seen"]
                view.until(lambda _: report_of(port)["frames"]["seen"] > seen + 1000, "figures go on")
                self.assertEqual(view.text(), still)
                view.press("p")
                view.until(lambda text: "PAUSED" not in text and text.split("\n")[2] != still.split("\n")[2], "it moves")
                view.press("q")
                self.assertEqual(view.end(), 0)

    def test_an_instance_that_goes_away_is_taken_up_again(self):
        with program.serving(CAPTURES[0]) as (_, port):
            before = report_of(port)["messages"]["responses"]
            view = self.enterContext_(terminal.running("top", f"127.0.0.1:{port}"))
            view.shows(f"({before:,})")
        text = view.shows("no new figures: Couldn't connect to server; it is asked again")
        self.assertIn(f"({before:,})", text, "what was last known stays")
        with program.running("replay", "--listen", f"127.0.0.1:{port}", "--text", "off", CAPTURES[1],
                             stderr=subprocess.DEVNULL) as process:
            expected = program.report(CAPTURES[1])["messages"]["responses"]
            self.assertNotEqual(expected, before)
            view.until(lambda text: f"({expected:,})" in text and "no new figures" not in text, "it is back")
            process.send_signal(signal.SIGINT)
            process.wait(program.LONGEST_RUN)

    def enterContext_(self, context):  # of unittest since Python 3.11; closed at the end of the test
        result = context.__enter__()
        self.addCleanup(context.__exit__, None, None, None)
        return result

    def test_the_terminal_is_as_it_was(self):
        with program.serving(CAPTURES[0]) as (_, port):
            for how in ("q", signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
                with self.subTest(how), terminal.running("top", url(port)) as view:
                    before = view.settings()
                    view.shows("zones with errors")
                    self.assertNotEqual(view.settings(), before)
                    if how == "q":
                        view.press("q")
                    else:
                        view.process.send_signal(how)
                    self.assertEqual(view.end(), 0)
                    self.assertEqual(view.settings(), before)
                    self.assertTrue(view.raw.rstrip(b"\r\x1b[?1l>\x0f").endswith(b"\x1b[23;0;0t")
                                    or b"\x1b[?1049l" in view.raw[-80:], view.raw[-80:])
                    self.assertIn(b"\x1b[?25h", view.raw[-120:], "the cursor is shown")

    def test_terminals_that_ssh_brings(self):
        with program.serving(CAPTURES[0]) as (_, port):
            for term in ("xterm", "screen", "linux", "vt100", "tmux-256color"):
                for language in ("C.UTF-8", "C"):
                    with self.subTest(term, language=language):
                        with terminal.running("top", url(port), term=term, language=language) as view:
                            text = view.shows("zones with errors", "q quit")
                            self.assertEqual("█" in text, language == "C.UTF-8")
                            self.assertEqual("#" in text, language == "C")
                            view.press("q")
                            self.assertEqual(view.end(), 0)
            for term, problem in (("dumb", "cannot place text"), ("", "is no terminal"), ("nonesuch", "is no terminal")):
                with self.subTest(term), terminal.running("top", url(port), term=term, columns=200) as view:
                    self.assertEqual(view.end(), 69)
                    self.assertIn(problem, view.text())
                    self.assertIn("--once prints plain text", view.text())

    def hostile(self):
        labels = [b"\x1b[2J\x1b]0;owned\x07", b"\x9b31m\xff\xfe", b"\r\n\t\x00", "‮gnp".encode(), b"w" * 60]
        frames = []
        for i, label in enumerate(labels):
            answer = capture_files.response(i, wire_name(label, b"test"), NXDOMAIN)
            frames.append((NEW_YEAR, capture_files.udp_frame(("192.0.2.53", 53), ("198.51.100.1", 999), answer)))
        capture = self.folder / "hostile.pcap"
        capture.write_bytes(capture_files.pcap(frames))
        return capture, labels

    def test_hostile_names_are_inert(self):
        capture, labels = self.hostile()
        with program.serving(capture) as (_, port):
            zones = [e["zone"] for e in report_of(port)["zones"] if e["zone"] != "other"]
            self.assertEqual(len(zones), len(labels))
            with terminal.running("top", url(port), rows=50, columns=300) as view:
                text = view.shows("q quit", *zones)
                self.assertNotIn("owned", view.screen.title)
                self.assertNotIn(b"\x9b", view.raw)
                self.assertIn("\\027[2j\\027]0", text, "they are shown, escaped")
                view.press("q")
                self.assertEqual(view.end(), 0)
            once = program.run("top", "--once", url(port))
            self.assertEqual(once.returncode, 0)
            self.assertNotRegex(once.stdout.decode(), r"[^\n -~█-▏…]")

    def test_without_a_terminal_one_frame_is_printed(self):
        with program.serving(*CAPTURES) as (_, port):
            report = report_of(port)
            done = program.run("top", url(port))
            self.assertEqual(done.returncode, 0, done.stderr)
            text = done.stdout.decode()
            self.assertNotIn("\x1b", text)
            for dimension in DIMENSIONS.values():
                rows = keys_shown(text, dimension)
                self.assertEqual(rows, keys_expected(report, dimension)[:10])
            self.assertEqual(program.run("top", "--once", "--url", url(port)).stdout, done.stdout)
            missing = program.run("top", "--once", url(port) + "/nowhere")
            self.assertEqual(missing.returncode, 69)
            self.assertIn(b"HTTP status 404", missing.stderr)
        gone = program.run("top", url(port))
        self.assertEqual((gone.returncode, gone.stdout), (69, b""))
        self.assertIn(b"Couldn't connect", gone.stderr)

    def test_command_lines(self):
        for arguments, problem in ((("a", "b"), b"more than one URL"), (("--url", "x", "y"), b"more than one URL"),
                                   (("ftp://x",), b"no http://HOST:PORT"), (("--twice",), b"unknown option")):
            done = program.run("top", *arguments)
            self.assertEqual(done.returncode, 64, arguments)
            self.assertIn(problem, done.stderr)


if __name__ == "__main__":
    program.main()

#!/usr/bin/python3
"""The command line as scripts meet it: exit statuses (sysexits), messages, where reports go."""

import json
import os
import pty
import re
import socket
import subprocess
import tempfile
import unittest
from pathlib import Path

import capture_files
import program

USAGE, BAD_DATA, NO_INPUT, UNAVAILABLE, CANNOT_CREATE, CONFIG = 64, 65, 66, 69, 73, 78

# C0 but newline, and DEL: nothing that a terminal acts upon.
CONTROL = re.compile(rb"[\x00-\x09\x0b-\x1f\x7f]")
PCAP_HEADER, RECORD_HEADER = 24, 16  # draft-ietf-opsawg-pcap


class CommandLineTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="rcodescope-cli-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.frames = capture_files.exchanges(40)
        self.good = self.write("good.pcap", capture_files.pcap(self.frames))

    def write(self, name, content):
        path = self.folder / name
        path.write_bytes(content)
        return path

    def assert_fails(self, done, status, *words):
        """One message on standard error, with each of the words."""
        self.assertEqual(done.returncode, status, done.stderr)
        message = done.stderr.decode()
        for word in words:
            self.assertIn(str(word), message)
        return message


class DissectTest(CommandLineTest):
    def test_a_frame_is_shown_layer_by_layer_with_its_code(self):
        capture = program.CAPTURES / "g02-badcookie.pcap"
        found = set()
        for frame in range(1, 61):
            done = program.replay("--dissect", str(frame), capture)
            self.assertEqual((done.returncode, done.stderr), (0, b""))
            layers = re.findall(r"^ +(\d+) +(\d+)  (\w+)", done.stdout.decode(), re.MULTILINE)
            # Every header stands behind the one before it.
            for (at, size, _), (next_at, _, _) in zip(layers, layers[1:]):
                self.assertEqual(int(at) + int(size), int(next_at))
            self.assertEqual(layers[0][2], "ethernet")
            found |= set(re.findall(r"counted as +(\w+): (\d+)", done.stdout.decode()))
        self.assertIn(("BADCOOKIE", "23"), found)
        self.assertNotIn(("YXRRSET", "7"), found)

    def test_a_frame_that_is_not_there(self):
        done = program.replay("--dissect", str(len(self.frames) + 1), self.good)
        self.assert_fails(done, USAGE, f"--dissect {len(self.frames) + 1}", f"{len(self.frames)} frames")
        self.assertEqual(done.stdout, b"")

    def test_an_input_that_cannot_be_read_is_all_that_is_told(self):
        empty = self.write("empty.pcap", b"")
        message = self.assert_fails(program.replay("--dissect", "1", empty), BAD_DATA, empty)
        self.assertEqual(message.count("\n"), 1)


class InputTest(CommandLineTest):
    def test_a_directory_is_no_input(self):
        self.assert_fails(program.replay(self.folder), NO_INPUT, self.folder, "directory")

    def test_a_missing_file_is_no_input(self):
        path = self.folder / "absent.pcap"
        self.assert_fails(program.replay(path), NO_INPUT, path, "No such file")

    def test_an_empty_file_is_bad_data(self):
        path = self.write("empty.pcap", b"")
        self.assert_fails(program.replay(path), BAD_DATA, path, "empty")

    def test_a_text_file_is_bad_data(self):
        path = self.write("text.pcap", b"these are words, not packets\n" * 20)
        # Its first four bytes, as the message shows them.
        self.assert_fails(program.replay(path), BAD_DATA, path, "0x74686573")

    def test_a_header_that_is_cut_off_is_bad_data(self):
        path = self.write("short.pcap", capture_files.pcap([])[:20])
        self.assert_fails(program.replay(path), BAD_DATA, path, "offset 20")

    def test_resync_finds_what_stands_behind_damage_and_counts_the_bytes(self):
        whole = capture_files.pcap(self.frames)
        at = PCAP_HEADER + sum(RECORD_HEADER + len(data) for _, data in self.frames[:7])
        path = self.write("damaged.pcap", whole[:at] + b"\xff" * 40 + whole[at:])
        stopped = program.replay("--json", "-", path)
        self.assert_fails(stopped, BAD_DATA, path, f"offset {at}")
        self.assertEqual(json.loads(stopped.stdout)["frames"]["seen"], 7)
        found = program.replay("--json", "-", "--resync", path)
        self.assert_fails(found, BAD_DATA, path, f"offset {at}", 'bytes="40"')
        report = json.loads(found.stdout)
        self.assertEqual(report["frames"]["seen"], len(self.frames))
        self.assertEqual(report["sources"][0]["skipped_bytes"], 40)

    def test_a_cut_file_reports_its_whole_records_and_the_offset(self):
        whole = capture_files.pcap(self.frames)
        last = RECORD_HEADER + len(self.frames[-1][1])
        for missing in (1, last - RECORD_HEADER, last - 1):
            with self.subTest(missing=missing):
                path = self.write("cut.pcap", whole[:-missing])
                done = program.replay("--json", "-", path)
                self.assert_fails(done, BAD_DATA, path, f"offset {len(whole) - last}")
                found = json.loads(done.stdout)
                self.assertEqual(found["frames"]["seen"], 79)
                self.assertEqual(found["messages"]["queries"], 40)
                self.assertEqual(found["messages"]["responses"], 39)
                self.assertIn("offset", found["sources"][0]["error"])

    def test_damage_in_the_middle_ends_the_file_there(self):
        data = bytearray(capture_files.pcap(self.frames))
        at = PCAP_HEADER + sum(RECORD_HEADER + len(frame) for _, frame in self.frames[:10])
        data[at + 8 : at + 12] = (0x7FFFFFFF).to_bytes(4, "little")
        path = self.write("damaged.pcap", data)
        done = program.replay("--json", "-", path)
        self.assert_fails(done, BAD_DATA, path, f"offset {at}")
        self.assertEqual(json.loads(done.stdout)["frames"]["seen"], 10)

    def test_bad_data_outweighs_no_input_and_the_rest_is_read(self):
        cut = self.write("cut.pcap", capture_files.pcap(self.frames)[:-3])
        absent = self.folder / "absent.pcap"
        for order in ((cut, absent, self.good), (absent, cut, self.good)):
            done = program.replay("--json", "-", *order)
            self.assert_fails(done, BAD_DATA, cut, absent)
            self.assertEqual(json.loads(done.stdout)["messages"]["responses"], 39 + 40)

    def test_standard_input_is_read_from_a_pipe(self):
        done = program.replay("--json", "-", "-", input=self.good.read_bytes())
        self.assertEqual(done.returncode, 0, done.stderr)
        found = json.loads(done.stdout)
        self.assertEqual(found["messages"]["responses"], 40)
        self.assertEqual(program.responses(found["rcodes"]), capture_files.exchange_rcodes(40))

    def test_a_bad_pipe_is_named(self):
        self.assert_fails(program.replay("-", input=b"no"), BAD_DATA, "standard input")


class MemoryTest(CommandLineTest):
    def test_too_little_for_so_many_workers_names_the_least(self):
        order = ("--workers", "8", "--json", "-", self.good)
        refused = program.replay("--memory", "16MiB", *order)
        self.assert_fails(refused, CONFIG, "--memory 16MiB", "8 workers")
        least = re.search(r"at least (\d+)MiB", refused.stderr.decode()).group(1)
        self.assertEqual(program.replay("--memory", least + "MiB", *order).returncode, 0)
        less = program.replay("--memory", f"{int(least) - 1}MiB", *order)
        self.assert_fails(less, CONFIG, "at least " + least + "MiB")


class UsageTest(CommandLineTest):
    def test_what_is_wrong_is_named(self):
        for arguments, words in (
            ((), ("no command",)),
            (("frobnicate",), ("unknown command", "frobnicate")),
            (("replay",), ("no FILE",)),
            (("replay", "--wrong", self.good), ("--wrong", "--help")),
            (("replay", "-x", self.good), ("-x",)),
            (("replay", "--workers", "0", self.good), ("--workers", '"0"', "1 to 256")),
            (("replay", "--workers", "two", self.good), ("--workers", '"two"')),
            (("replay", "--workers=", self.good), ("--workers",)),
            (("replay", "--window", "1", self.good), ("--window", "unit")),
            (("replay", "--memory", "64MB", self.good), ("--memory", "MiB")),
            (("replay", "--ports", "0", self.good), ("--ports", '"0"')),
            (("replay", "--client-prefix", "33,0", self.good), ("--client-prefix", "0 to 32")),
            (("replay", "--zone-by", "labels:128", self.good), ("--zone-by", "127")),
            (("replay", "--top", "1", "--top", "2", self.good), ("--top", "more than once")),
            (("replay", "--listen", "localhost:1", self.good), ("--listen", "localhost:1")),
            (("replay", "--listen", "127.0.0.1", self.good), ("--listen", "no port")),
            (("replay", "--listen", "127.0.0.1:65536", self.good), ("--listen", "too large")),
            (("replay", self.good, "--", "no such word"), ("filter", "no such word")),
            (("version", "now"), ("unexpected", "now")),
            (("check-config",), ("no FILE",)),
        ):
            with self.subTest(arguments=arguments):
                done = program.run(*arguments)
                message = self.assert_fails(done, USAGE, *words)
                self.assertEqual(message.count("\n"), 1, message)
                self.assertEqual(done.stdout, b"")

    def test_json_and_text_may_not_share_a_place(self):
        done = program.replay("--json", "-", "--text", "-", self.good)
        self.assert_fails(done, USAGE, "same place")

    def test_help_and_version_succeed(self):
        for arguments in (("--help",), ("replay", "--help"), ("version",), ("--version",)):
            with self.subTest(arguments=arguments):
                done = program.run(*arguments)
                self.assertEqual((done.returncode, done.stderr), (0, b""))
                self.assertIn(b"rcodescope", done.stdout)


class ConfigurationTest(CommandLineTest):
    def test_a_wrong_key_is_told_with_its_place(self):
        path = self.write("wrong.toml", b"top = 3\n\n  wrokers = 2\n")
        for arguments in (("replay", "--config", path, self.good), ("check-config", path)):
            with self.subTest(arguments=arguments):
                done = program.run(*arguments)
                self.assert_fails(done, CONFIG, f"{path}:3:3: ", '"wrokers"', "workers")

    def test_a_wrong_value_is_told_with_its_place(self):
        path = self.write("wrong.toml", b'window = "1s"\ntop = 0\n')
        self.assert_fails(program.run("check-config", path), CONFIG, f"{path}:2:7: ", "1 to ")

    def test_a_missing_file_is_told(self):
        path = self.folder / "absent.toml"
        done = program.replay("--config", path, self.good)
        self.assert_fails(done, CONFIG, path, "No such file")

    def test_the_command_line_wins_over_the_file(self):
        path = self.write("good.toml", b'top = 1\nzone-by = "labels:1"\njson = "-"\n')
        done = program.replay("--config", path, "--top", "2", self.good)
        self.assertEqual(done.returncode, 0, done.stderr)
        found = json.loads(done.stdout)
        self.assertEqual(len(found["clients"]), 3)  # two and `other`
        self.assertEqual([zone["zone"] for zone in found["zones"]], ["com.", "other"])
        checked = program.run("check-config", path)
        self.assertEqual((checked.returncode, checked.stdout), (0, b"%s: ok\n" % os.fsencode(path)))


class OutputTest(CommandLineTest):
    def test_reports_that_cannot_be_written(self):
        for place in (self.folder, self.folder / "absent" / "x.json", self.good / "x.json"):
            with self.subTest(place=place):
                done = program.replay("--json", place, self.good)
                self.assert_fails(done, CANNOT_CREATE, place)
                self.assertIn(b"NXDOMAIN", done.stdout)  # the other report is there

    def test_a_full_disk_is_told(self):
        done = program.replay("--json", "/dev/full", self.good)
        self.assert_fails(done, CANNOT_CREATE, "/dev/full", "No space left")
        with open("/dev/full", "wb") as full:
            done = program.replay(self.good, stdout=full)
        self.assert_fails(done, CANNOT_CREATE, "standard output", "No space left")

    def test_a_closed_pipe_is_told(self):
        reader, writer = os.pipe()
        os.close(reader)
        try:
            done = program.replay(self.good, stdout=writer)
        finally:
            os.close(writer)
        self.assert_fails(done, CANNOT_CREATE, "Broken pipe")

    def test_json_takes_the_place_of_the_text(self):
        done = program.replay("--json", "-", self.good)
        self.assertEqual(json.loads(done.stdout)["schema"], 1)

    def test_both_reports_in_files(self):
        text, json_file = self.folder / "report.txt", self.folder / "report.json"
        done = program.replay("--text", text, "--json", json_file, self.good)
        self.assertEqual((done.returncode, done.stdout), (0, b""))
        self.assertIn("NXDOMAIN", text.read_text(encoding="utf-8"))
        self.assertEqual(json.loads(json_file.read_bytes())["messages"]["queries"], 40)
        self.assertEqual(
            sorted(path.name for path in self.folder.iterdir()),
            ["good.pcap", "report.json", "report.txt"],
        )

    def test_a_port_in_use_is_told_before_anything_is_read(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            address = f"127.0.0.1:{taken.getsockname()[1]}"
            done = program.replay("--listen", address, self.good)
        self.assert_fails(done, UNAVAILABLE, address, "in use")
        self.assertEqual(done.stdout, b"")

    def test_an_address_of_another_machine_is_told(self):
        # 192.0.2.0/24 is for documentation, RFC 5737.
        done = program.replay("--listen", "192.0.2.1:0", self.good)
        self.assert_fails(done, UNAVAILABLE, "192.0.2.1:0")

    def test_color_is_for_terminals(self):
        plain = program.replay(self.good).stdout
        self.assertNotIn(b"\x1b", plain)
        self.assertIn(b"\x1b[", program.replay("--color", "always", self.good).stdout)
        self.assertIn(b"\x1b[", self.on_terminal(self.good))
        self.assertNotIn(b"\x1b", self.on_terminal("--color", "never", self.good))

    def on_terminal(self, *arguments):
        """What a replay writes to standard output, where that is a terminal."""
        ours, theirs = pty.openpty()
        try:
            done = program.replay(*arguments, stdout=theirs)
            self.assertEqual((done.returncode, done.stderr), (0, b""))
            os.set_blocking(ours, False)
            written = b""
            try:
                while block := os.read(ours, 65536):
                    written += block
            except BlockingIOError:
                pass
            return written
        finally:
            os.close(ours)
            os.close(theirs)


class HostileNameTest(CommandLineTest):
    """Names that would act upon a terminal or a log, in every place that repeats them."""

    NAME = b"x\x1b]0;owned\x07\x1b[31m\r\nlevel=error\x9b\xff\xe2\x80\xae.pcap"

    def assert_harmless(self, output):
        self.assertIsNone(CONTROL.search(output), output)
        self.assertNotRegex(output.decode(errors="replace"), "[\x80-\x9f\u202e]")

    def test_messages_hold_no_control_byte(self):
        name = os.fsencode(self.folder) + b"/" + self.NAME
        for arguments in (
            ("replay", name),
            ("replay", self.good, name),
            ("replay", "--config", name, self.good),
            ("check-config", name),
            ("replay", "--json", name + b"/x", self.good),
            ("replay", "--public-suffix-list", name, self.good),
            ("replay", b"--" + self.NAME, self.good),
            ("replay", "--workers", self.NAME, self.good),
            ("replay", "--listen", self.NAME, self.good),
            ("replay", self.good, "--", self.NAME),
            (self.NAME,),
        ):
            with self.subTest(arguments=arguments):
                done = program.run(*arguments, stdout=subprocess.PIPE)
                self.assertNotEqual(done.returncode, 0)
                self.assertNotEqual(done.stderr, b"")
                self.assert_harmless(done.stderr)
                self.assert_harmless(done.stdout)

    def test_reports_hold_no_control_byte(self):
        name = os.fsencode(self.folder) + b"/" + self.NAME
        with open(name, "wb") as file:
            file.write(capture_files.pcap(self.frames)[:-3])
        done = program.replay(name)
        self.assertEqual(done.returncode, BAD_DATA)
        self.assert_harmless(done.stdout)
        self.assert_harmless(done.stderr)
        done = program.replay("--json", "-", name)
        self.assertIsNone(CONTROL.search(done.stdout), done.stdout)
        self.assertTrue(json.loads(done.stdout)["sources"][0]["name"].endswith(".pcap"))


if __name__ == "__main__":
    program.main()

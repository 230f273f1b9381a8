#!/usr/bin/python3
"""`rcodescope explain`: names and numbers against Wireshark's and dnspython's, and what people type."""

import json
import re
import subprocess
import unittest

import dns.edns
import dns.rcode

import program


def explain(*words):
    return program.run("explain", *words)


def text(*words):
    done = explain(*words)
    if done.returncode != 0:
        raise AssertionError(done.stderr.decode())
    return done.stdout.decode()


def codes(*words):
    return json.loads(text("--json", *words))


def wireshark_values(field, kind):
    """{number: text} of a field's named values; of ranges the first number."""
    done = subprocess.run(["tshark", "-G", "values"], stdout=subprocess.PIPE, check=True)
    rows = (line.split("\t") for line in done.stdout.decode().splitlines())
    return {int(row[2], 0): row[-1] for row in rows if row[0] == kind and row[1] == field}


class RegistryTest(unittest.TestCase):
    def setUp(self):
        self.all = codes()["codes"]
        self.rcodes = [c for c in self.all if c["fields"] != ["ede"] and not c["name"].startswith("RCODE")]
        self.errors = {c["number"]: c for c in self.all if c["fields"] == ["ede"]}

    def test_names_are_those_of_dnspython(self):
        theirs = {int(code): code.name for code in dns.rcode.Rcode}
        for code in self.rcodes:
            if code["number"] in theirs and code["name"] != "BADSIG":
                self.assertEqual(theirs.pop(code["number"]), code["name"])
        self.assertEqual(theirs, {})

    def test_descriptions_are_those_of_wireshark(self):
        theirs = wireshark_values("dns.tsig.error", "V")
        self.assertEqual({c["number"] for c in self.rcodes}, set(theirs))
        titles = {c["name"]: c["title"] for c in self.rcodes}
        for code in self.rcodes:
            if code["number"] > 16:
                self.assertEqual(titles[code["name"]], theirs[code["number"]])
        self.assertEqual(f"{titles['BADVERS']} or {titles['BADSIG']}", theirs[16])

    def test_extended_errors_are_those_of_wireshark_and_dnspython(self):
        theirs = wireshark_values("dns.opt.ext_error.info_code", "R")
        for number, name in theirs.items():
            if number < 30:
                ours = self.errors[number]["title"]
                self.assertEqual(ours.lower().removesuffix(" error"), name.lower().removesuffix(" error"))
        for number in dns.edns.EDECode:
            ours = self.errors[int(number)]["title"].upper().replace(" ", "_")
            self.assertEqual(ours, number.name)

    def test_every_statement_names_its_source(self):
        for code in self.all:
            for statement in code["statements"]:
                with self.subTest(statement["text"]):
                    self.assertRegex(statement["source"], r"^RFC \d{4} §\d")


class WordsTest(unittest.TestCase):
    def test_a_code_goes_by_name_number_and_hexadecimal(self):
        for words in (["BADCOOKIE"], ["badcookie"], ["BadCookie"], ["23"], ["0x17"], ["RCODE23"], ["rcode23"]):
            with self.subTest(words):
                (code,) = codes(*words)["codes"]
                self.assertEqual((code["name"], code["number"]), ("BADCOOKIE", 23))

    def test_an_extended_error_goes_by_number_and_name(self):
        for words in (["ede22"], ["EDE 22"], ["EDE", "22"], ["no reachable authority"], ["ede0x16"]):
            with self.subTest(words):
                (code,) = codes(*words)["codes"]
                self.assertEqual(code["name"], "EDE 22")

    def test_16_has_two_meanings(self):
        self.assertEqual([c["name"] for c in codes("16")["codes"]], ["BADVERS", "BADSIG"])
        shown = text("16")
        self.assertRegex(shown, r"(?m)^BADVERS \(16\)")
        self.assertRegex(shown, r"(?m)^BADSIG \(16\)")

    def test_numbers_without_a_name(self):
        for word, title in (("12", "Unassigned"), ("RCODE24", "Unassigned"), ("3841", "Reserved for Private Use"),
                            ("0xfff", "Reserved for Private Use"), ("4096", "Unassigned"), ("65535", "Reserved")):
            self.assertEqual(codes(word)["codes"][0]["title"], title, word)
        self.assertEqual(codes("ede49152")["codes"][0]["title"], "Reserved for Private Use")

    def test_what_is_no_code_is_refused(self):
        for words in (["BADCKSUM"], ["65536"], ["-1"], ["0x"], ["ede65536"], ["EDE"], [""], ["\x1b[2J"]):
            with self.subTest(words):
                done = explain(*words)
                self.assertEqual(done.returncode, 64)
                self.assertEqual(done.stdout, b"")
                self.assertRegex(done.stderr.decode(), r"^rcodescope: [^\x00-\x09\x0b-\x1f]+\n$")

    def test_an_opcode_narrows_it(self):
        update = text("notauth", "--opcode", "update")
        self.assertIn("UPDATE", update)
        self.assertNotIn("From a resolver", update)
        self.assertNotIn("NOTIFY  ", update)
        self.assertEqual(explain("notauth", "--opcode", "nosuch").returncode, 64)


class ComparisonTest(unittest.TestCase):
    def assert_told_apart(self, words, pattern):
        shown = text(*words)
        section = shown.split("How to tell them apart\n")[1].split("\n\n")[0]
        self.assertRegex(re.sub(r"\s+", " ", section), pattern)

    def test_codes_of_different_fields(self):
        self.assert_told_apart(["YXRRSET", "BADNAME"], "never read from the same field")

    def test_codes_with_the_same_nibble(self):  # RFC 6891 §6.1.3
        self.assert_told_apart(["YXRRSET", "BADCOOKIE"], "same 4 bits in the header")
        self.assert_told_apart(["BADVERS", "NOERROR"], "same 4 bits in the header")

    def test_codes_with_the_same_number(self):  # RFC 6895 §2.3
        self.assert_told_apart(["BADVERS", "BADSIG"], "The field it is read from tells")

    def test_codes_of_tsig(self):  # RFC 8945 §5.2
        self.assert_told_apart(["BADSIG", "BADKEY"], "checks the key first")

    def test_a_code_and_a_remark(self):
        self.assert_told_apart(["REFUSED", "EDE18"], "a response may have both")


class TextTest(unittest.TestCase):
    def test_lines_are_short_and_plain(self):
        words = [[]] + [[str(number)] for number in [*range(24), 24, 3841, 65535]]
        words += [[f"ede{number}"] for number in range(31)] + [["2", "3"], ["7", "23"]]
        for arguments in words:
            for line in text(*arguments).splitlines():
                with self.subTest(arguments):
                    self.assertLessEqual(len(line), 80)
                    self.assertNotRegex(line, r"[\x00-\x1f\x7f]| $")

    def test_popular_errors_are_not_repeated(self):
        shown = " ".join(text(str(number)) for number in range(24))
        for word in ("Shared Object", "Checksum", "GSS-API principal"):
            self.assertNotIn(word, shown)
        self.assertIn("There is no BADCKSUM", shown)


if __name__ == "__main__":
    program.main()

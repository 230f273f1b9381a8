#!/usr/bin/python3
"""Every file of every collection, broken ones and such without DNS too, through the tool: no crash,
no sanitizer report, sums that add up, a clean error, and an end within 10 s."""

import unittest
from collections import Counter

import observe
import records
import truth


class RobustnessTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        captures = truth.all_captures()
        cls.runs = observe.for_each(captures, lambda capture: observe.run(capture.path))

    def test_every_file_ends_cleanly(self):
        faults = [f"{c.name}: {fault}" for c, run in self.runs for fault in run.faults()]
        statuses = Counter(run.status for _, run in self.runs)
        ends = [run.end for _, run in self.runs if run.end]
        slowest = max(self.runs, key=lambda pair: pair[1].seconds)
        print(
            f"\n  {len(self.runs)} files, exit statuses {dict(statuses)},"
            f" {sum(end['seen'] for end in ends)} frames,"
            f" {sum(len(run.messages) for _, run in self.runs)} messages,"
            f" slowest {slowest[1].seconds:.2f} s ({slowest[0].name})",
            end=" ",
        )
        if faults:
            self.fail(f"{len(faults)} faults\n" + "\n".join(faults[:50]))

    def test_a_file_that_cannot_be_read_gives_a_reason(self):
        for capture, run in self.runs:
            if run.status:
                with self.subTest(capture.name):
                    self.assertTrue(run.end and run.end["error"])

    def test_every_frame_of_an_undamaged_file_is_seen(self):
        wrong = [
            f"{capture.name}: {run.end['seen']} seen, {there} in the file"
            for capture, run in self.runs
            if run.status == 0
            and run.end
            and run.end["seen"] != (there := len(records.frames(capture.path)))
        ]
        self.assertEqual(wrong, [])

    def test_what_has_no_dns_gives_no_message(self):
        root = truth.corpus_root()
        if root is None:
            self.skipTest("needs the large corpus")
        rows = truth.manifest(root)
        found = []
        for capture, run in self.runs:
            row = rows.get(capture.name.removeprefix("public/"))
            if row and row["category"] == "robustness":
                found += [
                    f"{capture.name}: {message}"
                    for message in run.messages
                    if run.disposition(message["f"]) != "held"  # counted from a first fragment
                ]
        self.assertEqual(found, [])


if __name__ == "__main__":
    observe.main()

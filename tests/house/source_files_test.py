#!/usr/bin/python3
"""Every source file is built, none is long, and none leaves work for later in a comment. Each rule
is also shown to find what it is for, in a copy of the tree with a fault planted."""

import re
import tempfile
import unittest
from pathlib import Path

import source_tree

MOST_LINES = 400
# Longer files, with the reason.
LONG_FILES = {}

LATER = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X)\b")
CODE = ("*.h", "*.cc", "*.py", "meson.build")


def unbuilt(root):
    """Each .cc and each test script must stand in the meson.build of its folder."""
    found = []
    for path in source_tree.files(root, "*.cc", "*_test.py"):
        if not is_listed(root, path):
            found.append(f"{path}: not in {path.parent}/meson.build")
    return found


def is_listed(root, path):
    build = root / path.parent / "meson.build"
    if not build.exists():
        return False
    lines = source_tree.lines(root, build.relative_to(root))
    text = "\n".join(line.split("#")[0] for _, line in lines)
    if f"'{path.name}'" in text:
        return True
    # A loop over the stems of test scripts.
    stem = path.name.removesuffix("_test.py")
    return path.suffix == ".py" and "_test.py'" in text and f"'{stem}'" in text


def too_long(root):
    found = []
    for path in source_tree.files(root, *CODE):
        count = sum(1 for _ in source_tree.lines(root, path))
        if count > MOST_LINES and str(path) not in LONG_FILES:
            found.append(f"{path}: {count} lines, more than {MOST_LINES}")
    return found


def left_for_later(root):
    return [
        f"{path}:{number}: {line.strip()}"
        for path in source_tree.files(root, *CODE)
        for number, line in source_tree.lines(root, path)
        if LATER.search(line)
    ]


class SourceFilesTest(unittest.TestCase):
    def test_every_source_file_is_built(self):
        self.assertEqual(unbuilt(source_tree.REPOSITORY), [])

    def test_no_file_is_long(self):
        self.assertEqual(too_long(source_tree.REPOSITORY), [])

    def test_no_comment_leaves_work_for_later(self):
        self.assertEqual(left_for_later(source_tree.REPOSITORY), [])

    def test_allowed_long_files_are_long(self):
        for path, reason in LONG_FILES.items():
            with self.subTest(path):
                self.assertTrue(reason)
                count = sum(1 for _ in source_tree.lines(source_tree.REPOSITORY, Path(path)))
                self.assertGreater(count, MOST_LINES)


class PlantedFaultTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="rcodescope-house-")
        cls.addClassCleanup(cls.folder.cleanup)
        cls.root = Path(cls.folder.name)
        source_tree.copy(cls.root)

    def plant(self, path, text):
        file = self.root / path
        old = file.read_text(encoding="utf-8") if file.exists() else None
        file.write_text(text, encoding="utf-8")

        def restore():
            if old is None:
                file.unlink()
            else:
                file.write_text(old, encoding="utf-8")

        self.addCleanup(restore)

    def test_a_file_that_is_not_built_is_found(self):
        self.plant("parse/forgotten.cc", "namespace rcodescope {}\n")
        self.assertIn("parse/forgotten.cc: not in parse/meson.build", unbuilt(self.root))

    def test_a_file_that_is_commented_out_is_found(self):
        build = (self.root / "parse" / "meson.build").read_text(encoding="utf-8")
        self.plant("parse/meson.build", build.replace("'rcode.cc'", "# 'rcode.cc'"))
        self.assertIn("parse/rcode.cc: not in parse/meson.build", unbuilt(self.root))

    def test_a_test_script_that_is_not_run_is_found(self):
        self.plant("tests/house/forgotten_test.py", "")
        what = "tests/house/forgotten_test.py: not in tests/house/meson.build"
        self.assertIn(what, unbuilt(self.root))

    def test_a_long_file_is_found(self):
        self.plant("parse/long.h", "#pragma once\n" * MOST_LINES)
        self.assertNotIn("parse/long.h", "".join(too_long(self.root)))
        self.plant("parse/long.h", "#pragma once\n" * (MOST_LINES + 1))
        self.assertIn("parse/long.h: 401 lines, more than 400", too_long(self.root))

    def test_work_left_for_later_is_found(self):
        for word in ("TO" "DO", "FIX" "ME", "XX" "X"):
            with self.subTest(word):
                self.plant("parse/later.h", f"// {word}: think\n")
                self.assertEqual(
                    [f for f in left_for_later(self.root) if f.startswith("parse/later.h")],
                    [f"parse/later.h:1: // {word}: think"],
                )

    def test_a_template_of_a_temporary_name_is_no_work_left(self):
        self.plant("parse/later.h", 'char name[] = "/tmp/' + "X" * 6 + '";\n')
        self.assertNotIn("parse/later.h", "".join(left_for_later(self.root)))


if __name__ == "__main__":
    unittest.main()

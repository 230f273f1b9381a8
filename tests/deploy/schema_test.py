#!/usr/bin/python3
"""The dashboards against a JSON Schema made of the types that Grafana publishes for npm. They are
fetched, so that this takes a network: RCODESCOPE_LONG_TESTS=1."""

import copy
import importlib.util
import json
import os
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

import panels
import program

HERE = Path(__file__).resolve().parent
PACKAGES = ("@grafana/schema@11.6.0", "typescript@5.8.3", "ts-json-schema-generator@2.3.0")
LONGEST = 300  # seconds

LONG = bool(os.environ.get("RCODESCOPE_LONG_TESTS"))
HINDRANCE = "" if shutil.which("npm") and importlib.util.find_spec("jsonschema") else (
    "npm or jsonschema is not installed")


@unittest.skipUnless(LONG, "fetches packages: RCODESCOPE_LONG_TESTS=1")
@unittest.skipIf(HINDRANCE, HINDRANCE)
class SchemaTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        import jsonschema

        folder = tempfile.TemporaryDirectory(prefix="rcodescope-schema-")
        cls.addClassCleanup(folder.cleanup)
        root = Path(folder.name)
        (root / "package.json").write_text("{}", encoding="utf-8")
        shutil.copy(HERE / "dashboard_file.ts", root)
        options = {"skipLibCheck": True, "strict": True, "module": "esnext", "target": "esnext",
                   "moduleResolution": "node", "types": []}
        (root / "tsconfig.json").write_text(json.dumps(
            {"compilerOptions": options, "files": ["dashboard_file.ts"]}), encoding="utf-8")
        cls.run_in(root, "npm", "install", "--ignore-scripts", "--no-audit", "--no-fund",
                   f"--cache={root / 'cache'}", *PACKAGES)
        cls.run_in(root, root / "node_modules" / ".bin" / "ts-json-schema-generator",
                   "--path", "dashboard_file.ts", "--tsconfig", "tsconfig.json",
                   "--type", "DashboardFile", "--out", "schema.json")
        schema = json.loads((root / "schema.json").read_text(encoding="utf-8"))
        cls.validator = jsonschema.Draft7Validator(schema)

    @staticmethod
    def run_in(folder, *command):
        done = subprocess.run([*map(str, command)], cwd=folder, capture_output=True, check=False,
                              timeout=LONGEST)
        if done.returncode != 0:
            raise AssertionError((done.stdout + done.stderr).decode())

    def errors(self, dashboard):
        return [f"{'/'.join(map(str, e.absolute_path))}: {e.message[:300]}"
                for error in self.validator.iter_errors(dashboard)
                for e in (best(error) or [error])]

    def test_every_dashboard_is_one(self):
        for name, dashboard in panels.dashboards().items():
            with self.subTest(name):
                self.assertEqual(self.errors(dashboard), [])

    def test_mistakes_are_found(self):
        good = panels.dashboards()["rcodescope-overview.json"]
        for what, change in (
            ("a key of no dashboard", lambda d: d.update(titel="Overview")),
            ("a key of no panel", lambda d: d["panels"][0].update(descripton="Responses")),
            ("a panel of no kind", lambda d: d["panels"][0].update(type="status")),
            ("an option of another panel", lambda d: d["panels"][0]["options"].update(showUnfilled=True)),
            ("a value of no choice", lambda d: d["panels"][0]["options"].update(colorMode="colour")),
            ("a query without an expression", lambda d: d["panels"][0]["targets"][0].pop("expr")),
            ("text for a number", lambda d: d["panels"][0]["gridPos"].update(x="0")),
            ("a data source of its own", lambda d: d["panels"][0].update(datasource={"uid": "main"})),
            ("a variable of no type", lambda d: d["templating"]["list"][0].update(type="source")),
        ):
            with self.subTest(what):
                bad = copy.deepcopy(good)
                change(bad)
                self.assertNotEqual(self.errors(bad), [])


def best(error):
    """Of the errors of several alternatives, those of the one that is of this panel's type."""
    alternatives = {}
    for inner in error.context or ():
        alternatives.setdefault(inner.relative_schema_path[0], []).append(inner)
    return next((errors for errors in alternatives.values()
                 if not any(e.absolute_path and e.absolute_path[-1] == "type" for e in errors)), [])


if __name__ == "__main__":
    program.main()

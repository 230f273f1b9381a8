#!/usr/bin/python3
"""systemd finds nothing to say about the units that operators install."""

import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

UNITS = Path(__file__).resolve().parents[2] / "deploy" / "systemd"
PROGRAM = "/usr/local/bin/rcodescope"  # where it is installed
ANY_PROGRAM = "/bin/true"  # is there, for systemd looks


def verify(unit, text):
    """What systemd says of a unit of that name."""
    with tempfile.TemporaryDirectory(prefix="rcodescope-units-") as folder:
        path = Path(folder) / unit
        path.write_text(text, encoding="utf-8")
        done = subprocess.run(
            ["systemd-analyze", "verify", "--man=no", path],
            capture_output=True, check=False, timeout=50,
        )
    said = done.stderr.decode() + done.stdout.decode()
    # Units of the distribution are read too.
    return done.returncode, [line for line in said.splitlines() if "rcodescope" in line]


@unittest.skipIf(shutil.which("systemd-analyze") is None, "systemd-analyze is not installed")
class UnitsTest(unittest.TestCase):
    def test_every_unit_is_clean(self):
        units = sorted(UNITS.glob("*.service"))
        self.assertEqual(len(units), 2)
        for unit in units:
            with self.subTest(unit.name):
                text = unit.read_text(encoding="utf-8")
                self.assertIn(PROGRAM, text)
                name = unit.name.replace("@.", "@eth1.")
                self.assertEqual(verify(name, text.replace(PROGRAM, ANY_PROGRAM)), (0, []))

    def test_a_mistake_would_be_told(self):
        text = (UNITS / "rcodescope@.service").read_text(encoding="utf-8")
        text = text.replace(PROGRAM, ANY_PROGRAM).replace("RestrictRealtime", "RestrictRealTimes")
        self.assertTrue(any("RestrictRealTimes" in line for line in verify("rcodescope@eth1.service", text)[1]))


if __name__ == "__main__":
    unittest.main()

"""The project's source files, as the rules of this folder look at them."""

import shutil
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
FOLDERS = ("capture", "parse", "aggregate", "exporters", "app", "bench", "tests")


def files(root, *patterns):
    """Paths below the project's folders that match one of the patterns, relative to root."""
    for folder in FOLDERS:
        for pattern in patterns:
            for path in sorted((root / folder).rglob(pattern)):
                yield path.relative_to(root)


def lines(root, path):
    """(number from 1, text) of each line."""
    return enumerate((root / path).read_text(encoding="utf-8").splitlines(), start=1)


def copy(target):
    """The source files alone, copied to target, for planting faults."""
    for path in files(REPOSITORY, "*.h", "*.cc", "*.py", "meson.build"):
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(REPOSITORY / path, target / path)

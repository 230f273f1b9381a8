#!/usr/bin/python3
"""Instructions a packet, of a base and of the working tree, counted in one run of one compiler.

  bench/against.py [BASE]     default: where this branch left origin/main, or the commit before

Builds both alike in build/against, the base from a worktree of its own. Exit status: 0, 1 when a
packet takes over 3 % more than in the base and no commit since then has a line "Instructions:"
that says why, 64 when there is no such base.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BUILD = ROOT / "build" / "against"
sys.path.insert(0, str(ROOT / "tests" / "pipeline"))

import instructions_test  # noqa: E402  # the way to count is the test's

REASON = "Instructions:"


def git(*arguments, check=True):
    done = subprocess.run(["git", *arguments], cwd=ROOT, check=check, capture_output=True, text=True)
    return done.stdout.strip()


def find_base(named):
    """The commit, or none."""
    if named:
        return git("rev-parse", "--verify", "--quiet", f"{named}^{{commit}}", check=False)
    left = git("merge-base", "origin/main", "HEAD", check=False)
    if left and left != git("rev-parse", "HEAD"):
        return left
    return git("rev-parse", "--verify", "--quiet", "HEAD^", check=False)


def build(source, name):
    """The folder of the programs."""
    folder = BUILD / name
    if not (folder / "build.ninja").exists():
        subprocess.run(["meson", "setup", folder, "-Dtests=false"], cwd=source, check=True,
                       stdout=subprocess.DEVNULL)
    subprocess.run(["ninja", "-C", folder, "--quiet", "app/rcodescope", "bench/generate"], check=True)
    return folder


def build_base(commit):
    with tempfile.TemporaryDirectory(prefix="rcodescope-base-") as parent:
        source = Path(parent) / "source"
        git("worktree", "add", "--detach", str(source), commit)
        try:
            return build(source, commit[:12])
        finally:
            git("worktree", "remove", "--force", str(source))


def main():
    base = find_base(sys.argv[1] if len(sys.argv) > 1 else None)
    if not base:
        print("there is no commit to compare with", file=sys.stderr)
        return 64
    before, after = build_base(base), build(ROOT, "now")
    with tempfile.TemporaryDirectory(prefix="rcodescope-instructions-") as folder:
        captures = instructions_test.generate(after / "bench" / "generate", folder)
        fewer, more = (instructions_test.of_a_packet(tree / "app" / "rcodescope", captures, folder)
                       for tree in (before, after))
    ratio = more / fewer
    print(f"{base[:12]} {fewer:.1f}, now {more:.1f} instructions a packet: {ratio:.3f}")
    if ratio <= 1 + instructions_test.TOLERATED:
        return 0
    reasons = [line for line in git("log", "--format=%B", f"{base}..HEAD").splitlines()
               if line.startswith(REASON)]
    print("\n".join(reasons) or f'no commit since then says why in a line that begins with "{REASON}"')
    return 0 if reasons else 1


if __name__ == "__main__":
    sys.exit(main())

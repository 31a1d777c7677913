"""Build a small repository with an uncommitted change and review it, as a user would.

usage: try.py [--only-build] [FOLDER]        (default: .build/try; it is made anew each time)
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def git(folder: Path, *arguments: str) -> None:
    """Run git in the example repository, whatever the user's own configuration says."""
    identity = ["-c", "user.name=Example", "-c", "user.email=example@localhost", "-c", "commit.gpgsign=false"]
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    for name in ("GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE"):
        environment.pop(name, None)
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, env=environment)


def build(folder: Path) -> None:
    """Make the repository: one commit, and an edit of it that is not committed."""
    if folder.exists():
        shutil.rmtree(folder)
    shutil.copytree(HERE / "try" / "before", folder)
    git(folder, "init", "--quiet", "--initial-branch=main")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--no-verify", "--message", "A small shop")
    shutil.copytree(HERE / "try" / "after", folder, dirs_exist_ok=True)


def say(text: str) -> None:
    """A line for the reader, in order with what the programs print."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def main(arguments: list[str]) -> int:
    """Build, show the change, review it. The exit code is 0 when the review came to an end, whatever it found."""
    only_build = arguments[:1] == ["--only-build"]
    named = arguments[1:] if only_build else arguments
    folder = Path(named[0] if named else HERE.parent / ".build" / "try").resolve()
    build(folder)
    if only_build:
        return 0
    say(f"An example repository with an uncommitted change: {folder}\n\n$ git diff --stat")
    git(folder, "--no-pager", "diff", "--stat")
    command = [str(Path(sys.executable).with_name("reviewer")), "review", "--model", "embedded"]
    say("\n$ reviewer " + " ".join(command[1:]))
    code = subprocess.run(command, cwd=folder, check=False).returncode
    say(f"\nexit code {code} (0 clean, 1 findings that block, 2 wrong use, 3 incomplete)")
    return 0 if code in (0, 1, 3) else code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

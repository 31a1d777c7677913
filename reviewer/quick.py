"""What a hook can decide before anything heavy is imported: a commit without Python costs one git process."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence

SUFFIXES = (b".py", b".pyi")


def nothing_to_review(arguments: Sequence[str], environ: Mapping[str, str]) -> bool:
    """Whether `reviewer hook ARGUMENTS` can end now: skipped by the user, or no Python file is staged."""
    if environ.get("REVIEWER_SKIP") == "1":
        sys.stderr.write("reviewer: skipped, because REVIEWER_SKIP=1\n")
        return True
    return list(arguments) == ["pre-commit"] and not stages_python()


def stages_python() -> bool:
    """Whether the index differs from HEAD in a Python file; yes when git cannot say, so that the review says why."""
    # Only names are asked for, and fsmonitor is off: nothing that the repository configures runs.
    command = ["git", "-c", "core.fsmonitor=false", "diff", "--cached", "--name-only", "--no-renames", "-z"]
    try:
        done = subprocess.run(
            [*command, "--no-ext-diff", "--no-textconv", "--ignore-submodules=all"], capture_output=True, check=False
        )
    except OSError:
        return True
    return done.returncode != 0 or any(name.endswith(SUFFIXES) for name in done.stdout.split(b"\0"))

"""What a review says of real changes: the last commits of any clone that touch Python functions, one review each.

usage: python -m benchmarks.histories CLONE [--commits N] [--seconds S] [--python PATH] [--out FILE] [--file PATH=TEXT]
                                            [--only COMMIT]

The clone is copied; nothing of it is kept. `--out` gets one JSON object a commit, for reading findings by eye. The run
ends after --commits that touch a Python function or after --seconds, and says how many commits it came to. No model is
asked. `--file` adds what a build would make; `--only` reviews that commit again, and no others.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.table import Table

SCRIPT = str(Path(sys.executable).with_name("reviewer"))
HANG = 900  # seconds after which a review counts as hung


def git(folder: Path, *arguments: str) -> str:
    """Run git there; its output."""
    done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, check=True)
    return os.fsdecode(done.stdout)


def commits(folder: Path) -> list[str]:
    """The commits with one parent that change a Python file outside tests, newest first."""
    return git(folder, "log", "--no-merges", "--min-parents=1", "--format=%H", "--", "*.py", ":!*test*").split()


def review(folder: Path, commit: str, python: str, cache: Path) -> dict[str, Any]:
    """One commit reviewed in its own worktree state: `{commit, code, seconds, report, stderr}`."""
    git(folder, "checkout", "--quiet", "--force", commit)
    environment = {**os.environ, "REVIEWER_PYTHON": python, "REVIEWER_CACHE_DIR": str(cache), "LC_ALL": "C.UTF-8"}
    began = time.monotonic()
    command = [SCRIPT, "review", "--range", f"{commit}~1..{commit}", "--model", "none", "--format", "json"]
    try:
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, timeout=HANG, check=False)
    except subprocess.TimeoutExpired:
        return {"commit": commit, "code": "hang", "seconds": HANG, "report": None, "stderr": ""}
    report = json.loads(done.stdout) if done.returncode in (0, 1, 3) else None
    seconds = round(time.monotonic() - began, 2)
    return {
        "commit": commit,
        "code": done.returncode,
        "seconds": seconds,
        "report": report,
        "stderr": os.fsdecode(done.stderr),
    }


def touches(one: Mapping[str, Any]) -> bool:
    """Whether a reviewed commit touches a Python function; one that crashed is taken to."""
    return one["report"] is None or bool(one["report"]["functions"])


def reviews(clone: Path, options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Review the commits of a copy of the clone, until there were enough or the time is over."""
    ends, left = time.monotonic() + options.seconds, options.commits
    made = dict(text.split("=", 1) for text in options.file)
    with tempfile.TemporaryDirectory(prefix="reviewer-history-") as top:
        folder = Path(top) / "clone"
        subprocess.run(["git", "clone", "--quiet", "--no-hardlinks", str(clone), str(folder)], check=True)
        for commit in options.only or commits(folder):
            if time.monotonic() >= ends or not left:
                return
            for path, text in made.items():
                if (folder / path).parent.is_dir():
                    (folder / path).write_text(text)
            one = review(folder, commit, options.python, Path(top) / "cache")
            left -= touches(one)
            yield one


def table(name: str, found: Sequence[dict[str, Any]]) -> Table:
    """The counts of one history."""
    reports = [one["report"] for one in found if one["report"]]
    functions = [function for report in reports for function in report["functions"] if function["needs_review"]]
    reviewed = sum(function["reviewed"] for function in functions)
    findings = [finding for report in reports for finding in report["findings"]]
    changes = [change for report in reports for change in report["behaviour_changes"]]
    codes = Counter(str(one["code"]) for one in found)
    times = sorted(one["seconds"] for one in found) or [0.0]
    rows = (
        ("commits reviewed", len(found)),
        ("  that touch a Python function", sum(map(touches, found))),
        ("  with exit code", ", ".join(f"{code}: {number}" for code, number in sorted(codes.items()))),
        ("  crashed or hung (goal 0)", sum(one["report"] is None for one in found)),
        ("functions that need a review", len(functions)),
        ("  of them executed", reviewed),
        ("proved findings", len(findings)),
        ("  introduced by the commit", sum(finding["introduced"] for finding in findings)),
        ("behaviour changes", len(changes)),
        (
            "  functions with one",
            len({(id(report), c["function_id"]) for report in reports for c in report["behaviour_changes"]}),
        ),
        ("calls and cases run", sum(report["stats"]["cases_run"] for report in reports)),
        ("seconds a commit, median", times[len(times) // 2]),
        ("seconds a commit, nine of ten at most", times[len(times) * 9 // 10]),
        ("seconds a commit, most", times[-1]),
    )
    return Table(f"History of {name}, no model", ("what", "count"), rows)


def main(arguments: Sequence[str]) -> int:
    """Review a history and print its table."""
    parser = argparse.ArgumentParser(prog="histories", description=__doc__.splitlines()[0])
    parser.add_argument("clone", type=Path)
    parser.add_argument("--commits", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=3600)
    parser.add_argument("--python", default=sys.executable, help="the interpreter that has what the project imports")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--file", action="append", default=[], metavar="PATH=TEXT")
    parser.add_argument("--only", action="append", default=[], metavar="COMMIT")
    options = parser.parse_args(arguments)
    found = []
    with (options.out or Path(os.devnull)).open("w") as out:
        for one in reviews(options.clone.resolve(), options):
            found.append(one)
            out.write(json.dumps(one) + "\n")
            out.flush()
    sys.stdout.write(table(str(options.clone), found).text())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""What `reviewer review` does once the report is there, for `--apply` and `--write-baseline`; told on stderr."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from reviewer import applying, baseline, changes, screening
from reviewer.config import Config
from reviewer.data import Report, Selection
from reviewer.emitters import sanitise
from reviewer.testfiles import write


def write_baseline(report: Report, settings: Config, selection: Selection, paths: Sequence[str], cwd: Path) -> None:
    """Write what this run found into the baseline; what it knows of functions that were not reviewed stays."""
    root = changes.repository_root(cwd)
    name = settings.baseline or baseline.DEFAULT
    before = baseline.read(root, name, needed=False)
    scope = baseline.scope(report, whole=screening.whole(settings, selection, paths))
    entries = baseline.updated(before, report.findings, scope)
    write.write(name, baseline.render(entries), root, write.read(name, root))
    say(f"{count(sum(entry.count for entry in entries), 'known finding')} in {name}")
    if settings.baseline is None:
        say(f'`baseline = "{name}"` in [tool.reviewer] makes every review leave them out')


def readable_baseline(settings: Config, cwd: Path) -> None:
    """Raise ConfigError now, and not after the whole review, for a baseline that cannot be updated."""
    baseline.read(changes.repository_root(cwd), settings.baseline or baseline.DEFAULT, needed=False)


def apply(report: Report, selection: Selection, paths: Sequence[str], cwd: Path) -> None:
    """Put the verified suggestions into the worktree, and say of each whether it is there and if not why."""
    if not applying.wanted(report.findings):
        say("no verified suggestion to apply")
        return
    change = changes.read_change(selection, paths, cwd)
    reviewed = {file.path: file.new for file in change.files if file.new is not None}
    for one in applying.apply(report.findings, reviewed, Path(change.root)):
        place = f"{one.finding.path}:{one.finding.line}: {one.finding.function}"
        say(f"{place}: applied" if one.reason is None else f"{place}: not applied: {one.reason}")


def count(number: int, noun: str) -> str:
    """A number with its noun."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def say(text: str) -> None:
    """A line on stderr."""
    sys.stderr.write(f"reviewer: {sanitise.line(text)}\n")

"""`reviewer hook STAGE`: what the git hooks call."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from math import inf
from pathlib import Path

from reviewer import changes, config, outgoing, quick
from reviewer.commands.background import alone, background
from reviewer.commands.review import exit_code, reviewed, say, show
from reviewer.config import Config
from reviewer.data import Selection, SelectionKind, Unreviewed
from reviewer.emitters import sanitise
from reviewer.errors import ExitCode, ReviewerError
from reviewer.outgoing import Part
from reviewer.records import record

WORST_FIRST = (ExitCode.INTERRUPTED, ExitCode.FINDINGS, ExitCode.USAGE, ExitCode.INCOMPLETE, ExitCode.CLEAN)
STAGED = (Selection(SelectionKind.STAGED), ())


@record(frozen=True, slots=True)
class Stage:
    """A hook: the seconds it takes at most where nothing else is configured, what waits for it, what it reviews.

    `waits` is the part of its time in which a background review of the same may end; the rest is for what that leaves.
    """

    seconds: float
    action: str
    parts: Callable[[Path], Sequence[Part]]
    waits: float


STAGES = {
    "pre-commit": Stage(20.0, "the commit", lambda root: (STAGED,), 0.5),
    "pre-push": Stage(120.0, "the push", lambda root: outgoing.parts(quick.pushed(os.environ), root), 0),
}


def hook(name: str) -> int:
    """Run the hook of a stage.

    What was not reviewed is said and does not block, unless the settings say `on-incomplete = "fail"`: a hook that
    blocks whenever the model server is down is soon a hook that nobody keeps.
    """
    if name == "post-index-change":
        return background()
    stage, root = STAGES[name], changes.repository_root(Path.cwd())
    defaults = {"deadline": stage.seconds, "on_incomplete": "pass"}
    settings = config.load(root, {}, os.environ, defaults=defaults)
    if settings.skip:
        sys.stderr.write(f"reviewer: skipped, because of {settings.origins['skip']}\n")
        return ExitCode.CLEAN
    seconds = inf if settings.deadline is None else settings.deadline
    ends = time.monotonic() + seconds
    try:
        parts = stage.parts(root)
        if not parts:
            return ExitCode.CLEAN
        with alone(settings, root, seconds * stage.waits if stage.waits else 0):
            code, left = all_of(parts, settings, ends, root)
    except ReviewerError as error:
        if settings.on_incomplete == "fail":
            raise
        loudly(f"NOTHING WAS REVIEWED: {error}; {stage.action} goes on")
        return ExitCode.CLEAN
    if left and code is ExitCode.CLEAN:
        loudly(f"NOT REVIEWED: {named(left)}; {stage.action} goes on")
    if code in (ExitCode.FINDINGS, ExitCode.INCOMPLETE):
        command = f"git {stage.action.removeprefix('the ')}"
        loudly(f"{stage.action} is stopped; `REVIEWER_SKIP=1 {command}` goes without the review")
    return code


def all_of(parts: Sequence[Part], settings: Config, ends: float, root: Path) -> tuple[ExitCode, list[Unreviewed]]:
    """Review one after the other until the time is over; the worst exit code, and all that was not reviewed."""
    codes, left = [ExitCode.CLEAN], list[Unreviewed]()
    for selection, paths in parts:
        if len(parts) > 1:
            say(f"{short(selection)}:\n".encode())
        rest = None if ends == inf else max(ends - time.monotonic(), 0.001)
        report = reviewed(replace(settings, deadline=rest), selection, paths, root)
        show(report, settings, "text", None)
        codes.append(exit_code(report, settings))
        left += report.unreviewed
        if codes[-1] is ExitCode.INTERRUPTED:
            break
    return min(codes, key=WORST_FIRST.index), left


def short(selection: Selection) -> str:
    """The commits of a selection, as people name them."""
    return "..".join(commit[:12] for commit in (selection.ref or "").split(".."))


def named(unreviewed: Sequence[Unreviewed]) -> str:
    """What was not reviewed, in a few words."""
    names = list(dict.fromkeys(item.function or item.path for item in unreviewed))
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more


def loudly(text: str) -> None:
    """A line on stderr that stands out among the other hooks'. Where nobody can read it, the commit goes on."""
    try:
        sys.stderr.write(f"reviewer: *** {sanitise.line(text)} ***\n")
        sys.stderr.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())

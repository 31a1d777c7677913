"""`reviewer review --replay ID`: run the selected change again and show one difference in full."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from reviewer import changes, config
from reviewer.commands.output import say
from reviewer.commands.review import reviewed
from reviewer.config import Config
from reviewer.data import BehaviourChange, Finding, Report, Selection
from reviewer.emitters.replay import emit
from reviewer.errors import ExitCode, NoModelError, UsageError

WHERE = "a review of the same change (`reviewer review --model none`) ends such lines with their id in brackets"


def replay(selection: Selection, paths: Sequence[str], flags: Mapping[str, object], wanted: str) -> int:
    """Show it and return 0. Raises UsageError when nothing with this id differs.

    Without a model first; what only a model's call showed is found by what is remembered of its replies.
    """
    cwd = Path.cwd()
    settings = replace(config.load(changes.repository_root(cwd), flags, os.environ), baseline=None)
    shown = found(reviewed(replace(settings, model="none"), selection, paths, cwd), wanted)
    if shown is None and settings.model != "none":
        with suppress(NoModelError):
            shown = found(reviewed(settings, selection, paths, cwd, recalls=True), wanted)
    if shown is None:
        unknown = "no proved finding or behaviour change of this change has this id"
        raise UsageError(f"--replay {wanted}: {unknown}; {WHERE}")
    text = emit(*in_full(shown, settings, selection, paths, cwd))
    say(text.encode("utf-8", "backslashreplace"))
    return ExitCode.CLEAN


def found(report: Report, wanted: str) -> Finding | BehaviourChange | None:
    """The proved finding or behaviour change of this id. Raises UsageError when nothing was executed."""
    if report.execution.state in ("off", "unavailable"):
        raise UsageError(f"--replay {wanted}: nothing was executed: {report.execution.reason}")
    known: dict[str, Finding | BehaviourChange] = {change.id: change for change in report.behaviour_changes}
    known |= {finding.id: finding for finding in report.findings if finding.counterexample is not None}
    return known.get(wanted)


def in_full(
    shown: Finding | BehaviourChange, settings: Config, selection: Selection, paths: Sequence[str], cwd: Path
) -> tuple[Finding | BehaviourChange, Sequence[tuple[str, str]]]:
    """What is shown, and details of it; a call that a test makes is run once more to know them."""
    if not isinstance(shown, BehaviourChange) or shown.made_by is None:
        return shown, ()
    from reviewer.again import twin_again

    return twin_again(settings, selection, paths, cwd, shown)

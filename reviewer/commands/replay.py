"""`reviewer review --replay ID`: run the selected change again without a model, and show one difference in full."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from reviewer import changes, config
from reviewer.commands.review import reviewed
from reviewer.data import BehaviourChange, Finding, Report, Selection
from reviewer.emitters.replay import emit
from reviewer.errors import ExitCode, UsageError

WHERE = "`reviewer review --model none` of the same change ends such lines with their id in brackets"


def replay(selection: Selection, paths: Sequence[str], flags: Mapping[str, object], wanted: str) -> int:
    """Show it and return 0. Raises UsageError when nothing with this id differs."""
    cwd = Path.cwd()
    settings = config.load(changes.repository_root(cwd), {**flags, "model": "none"}, os.environ)
    report = reviewed(replace(settings, baseline=None), selection, paths, cwd)
    text = emit(found(report, wanted))
    sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace"))
    sys.stdout.buffer.flush()
    return ExitCode.CLEAN


def found(report: Report, wanted: str) -> Finding | BehaviourChange:
    """The proved finding or behaviour change of this id. Raises UsageError."""
    if report.execution.state in ("off", "unavailable"):
        raise UsageError(f"--replay {wanted}: nothing was executed: {report.execution.reason}")
    known: dict[str, Finding | BehaviourChange] = {change.id: change for change in report.behaviour_changes}
    known |= {finding.id: finding for finding in report.findings if finding.counterexample is not None}
    if wanted in known:
        return known[wanted]
    raise UsageError(f"--replay {wanted}: no proved finding or behaviour change of this change has this id; {WHERE}")

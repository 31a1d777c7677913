"""`reviewer hook STAGE`: what the git hooks call."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from reviewer import changes, config
from reviewer.commands.review import exit_code, reviewed, show
from reviewer.data import Report, Selection, SelectionKind
from reviewer.emitters import sanitise
from reviewer.errors import ExitCode, ReviewerError

DEFAULTS = {"deadline": 20.0, "on_incomplete": "pass"}
"""Where nothing else is configured: seconds that a commit waits (pre-commit itself sets no limit), and that what was
not reviewed does not block."""


def hook(stage: str) -> int:
    """Run the hook of a stage; today `pre-commit`.

    What was not reviewed is said and does not block, unless the settings say `on-incomplete = "fail"`: a hook that
    blocks whenever the model server is down is soon a hook that nobody keeps.
    """
    assert stage == "pre-commit", stage
    cwd = Path.cwd()
    settings = config.load(changes.repository_root(cwd), {}, os.environ, defaults=DEFAULTS)
    try:
        report = reviewed(settings, Selection(SelectionKind.STAGED), (), cwd)
    except ReviewerError as error:
        if settings.on_incomplete == "fail":
            raise
        loudly(f"NOTHING WAS REVIEWED: {error}")
        return ExitCode.CLEAN
    show(report, settings, "text", None)
    code = exit_code(report, settings)
    if report.incomplete and code is ExitCode.CLEAN:
        loudly(f"NOT REVIEWED: {missing(report)}; the commit goes on")
    return code


def missing(report: Report) -> str:
    """What was not reviewed, in a few words."""
    names = [item.function or item.path for item in report.unreviewed]
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more


def loudly(text: str) -> None:
    """A line on stderr that stands out among the other hooks'."""
    sys.stderr.write(f"reviewer: *** {sanitise.line(text)} ***\n")

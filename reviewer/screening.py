"""What of a report is news: the model's licence and the baseline, applied to a finished report."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from reviewer import baseline, licence
from reviewer.baseline import Entry
from reviewer.config import Config
from reviewer.data import Report, Selection, SelectionKind


def whole(config: Config, selection: Selection, paths: Sequence[str]) -> bool:
    """Whether every function of the repository is selected."""
    return selection.kind is SelectionKind.ALL and not (paths or config.include or config.exclude)


def screened(
    report: Report, config: Config, known: Sequence[Entry], whole: bool, note: Callable[[str], None]
) -> Report:
    """Fold what a model has no licence for, leave out what the baseline knows, and name entries that are stale."""
    report = licence.fold(report, config.trusted_models)
    gone = baseline.stale(known, report.findings, baseline.scope(report, whole=whole))
    if gone:
        shown = gone if config.verbose else gone[:3]
        names = ", ".join(f"{entry.function} ({entry.title})" for entry in shown) + (", ..." if shown != gone else "")
        entries = "1 entry" if len(gone) == 1 else f"{len(gone)} entries"
        note(f"{entries} of the baseline no longer found, --write-baseline drops them: {' '.join(names.split())}")
    return baseline.screen(report, known)

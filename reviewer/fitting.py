"""A report that must not be longer than somebody allows: the worst first, and how many more there are. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from reviewer.data import Report
from reviewer.emitters.entries import worst_first

PARTS = ("findings", "unreviewed", "behaviour_changes", "tests", "not_run", "functions", "outside_functions")
WORDS = {"unreviewed": "not reviewed", "not_run": "examples not run", "outside_functions": "outside functions"}


def fitted(report: Report, emit: Callable[[Report], str], limit: int) -> str:
    """The emitted report; where that is longer than `limit` bytes of UTF-8, its worst entries and a closing sentence.

    Empty when there is no room for even that.
    """
    text = emit(report)
    if size(text) <= limit:
        return text
    ordered = replace(report, findings=tuple(sorted(worst_first(report, True), key=lambda finding: finding.folded)))
    best, most = "", max(len(getattr(report, part)) for part in PARTS)
    low, high = 0, most
    while low <= high:
        middle = (low + high) // 2
        text = emit(cut(ordered, middle)) + "\n" + more(report, middle) + "\n"
        if size(text) <= limit:
            best, low = text, middle + 1
        else:
            high = middle - 1
    return best


def cut(report: Report, most: int) -> Report:
    """The report with so many entries of each kind."""
    return replace(report, **{part: getattr(report, part)[:most] for part in PARTS})


def more(report: Report, shown: int) -> str:
    """What `cut` leaves out."""
    left = ((part, len(getattr(report, part)) - shown) for part in PARTS)
    counts = ", ".join(f"{number} {WORDS.get(part, part.replace('_', ' '))}" for part, number in left if number > 0)
    return f"The worst come first. There is no room here for more: {counts}."


def size(text: str) -> int:
    """Bytes of UTF-8, written as everything else is written."""
    return len(text.encode("utf-8", "backslashreplace"))

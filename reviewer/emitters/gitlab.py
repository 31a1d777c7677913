"""GitLab's Code Quality report (https://docs.gitlab.com/ci/testing/code_quality/)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from reviewer.data import Severity
from reviewer.emitters import sanitise
from reviewer.emitters.entries import Entry, Kind, clip, entries

if TYPE_CHECKING:
    from reviewer.data import Report

_SEVERITIES = {Severity.ERROR: "critical", Severity.WARNING: "major", Severity.INFO: "minor"}
_DESCRIPTION = 2000
_ENTRIES = 5000


def emit(report: Report, *, color: bool = False, width: int = 0, verbose: bool = False, show_all: bool = False) -> str:
    """One JSON array, the worst first; `show_all` unfolds findings. What is not found but noted is `info`."""
    found = entries(report, show_all)
    shown = [_degradation(entry) for entry in found[:_ENTRIES]]
    if more := len(found) - len(shown):
        rest = {"description": f"{more} more entries are not listed, the worst are", "check_name": "more"}
        shown.append(_degradation(found[-1]) | rest | {"severity": "info"})
    return json.dumps(shown, indent=2) + "\n"


def _degradation(entry: Entry) -> dict[str, object]:
    return {
        "description": clip(_description(entry), _DESCRIPTION),
        "check_name": entry.rule,
        "fingerprint": sanitise.line(entry.mark),
        "severity": _SEVERITIES[entry.severity] if entry.kind is Kind.FINDING else "info",
        "location": {"path": sanitise.line(entry.path), "lines": {"begin": entry.line or 1}},
    }


def _description(entry: Entry) -> str:
    """One line: GitLab shows no more, and nothing else of an entry."""
    first = next((line for line in entry.details.splitlines() if line.strip()), "")
    return f"{entry.title} {first}" if entry.kind is Kind.FINDING else entry.title

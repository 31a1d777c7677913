"""The report as JSON, exactly as `report.schema.json` describes it.

The text is ASCII: everything else is escaped, so that it survives any pipe. A byte of a path that is not UTF-8 is the
escape `\\udc80`..`\\udcff`, which `os.fsencode` turns back into that byte.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reviewer.data import OutsideLines, Report, Unreviewed


def emit(report: Report, *, color: bool = False, width: int = 0, verbose: bool = False, show_all: bool = False) -> str:
    """The report as one indented JSON object; the options for people change nothing."""
    return json.dumps(as_object(report), indent=2, allow_nan=False) + "\n"


def as_object(report: Report) -> dict[str, object]:
    """The report as dictionaries, sequences and scalars, keys in the contract's order, additions last."""
    return {
        "schema_version": report.schema_version,
        "status": report.status,
        "incomplete": report.incomplete,
        "model": asdict(report.model) if report.model else None,
        "execution": asdict(report.execution),
        "functions": [asdict(function) for function in report.functions],
        "outside_functions": [_outside(lines) for lines in report.outside_functions],
        "findings": [asdict(finding) for finding in report.findings],
        "behaviour_changes": [asdict(change) for change in report.behaviour_changes],
        "tests": [asdict(test) for test in report.tests],
        "unreviewed": [_unreviewed(entry) for entry in report.unreviewed],
        "not_run": [asdict(entry) for entry in report.not_run],
        "stats": asdict(report.stats),
        "change": report.change,
        "shard": report.shard or None,
        "suppressed": [asdict(finding) for finding in report.suppressed],
        "baselined": [asdict(finding) for finding in report.baselined],
    }


def _outside(lines: OutsideLines) -> dict[str, object]:
    return {"path": lines.path, "line": lines.line, "added": lines.added, "deleted": lines.deleted}


def _unreviewed(entry: Unreviewed) -> dict[str, object]:
    return {
        "function_id": entry.function_id,
        "path": entry.path,
        "function": entry.function,
        "line": entry.line,
        "reason": entry.reason,
        "detail": entry.detail,
    }

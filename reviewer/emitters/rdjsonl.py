"""reviewdog's diagnostics, one JSON object a line (https://github.com/reviewdog/reviewdog/tree/master/proto/rdf)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from reviewer.emitters import sanitise
from reviewer.emitters.edits import edits
from reviewer.emitters.entries import Entry, Kind, clip, entries
from reviewer.emitters.markup import code, fence

if TYPE_CHECKING:
    from reviewer.data import Report


_LINE = 60_000  # bytes; reviewdog ends reading, without a word, at a line of 65,536
_TITLE, _DETAILS = 500, 4000


def emit(report: Report, *, color: bool = False, width: int = 0, verbose: bool = False, show_all: bool = False) -> str:
    """The diagnostics, the worst first, verified suggestions as suggestions; `show_all` unfolds findings.

    Where there is nothing to say the text is empty: reviewdog takes an empty line for a broken one.
    """
    return "".join(f"{_line(entry)}\n" for entry in entries(report, show_all))


def _line(entry: Entry) -> str:
    diagnostic = _diagnostic(entry)
    line = json.dumps(diagnostic, ensure_ascii=False)
    if len(line.encode()) <= _LINE:
        return line
    diagnostic.pop("suggestions", None)
    return json.dumps(diagnostic, ensure_ascii=False)


def _diagnostic(entry: Entry) -> dict[str, object]:
    place: dict[str, object] = {"path": sanitise.line(entry.path)}
    if entry.line:
        place["range"] = _lines(entry.line, entry.end_line or entry.line)
    diagnostic: dict[str, object] = {
        "message": _message(entry),
        "location": place,
        "severity": str(entry.severity).upper() if entry.kind is Kind.FINDING else "INFO",
        "source": {"name": "reviewer"},
        "code": {"value": entry.rule},
    }
    if entry.finding and (fixes := edits(entry.finding.suggestion)):
        diagnostic["suggestions"] = [{"range": _lines(edit.line, edit.last), "text": edit.text} for edit in fixes]
    return diagnostic


def _message(entry: Entry) -> str:
    """reviewdog posts it as Markdown; as code, nothing in it is acted on."""
    title, details = code(clip(entry.title, _TITLE)), clip(entry.details, _DETAILS)
    return f"{title}\n{fence(details, 'text')}" if details else title


def _lines(first: int, last: int) -> dict[str, object]:
    """Without columns a range means whole lines, the last one included."""
    return {"start": {"line": first}, "end": {"line": last}}

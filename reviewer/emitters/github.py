"""Annotations of GitHub's runner (Gitea and Forgejo read them too), one workflow command a line.

A step shows 10 errors, 10 warnings and 10 notices (https://github.com/actions/toolkit/pull/734): of more, the last one
says how many there are, and all of them follow as plain lines, which the log keeps.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from reviewer.data import Severity
from reviewer.emitters import phrases, sanitise
from reviewer.emitters.entries import Entry, Kind, clip, entries

if TYPE_CHECKING:
    from reviewer.data import Report

_SHOWN = 10
_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}
_MESSAGE = 4000  # the runner cuts at 4,096
_TITLE = 200


def emit(report: Report, *, color: bool = False, width: int = 0, verbose: bool = False, show_all: bool = False) -> str:
    """The commands, ending in a notice that sums up; `show_all` unfolds findings."""
    return "".join(f"{line}\n" for line in _lines(report, show_all))


def _lines(report: Report, show_all: bool) -> Iterator[str]:
    found = entries(report, show_all)
    left: list[Entry] = []
    for severity, command in _COMMANDS.items():
        alike = [entry for entry in found if entry.severity is severity]
        room = _SHOWN - (severity is Severity.INFO)  # for the summary
        shown = alike if len(alike) <= room else alike[: room - 1]
        more = alike[len(shown) :]
        yield from (_annotation(command, entry) for entry in shown)
        if more:
            yield _command(command, _more(more), title="reviewer")
        left += more
    title = "reviewer" + (f": {sanitise.line(report.change)}" if report.change else "")
    yield _command("notice", phrases.summary(report, show_all), title=title)
    yield from (_plain(entry) for entry in left)


def _annotation(command: str, entry: Entry) -> str:
    place = {"file": sanitise.line(entry.path), "line": entry.line, "endLine": entry.end_line}
    if entry.kind is Kind.REMARK:
        place = {}
    if not entry.details:  # said once: the runner shows a title of its own
        return _command(command, entry.title, **place, title="reviewer")
    return _command(command, entry.details, **place, title=entry.title)


def _more(left: Sequence[Entry]) -> str:
    """How many entries are not annotated, by what they are."""
    gaps = sum(entry.kind is Kind.UNREVIEWED for entry in left)
    parts = [f"{gaps} not reviewed"] if gaps else []
    if others := len(left) - gaps:
        parts.insert(0, f"{others} more")
    return f"{' and '.join(parts)}: only {_SHOWN} annotations of a kind are shown, the log has all of them"


def _command(command: str, message: str, **properties: str | int | None) -> str:
    """A workflow command that no text in it can end or extend."""
    given = ",".join(
        f"{name}={_escaped(clip(str(value), _TITLE) if name == 'title' else str(value), ':,')}"
        for name, value in properties.items()
        if value is not None
    )
    return f"::{command} {given}::{_escaped(clip(message, _MESSAGE))}"


def _escaped(text: str, also: str = "") -> str:
    """As the runner unescapes it: https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs."""
    for character in "%\r\n" + also:
        text = text.replace(character, f"%{ord(character):02X}")
    return text


def _plain(entry: Entry) -> str:
    """A line of the log that is no command: those start with `::`, or have the older `##[` anywhere."""
    where = sanitise.line(entry.path) + (f":{entry.line}" if entry.line else "")
    return f"- {where}: {_COMMANDS[entry.severity]}: {entry.title}".replace("##[", "## [")

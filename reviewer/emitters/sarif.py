"""SARIF 2.1.0 (https://docs.oasis-open.org/sarif/sarif/v2.1.0/), within what GitHub takes.

What was not reviewed, or is left out, makes the run unsuccessful, with a notification each: an alert that is not there
has then not been fixed. Only what is proved and introduced is an error, since checks fail on errors. GitHub reads no
suppressions, so what a comment or the baseline silences is listed with `show_all` only.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, replace
from itertools import islice
from typing import TYPE_CHECKING

from reviewer.emitters import entries as texts
from reviewer.emitters import phrases, sanitise, sarif_rules
from reviewer.emitters.edits import Edit, edits

if TYPE_CHECKING:
    from reviewer.data import Finding, Report

Json = dict[str, object]
Note = tuple[str, Json]  # a notification and the name of its kind

# https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning
_RESULTS = 25_000
_BYTES = 8_000_000  # of 10 MB compressed: what is hostile does not compress
_NOTIFICATIONS = 1_000
_MESSAGE, _TEXT = 10_000, 100_000  # characters
_PLAIN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/-._~")
_OF_PATHS = re.compile("[^\ud800-\udc7f\udd00-\udfff]*")  # `os.fsdecode` makes no other surrogates
_FINGERPRINT = "reviewer/v1"  # never primaryLocationLineHash, which GitHub computes itself
_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def emit(report: Report, *, color: bool = False, width: int = 0, verbose: bool = False, show_all: bool = False) -> str:
    """One run, the worst results first; `show_all` unfolds findings and lists the suppressed ones."""
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [_run(report, show_all)]}, indent=1) + "\n"


def _run(report: Report, show_all: bool) -> Json:
    from reviewer import __version__

    found = list(_results(report, show_all))
    results = list(_fitting(found))
    left_out = len(found) - len(results)
    notes = [*_gaps(report), *_remarks(report, show_all, left_out)]
    rules = _numbered(result["ruleId"] for result in results)
    kinds = _numbered(kind for kind, _ in notes)
    for result in results:
        result["ruleIndex"] = rules[result["ruleId"]]
    notifications = [{"descriptor": {"id": kind, "index": kinds[kind]}} | note for kind, note in notes]
    driver = {
        "name": "reviewer",
        "version": __version__,
        "rules": [sarif_rules.rule(str(name)) for name in rules],
        "notifications": [sarif_rules.notification(str(name)) for name in kinds],
    }
    category = f"reviewer-{report.shard.replace('/', '-of-')}/" if report.shard else "reviewer/"
    return {
        "tool": {"driver": driver},
        "automationDetails": {"id": category},
        "invocations": [
            {
                "executionSuccessful": not report.incomplete and not left_out,
                "toolExecutionNotifications": notifications,
            }
        ],
        "originalUriBaseIds": {"%SRCROOT%": {"description": {"text": "The top folder of the repository."}}},
        "columnKind": "unicodeCodePoints",
        "defaultSourceLanguage": "python",
        "results": results,
        "properties": _clean(_circumstances(report, show_all)),
    }


def _circumstances(report: Report, show_all: bool) -> Json:
    """What the review rests on; no address and no path of the machine, since the file is sent elsewhere."""
    model, execution = report.model, report.execution
    return {
        "change": report.change,
        "summary": phrases.summary(report, show_all),
        "model": {"name": model.name, "digest": model.digest, "provider": model.provider} if model else None,
        "execution": {"state": execution.state, "isolation": execution.isolation},
    }


def _numbered(names: Iterable[object]) -> dict[object, int]:
    return {name: number for number, name in enumerate(dict.fromkeys(names))}


def _results(report: Report, show_all: bool) -> Iterator[Json]:
    lines = {function.id: function.line for function in report.functions}
    for finding in texts.worst_first(report, show_all):
        yield _result(finding, lines)
    for change in phrases.unpromoted(report):
        entry = texts.of_change(change)
        properties = {"id": change.id, "source": change.source, "script": change.script}
        yield _entry(entry, change.function) | {"baselineState": "new", "properties": _clean(properties)}
    if show_all:
        for kind, silenced in (("inSource", report.suppressed), ("external", report.baselined)):
            why = "a comment in the code" if kind == "inSource" else "the baseline knows it"
            for finding in texts.worst_first(replace(report, findings=silenced), show_all):
                suppression = {"kind": kind, "status": "accepted", "justification": why}
                yield _result(finding, lines) | {"suppressions": [suppression]}


def _fitting(found: Iterable[Json]) -> Iterator[Json]:
    size = 0
    for result in islice(found, _RESULTS):
        size += len(json.dumps(result, indent=1)) * 2  # indentation
        if size > _BYTES:
            return
        yield result


def _result(finding: Finding, lines: dict[str, int]) -> Json:
    entry = texts.of_finding(finding)
    result = _entry(entry, finding.function)
    result["baselineState"] = "new" if finding.introduced else "unchanged"
    example = finding.counterexample
    if example and example.through:
        result["relatedLocations"] = [_through(example.through, lines)]
        message = f"{_message(entry)}\nThrough the documented examples of [{_label(example.through)}](1)."
        result["message"] = {"text": message}
    if fixes := edits(finding.suggestion):
        result["fixes"] = [_fix(finding.path, fixes)]
    properties = asdict(finding)
    shown = ("id", "evidence", "count", "folded", "quote", "counterexample", "suggestion")
    result["properties"] = _clean({name: properties[name] for name in shown})
    return result


def _entry(entry: texts.Entry, function: str) -> Json:
    return {
        "ruleId": entry.rule,
        "level": sarif_rules.LEVELS[entry.severity],
        "message": {"text": _message(entry)},
        "locations": [_location(entry.path, entry.line, entry.end_line, function)],
        "partialFingerprints": {_FINGERPRINT: sanitise.line(entry.mark)},
    }


def _message(entry: texts.Entry) -> str:
    return _unlinked(texts.clip(f"{entry.title}\n{entry.details}".rstrip("\n"), _MESSAGE))


def _label(text: str) -> str:
    return sanitise.line(text).replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")


def _location(path: str, line: int | None, end_line: int | None, function: str | None) -> Json:
    location: Json = {"physicalLocation": {"artifactLocation": _artifact(path)}}
    if line:
        region = {"startLine": line, "endLine": max(line, end_line or line)}
        location["physicalLocation"] = {"artifactLocation": _artifact(path), "region": region}
    if function:
        location["logicalLocations"] = [{"fullyQualifiedName": sanitise.line(function), "kind": "function"}]
    return location


def _artifact(path: str) -> Json:
    """The path's bytes, percent-encoded where they are more than letters, digits and `/-._~`."""
    stray = "surrogateescape" if _OF_PATHS.fullmatch(path) else "surrogatepass"
    uri = "".join(chr(byte) if byte in _PLAIN else f"%{byte:02X}" for byte in path.encode("utf-8", stray))
    return {"uri": uri, "uriBaseId": "%SRCROOT%"}


def _through(function_id: str, lines: dict[str, int]) -> Json:
    """Where the example is; GitHub wants a line, so the file's first one where only the name is known."""
    path, _, name = function_id.partition("::")
    line = lines.get(function_id, 1)
    message = {"text": _unlinked(f"the documented examples of {sanitise.line(name)} run this function")}
    return {"id": 1, "message": message} | _location(path, line, line, name)


def _fix(path: str, found: Iterable[Edit]) -> Json:
    replacements = [
        {
            "deletedRegion": {
                "startLine": edit.line,
                "startColumn": 1,
                "endLine": edit.last,
                "endColumn": edit.width + 1,
            },
            "insertedContent": {"text": edit.text},
        }
        for edit in found
    ]
    text = "Verified: with it the counterexample passes and every other kept case still does."
    return {
        "description": {"text": text},
        "artifactChanges": [{"artifactLocation": _artifact(path), "replacements": replacements}],
    }


def _gaps(report: Report) -> Iterator[Note]:
    for gap in report.unreviewed[:_NOTIFICATIONS]:
        entry = texts.of_unreviewed(gap)
        yield (
            entry.rule,
            _note("error", entry.title) | {"locations": [_location(gap.path, gap.line, gap.line, gap.function)]},
        )
    more = len(report.unreviewed) - _NOTIFICATIONS
    if more > 0:
        yield "left-out", _note("error", f"{more} more were not reviewed")


def _remarks(report: Report, show_all: bool, left_out: int) -> Iterator[Note]:
    if left_out:
        yield "left-out", _note("error", f"{left_out} more results are not listed: the worst are")
    for kind, text in texts.remarks(report, show_all):
        yield kind, _note("note" if kind == "folded" else "warning", text)
    for example in report.not_run[:_NOTIFICATIONS]:
        text = f"{example.function_id}: {phrases.code(example.call)}: {example.reason}"
        yield "not-run", _note("note", sanitise.line(text))


def _note(level: str, text: str) -> Json:
    return {"level": level, "message": {"text": _unlinked(texts.clip(text, _MESSAGE))}}


def _unlinked(text: str) -> str:
    """`[text](target)` would be a link."""
    return text.replace("](", "] (")


def _clean(value: object) -> object:
    """Texts made safe to show, wherever they are, and none of them endless."""
    if isinstance(value, str):
        return texts.clip(sanitise.block(value), _TEXT)
    if isinstance(value, dict):
        return {name: _clean(entry) for name, entry in value.items()}
    return [_clean(entry) for entry in value] if isinstance(value, list | tuple) else value

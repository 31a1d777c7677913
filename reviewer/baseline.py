"""The baseline: findings a team knows, by fingerprint, so that they are not reported again.

A fingerprint has neither path nor line, so an entry outlives moved lines and renamed files. What was not run again in a
review is neither stale nor dropped: most reviews see a few functions only. Pure but for `read`.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, astuple, fields, replace
from pathlib import Path

from reviewer.data import ChangeKind, Evidence, Finding, Report, Verdict
from reviewer.errors import ConfigError
from reviewer.records import record

DEFAULT = ".reviewer-baseline.json"
"""Where `--write-baseline` writes when `baseline` is not set, relative to the repository's top folder."""

AGAIN = "write it again with --write-baseline, or remove it"
VERSION = 1
MAX_BYTES = 20_000_000


@record(frozen=True, slots=True)
class Entry:
    """One known finding; `count` is how many of this fingerprint are known (functions of one name in several files)."""

    function: str
    category: str
    verdict: str
    title: str
    fingerprint: str
    count: int = 1


@record(frozen=True, slots=True)
class Scope:
    """What a run could have seen again: which functions, and whether a model was asked and code was run."""

    functions: frozenset[str]
    missed: frozenset[str]  # not reviewed
    whole: bool  # every function of the repository but those
    asked: bool
    ran: bool

    def covers(self, entry: Entry) -> bool:
        """Whether the finding of an entry would have been found again if it were still there."""
        able = self.asked if entry.verdict == Verdict.CLAIM else self.ran
        return able and entry.function not in self.missed and (self.whole or entry.function in self.functions)


def scope(report: Report, *, whole: bool) -> Scope:
    """What this run could have seen; `whole` if every function of the repository was selected."""
    seen = (one for one in report.functions if one.reviewed or one.change is ChangeKind.DELETED)
    missed = {one.function for one in report.unreviewed}
    return Scope(
        functions=frozenset(one.function for one in seen),
        missed=frozenset(name for name in missed if name is not None),
        whole=whole and None not in missed,
        asked=report.model is not None,
        ran=report.execution.state in ("sandboxed", "unsandboxed"),
    )


def screen(report: Report, entries: Iterable[Entry]) -> Report:
    """The report without the findings that the entries know, counted; of several alike the first ones are known."""
    left = Counter({entry.fingerprint: entry.count for entry in entries})
    new: list[Finding] = []
    known: list[Finding] = []
    for finding in report.findings:
        if left[finding.fingerprint] > 0:
            left[finding.fingerprint] -= 1
            known.append(finding)
        else:
            new.append(finding)
    if not known:
        return report
    listed = {finding.id for finding in new}
    changes = (
        change if change.promoted in listed else replace(change, promoted=None) for change in report.behaviour_changes
    )
    return replace(
        report,
        findings=tuple(new),
        behaviour_changes=tuple(changes),
        stats=replace(report.stats, baselined=len(known)),
        baselined=tuple(known),
    )


def stale(entries: Iterable[Entry], found: Sequence[Finding], seen: Scope) -> tuple[Entry, ...]:
    """The entries whose finding is no longer there, `count` being how many are gone."""
    there = Counter(finding.fingerprint for finding in found)
    return tuple(
        replace(entry, count=gone)
        for entry in entries
        if seen.covers(entry) and (gone := entry.count - there[entry.fingerprint]) > 0
    )


def updated(entries: Iterable[Entry], found: Sequence[Finding], seen: Scope) -> tuple[Entry, ...]:
    """The baseline after a run: what it found, and what is known of the functions that it did not see."""
    now = {entry.fingerprint: entry for entry in of_findings(found)}
    kept = (entry for entry in entries if not seen.covers(entry))
    for entry in kept:
        other = now.get(entry.fingerprint)
        now[entry.fingerprint] = replace(entry, count=max(entry.count, other.count if other else 0))
    return tuple(sorted(now.values(), key=astuple))


def of_findings(found: Iterable[Finding]) -> Iterator[Entry]:
    """One entry for each fingerprint. What is folded is left out: nobody has looked at it."""
    listed = [finding for finding in found if not (finding.folded and finding.evidence is Evidence.SUSPECTED)]
    counts = Counter(finding.fingerprint for finding in listed)
    for mark, first in {finding.fingerprint: finding for finding in reversed(listed)}.items():
        yield Entry(first.function, first.category.value, first.verdict.value, first.title, mark, counts[mark])


def render(entries: Iterable[Entry]) -> str:
    """The file's text: sorted, a block of lines for each entry, so that a diff of it can be read."""
    return (
        json.dumps(
            {"version": VERSION, "findings": [asdict(entry) for entry in sorted(entries, key=astuple)]}, indent=2
        )
        + "\n"
    )


def parse(text: bytes, name: str) -> tuple[Entry, ...]:
    """The entries of a file. Raises ConfigError for one that cannot be read."""
    try:
        whole = json.loads(text.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{name}: the baseline is not valid JSON: {error}; {AGAIN}") from error
    if not isinstance(whole, dict) or not isinstance(whole.get("findings"), list):
        raise ConfigError(f"{name}: this is no baseline: an object with `version` and `findings` is expected; {AGAIN}")
    if whole.get("version") != VERSION:
        raise ConfigError(f"{name}: the baseline's version is not {VERSION}: another reviewer wrote it; {AGAIN}")
    return tuple(entry(item, f"{name}: finding {number}") for number, item in enumerate(whole["findings"], 1))


def entry(item: object, place: str) -> Entry:
    """One entry of a file. Raises ConfigError."""
    if not isinstance(item, Mapping):
        raise ConfigError(f"{place}: an object is expected; {AGAIN}")
    values = {field.name: item.get(field.name, 1 if field.name == "count" else None) for field in fields(Entry)}
    count = values.pop("count")
    wrong = next((name for name, value in values.items() if not isinstance(value, str)), None)
    if wrong is None and (type(count) is not int or count < 1):
        wrong = "count"
    if wrong is not None:
        raise ConfigError(f"{place}: `{wrong}` is missing or of the wrong kind; {AGAIN}")
    return Entry(**values, count=count)


def read(root: Path, name: str, *, needed: bool = True) -> tuple[Entry, ...]:
    """The baseline at `name` below `root`; without it none, or ConfigError if it is `needed`."""
    path = root / name
    try:
        if not path.resolve().is_relative_to(root.resolve()):
            raise ConfigError(f"{name}: the baseline leads out of the repository")
        if path.exists() and not path.is_file():
            raise ConfigError(f"{name}: the baseline is not a plain file")
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        if needed:
            raise ConfigError(f"{name}: there is no such baseline; --write-baseline makes it") from None
        return ()
    except (OSError, RuntimeError) as error:  # RuntimeError: links in a circle
        raise ConfigError(f"{name}: the baseline cannot be read: {error}") from error
    if len(content) > MAX_BYTES:
        raise ConfigError(f"{name}: the baseline is larger than {MAX_BYTES // 1_000_000} MB")
    return parse(content, os.fspath(name))

"""Claims -> findings: quotes get their lines, duplicates merge, what cannot be placed is dropped and counted."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from difflib import SequenceMatcher

from reviewer.data import (
    Category,
    ChangedFunction,
    ChangeKind,
    Claim,
    Evidence,
    Finding,
    Severity,
    Suggestion,
    Verdict,
)
from reviewer.patches import patch
from reviewer.quotes import Span, resolve, touches

ALIKE = 0.6  # titles of one defect in two wordings
WORST_FIRST = tuple(Severity)


def from_claims(
    function: ChangedFunction, claims: Iterable[Claim], data: bytes | None = None
) -> tuple[tuple[Finding, ...], int]:
    """The findings of one function in the order of their lines, and how many claims were dropped.

    Dropped are claims whose quote is not in the new version, or in several places of it. Duplicates merge into the
    first, which counts them and keeps the worst severity. `data` are the new file's bytes: with them a suggestion's
    patch has the file's own line ends and enough context everywhere.
    """
    found: list[Finding] = []
    dropped = 0
    for claim in claims:
        span = resolve(claim.quote, function.new, function.changed_lines) if function.new else None
        if span is None:
            dropped += 1
            continue
        finding = from_claim(function, claim, span, data)
        place = next((place for place, other in enumerate(found) if same(finding, other)), None)
        if place is None:
            found.append(finding)
        else:
            found[place] = merged(found[place], finding)
    return tuple(sorted(found, key=lambda finding: (finding.path, finding.line, finding.end_line, finding.id))), dropped


def from_claim(function: ChangedFunction, claim: Claim, span: Span, data: bytes | None) -> Finding:
    """The finding of a claim whose quote was found at `span`."""
    version = function.version
    mark = fingerprint(function.name, claim.category, Verdict.CLAIM, span.text)
    diff = patch(version, span, claim.replacement, data) if claim.replacement else None
    return Finding(
        id=finding_id(function.id, mark),
        function_id=function.id,
        path=function.path,
        function=function.name,
        line=span.line,
        end_line=span.end_line,
        severity=claim.severity,
        category=claim.category,
        evidence=Evidence.SUSPECTED,
        verdict=Verdict.CLAIM,
        introduced=function.change is ChangeKind.ADDED or touches(span, function.changed_lines),
        title=" ".join(claim.title.split()),
        message=claim.message,
        quote=span.text,
        counterexample=None,
        suggestion=Suggestion(diff, verified=False) if diff else None,
        fingerprint=mark,
    )


def fingerprint(function: str, category: Category, verdict: Verdict, quote_or_call: str) -> str:
    """What stays the same of a finding when lines move or the file is renamed: hexadecimal, 32 digits.

    Of qualified name, category, verdict and the quote or call, in which runs of white space count as one space.
    """
    parts = (function, category, verdict, " ".join(quote_or_call.split()))
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def finding_id(function_id: str, mark: str) -> str:
    """An id unique in the report: of the function's id and the fingerprint, hexadecimal, 12 digits."""
    return hashlib.sha256(f"{function_id}\0{mark}".encode("utf-8", "surrogatepass")).hexdigest()[:12]


def same(one: Finding, other: Finding) -> bool:
    """Two findings of one function that say the same."""
    if one.fingerprint == other.fingerprint:
        return True
    overlap = one.line <= other.end_line and other.line <= one.end_line
    return overlap and one.category is other.category and alike(one.title, other.title)


def alike(one: str, other: str) -> bool:
    """The titles share most of their words or letters."""
    first, second = one.casefold(), other.casefold()
    words, others = set(first.split()), set(second.split())
    shared = len(words & others) / max(1, min(len(words), len(others)))
    return shared >= ALIKE or SequenceMatcher(None, first, second, autojunk=False).ratio() >= ALIKE


def merged(first: Finding, second: Finding) -> Finding:
    """The first finding, counting the second: the worst severity, and a suggestion if either has one."""
    return replace(
        first,
        severity=min(first.severity, second.severity, key=WORST_FIRST.index),
        suggestion=first.suggestion or second.suggestion,
        introduced=first.introduced or second.introduced,
        count=first.count + second.count,
    )

"""One job's part of a review: each function belongs to exactly one of several jobs, whatever else has changed."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from reviewer import reporting
from reviewer.data import BehaviourChange, Finding
from reviewer.errors import UsageError

if TYPE_CHECKING:
    from reviewer.data import ChangedFunction, Report
    from reviewer.reading import Subject


@dataclass(frozen=True, slots=True)
class Shard:
    """Part `number` (from 1) of `total`."""

    number: int
    total: int

    def __post_init__(self) -> None:
        assert 1 <= self.number <= self.total

    def __str__(self) -> str:
        return f"{self.number}/{self.total}"

    def has(self, name: str) -> bool:
        """Whether a function's id, or a file's path, belongs to this part; by its hash, so not by its place in a list.

        >>> [part for part in (1, 2, 3) if Shard(part, 3).has("shop/pages.py::pages")]
        [1]
        """
        digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).digest()
        return int.from_bytes(digest[:8]) % self.total == self.number - 1

    def of(self, subject: Subject) -> Subject:
        """This part of what is reviewed: its functions, and what belongs to no function by file."""
        return replace(
            subject,
            functions=tuple(function for function in subject.functions if self.has(function.id)),
            outside=tuple(lines for lines in subject.outside if self.has(lines.path)),
            unreviewed=tuple(item for item in subject.unreviewed if self.has(item.function_id or item.path)),
        )

    def own(self, report: Report, functions: Iterable[ChangedFunction]) -> Report:
        """The report of this part, less what running shows under another part's name; `functions` are all parts'.

        A helper is tried through its callers. Where a caller changed too, the call is the caller's (`reporting.once`).
        """
        elsewhere = [(function.path, function.name) for function in functions if not self.has(function.id)]

        def kept(one: Finding | BehaviourChange) -> bool:
            call = one.counterexample.call if isinstance(one, Finding) and one.counterexample else ""
            call = one.call if isinstance(one, BehaviourChange) else call
            callers = (name for path, name in elsewhere if path == one.path)
            return reporting.names(one.function, call) or not any(reporting.names(name, call) for name in callers)

        found = tuple(finding for finding in report.findings if kept(finding))
        changes = tuple(change for change in report.behaviour_changes if kept(change))
        return replace(report, findings=found, behaviour_changes=changes, shard=str(self))


def parse(text: str) -> Shard:
    """`2/4` as the second of four. Raises UsageError."""
    match = re.fullmatch(r"([0-9]{1,6})/([0-9]{1,6})", text.strip())
    number, total = (int(match[1]), int(match[2])) if match else (0, 0)
    if not 1 <= number <= total:
        raise UsageError(f"--shard {text!r}: expected I/N with 1 <= I <= N, such as 2/4")
    return Shard(number, total)

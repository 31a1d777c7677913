"""One job's part of a review: each function belongs to exactly one of several jobs, whatever else has changed."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from reviewer.errors import UsageError

if TYPE_CHECKING:
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


def parse(text: str) -> Shard:
    """`2/4` as the second of four. Raises UsageError."""
    match = re.fullmatch(r"([0-9]{1,6})/([0-9]{1,6})", text.strip())
    number, total = (int(match[1]), int(match[2])) if match else (0, 0)
    if not 1 <= number <= total:
        raise UsageError(f"--shard {text!r}: expected I/N with 1 <= I <= N, such as 2/4")
    return Shard(number, total)

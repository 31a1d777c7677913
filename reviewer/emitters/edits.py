"""A suggestion's patch as replacements of whole lines, which is what formats with fixes take."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from reviewer.records import record

if TYPE_CHECKING:
    from reviewer.data import Suggestion

_HUNK = re.compile(r"^@@ -(\d+)(?:,\d+)? \+\d+(?:,\d+)? @@.*\n", re.MULTILINE)
_LINE = re.compile(r"^([ +-])([^\n]*)\n?(\\ [^\n]*\n?)?", re.MULTILINE)
_STRAY = re.compile("[\ud800-\udfff]")


@record(frozen=True, slots=True)
class Edit:
    """The lines from `line` (1-based) that are replaced, and what stands there then; each with its line end."""

    line: int
    before: tuple[str, ...]  # never empty
    after: tuple[str, ...]  # never empty

    @property
    def last(self) -> int:
        """The last line that is replaced."""
        return self.line + len(self.before) - 1

    @property
    def width(self) -> int:
        """How many characters the last line has, without its line end."""
        return len(unended(self.before[-1]))

    @property
    def text(self) -> str:
        """What stands there then; the last line's end is not in it, as it is not replaced."""
        return "".join((*self.after[:-1], unended(self.after[-1])))


def edits(suggestion: Suggestion | None) -> tuple[Edit, ...]:
    """One per hunk of a verified suggestion, without the context; none if it cannot be written as text."""
    if suggestion is None or not suggestion.verified:
        return ()
    found = [_edit(start, before, after) for start, before, after in hunks(suggestion.patch)]
    kept = tuple(edit for edit in found if edit)
    return kept if len(kept) == len(found) and sendable(kept) else ()


def hunks(patch: str) -> Iterator[tuple[int, list[str], list[str]]]:
    """Each hunk of a unified diff of one file: its first line's number, its lines before and after."""
    parts = _HUNK.split(patch)
    for start, text in zip(parts[1::2], parts[2::2], strict=True):
        before: list[str] = []
        after: list[str] = []
        for sign, content, unended in _LINE.findall(text):
            line = content if unended else f"{content}\n"
            before.extend([line] if sign in " -" else [])
            after.extend([line] if sign in " +" else [])
        yield int(start), before, after


def sendable(found: Iterable[Edit]) -> bool:
    """Whether every line can be encoded: a path's stray bytes cannot."""
    return not any(_STRAY.search("".join((*edit.before, *edit.after))) for edit in found)


def _edit(start: int, before: list[str], after: list[str]) -> Edit | None:
    """What differs. Where lines are only added or only removed one line of context stays: tools differ about empty
    ranges, and an empty text may leave an empty line."""
    first = alike(before, after)
    last = alike(before[first:][::-1], after[first:][::-1])
    if min(len(before), len(after)) == first + last:
        if first:
            first -= 1
        else:
            last -= 1
    if last < 0:
        return None
    old, new = before[first : len(before) - last], after[first : len(after) - last]
    return Edit(start + first, tuple(old), tuple(new))


def alike(one: Sequence[str], other: Sequence[str]) -> int:
    """How many lines at the beginning are the same."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((number for number, (line, there) in pairs if line != there), min(len(one), len(other)))


def unended(line: str) -> str:
    """A line without its line end."""
    return line.removesuffix("\n").removesuffix("\r")

"""Where in a function a quotation stands. The place comes from the text alone, never from a number the model gives."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Collection, Iterator, Sequence

from reviewer.data import FunctionVersion
from reviewer.records import record

PREFIX = re.compile(r"\s*(?:L?(?P<number>\d{1,7})\s?(?P<mark>[+|:])?|(?P<bare>[+|]))")
FENCE_LINE = re.compile(r"\s*```\w*\s*")
SPACES = re.compile(r"\s+")


@record(frozen=True, slots=True)
class Span:
    """A quotation found: lines `line`..`end_line` of the new file, whose verbatim text is `text`.

    `start`..`end` are the characters of the function's source that were quoted, perhaps less than whole lines.
    """

    line: int
    end_line: int
    text: str
    start: int
    end: int


def resolve(quote: str, version: FunctionVersion, changed_lines: Collection[int] = ()) -> Span | None:
    """The one place in `version` that reads like the quote, None if there is none or more than one.

    White space does not count, nor do the line numbers and `+` marks of the prompt, backticks around the quote, and
    where it begins or ends inside a line; words are never cut. Of several places the only one that touches
    `changed_lines` is meant: those lines are what the model was asked about.
    """
    for form in forms(quote, version):
        spans = tuple(places(form, version))
        touching = tuple(span for span in spans if touches(span, changed_lines))
        for found in (spans, touching):
            if len(found) == 1:
                return found[0]
        if spans:
            return None
    return None


def touches(span: Span, changed_lines: Collection[int]) -> bool:
    """Any of these lines is inside the span."""
    return any(span.line <= line <= span.end_line for line in changed_lines)


def forms(quote: str, version: FunctionVersion) -> Iterator[str]:
    """The quote as it is, then without what the model may have copied from around the code."""
    yield quote
    yield bare(quote, version)


def bare(text: str, version: FunctionVersion) -> str:
    """The text without markdown fences, backticks, and the prompt's line numbers and marks."""
    lines = [line for line in text.strip("\n").split("\n") if not FENCE_LINE.fullmatch(line)]
    joined = "\n".join(lines)
    if joined.strip().startswith("`") and joined.strip().endswith("`"):
        lines = joined.strip().strip("`").split("\n")
    return "\n".join(without_prefix(line, version) for line in lines)


def without_prefix(line: str, version: FunctionVersion) -> str:
    """The line without a number of this function's lines, and without a mark."""
    match = PREFIX.match(line)
    if not match or (match["number"] and not version.line <= int(match["number"]) <= version.end_line):
        return line
    return line[match.end() :]


def places(quote: str, version: FunctionVersion) -> Iterator[Span]:
    """Every place whose characters, white space apart, are the quote's; a quote without any word has none."""
    wanted = SPACES.sub("", quote)
    if not re.search(r"\w", wanted):
        return
    source = version.source
    offsets = [offset for offset, character in enumerate(source) if not character.isspace()]
    squeezed = "".join(source[offset] for offset in offsets)
    starts = [0, *(offset + 1 for offset, character in enumerate(source) if character == "\n")]
    at = squeezed.find(wanted)
    while at >= 0:
        start, end = offsets[at], offsets[at + len(wanted) - 1] + 1
        if whole_words(source, start, end):
            yield span(version, starts, start, end)
        at = squeezed.find(wanted, at + 1)


def whole_words(source: str, start: int, end: int) -> bool:
    """Neither end of the range is inside a name or number."""
    before, after = source[start - 1 : start + 1] if start else "", source[end - 1 : end + 1]
    return not any(len(pair) == 2 and all(is_word(character) for character in pair) for pair in (before, after))


def is_word(character: str) -> bool:
    """Part of a name or number."""
    return character == "_" or character.isalnum()


def span(version: FunctionVersion, starts: Sequence[int], start: int, end: int) -> Span:
    """The characters `start`..`end` of the source, with the lines they stand on; `starts` are where its lines begin."""
    first, last = bisect_right(starts, start) - 1, bisect_right(starts, end - 1) - 1
    after = starts[last + 1] - 1 if last + 1 < len(starts) else len(version.source)
    return Span(version.line + first, version.line + last, version.source[starts[first] : after], start, end)

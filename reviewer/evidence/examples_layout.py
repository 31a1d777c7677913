"""A docstring cut into what is read alike: doctest paragraphs, code blocks, prose. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum

from reviewer.records import record


class Layout(StrEnum):
    """How a piece of a docstring is read."""

    DOCTEST = "doctest"
    CODE = "code"  # Python statements, perhaps with notations between them
    PROSE = "prose"


@record(frozen=True, slots=True)
class Piece:
    """The characters `start`..`end` of the docstring."""

    layout: Layout
    start: int
    end: int


MAX_MARKUP = 300  # a longer line is no title, fence or directive
FENCE = re.compile(r"[ \t]*(?P<mark>```+|~~~+)[ \t]*(?P<language>[^`\s]*)[^`\n]*\Z")
DIRECTIVE = re.compile(r"[ \t]*\.\.[ \t]+(?P<name>[\w-]+)::[ \t]*(?P<argument>\S*)")
CODE_DIRECTIVES = frozenset({"code-block", "code", "sourcecode", "ipython", "testcode", "doctest", "example"})
PYTHON = frozenset({"", "python", "py", "python3", "py3", "pycon", "doctest", "ipython", "default"})
PROMPT = re.compile(r"[ \t]*>>>(?!>)")
FIELD = re.compile(
    r"[ \t]*[:@](?:param|parameter|arg|argument|key|keyword|type|returns?|rtype|raises?|except|exception|yields?)\b"
    r"[^:\n]*:"
)
HEADING = re.compile(
    r"[ \t]*(?P<mark>#+[ \t]|\*\*|\.\. rubric::[ \t])?"
    r"(?P<title>[A-Za-z]+(?: [A-Za-z]+)?)(?P<colon>:{0,2})(?:\*\*)?:?[ \t]*\Z"
)
UNDERLINE = re.compile(r"[ \t]*([-=~^])\1{2,}[ \t]*\Z")
EXAMPLES = frozenset({"example", "examples", "usage", "doctest", "doctests", "example usage", "usage example"})
# Titles that no output contains; `Usage:` and the like are printed by real programs.
CUT = re.compile(r"[ \t]*(?:Args|Arguments|Parameters|Returns|Raises|Yields):[ \t]*\Z")
SECTIONS = EXAMPLES | {
    *("args", "arguments", "parameters", "params", "returns", "return", "raises", "yields", "note", "notes", "warning"),
    *(
        "warnings",
        "warns",
        "see also",
        "references",
        "attributes",
        "methods",
        "todo",
        "keyword args",
        "other parameters",
    ),
}


def pieces(docstring: str) -> tuple[Piece, ...]:
    """The pieces in order; fences, section titles, and blocks of other languages belong to none."""
    reader = _Reader(docstring)
    return tuple(reader.read(0, len(reader.lines), Layout.PROSE, depth=0))


@record(frozen=True, slots=True)
class _Opened:
    """A block in plain text, which ends at `plain_end`; the body is `first`..`last`-1 (layout None: skip it)."""

    layout: Layout | None
    plain_end: int
    first: int
    last: int
    after: int


class _Reader:
    """Walks the lines once. Line numbers count from 0; an end is the first line that no longer belongs."""

    def __init__(self, docstring: str) -> None:
        self.lines = docstring.split("\n")
        self.offsets = [0]
        for line in self.lines:
            self.offsets.append(self.offsets[-1] + len(line) + 1)

    def read(self, first: int, last: int, layout: Layout, depth: int) -> Iterator[Piece]:
        """What lies in first..last-1, where plain lines are of that layout; `depth` bounds blocks within blocks."""
        index = plain = first
        while index < last:
            opened = self._opened(index, last, depth)
            if opened is None:
                index += 1
                continue
            yield from self._piece(layout, plain, opened.plain_end)
            if opened.layout is Layout.DOCTEST:
                yield from self._piece(Layout.DOCTEST, opened.first, opened.last)
            elif opened.layout is Layout.CODE:
                yield from self.read(opened.first, opened.last, Layout.CODE, depth + 1)
            index = plain = opened.after
        yield from self._piece(layout, plain, last)

    def _piece(self, layout: Layout, first: int, last: int) -> Iterator[Piece]:
        if any(self.lines[index].strip() for index in range(first, last)):
            yield Piece(layout, self.offsets[first], self.offsets[last] - 1)

    def _opened(self, index: int, last: int, depth: int) -> _Opened | None:
        line = self.lines[index]
        if PROMPT.match(line):
            end = self._doctest_end(index, last)
            return _Opened(Layout.DOCTEST, index, index, end, end)
        if len(line) > MAX_MARKUP:
            return None
        if depth < 2 and (fence := FENCE.match(line)):
            end = self._fence_end(index, last, fence["mark"])
            return _Opened(_code(fence["language"]), index, index + 1, end, min(end + 1, last))
        directive = DIRECTIVE.match(line)
        if depth < 2 and directive and directive["name"] in CODE_DIRECTIVES:
            end = self._indented_end(index, last)
            return _Opened(_code(directive["argument"]), index, self._after_options(index + 1, end), end, end)
        if depth == 0 and self._title(index) in EXAMPLES:
            return self._section(index, last)
        if depth == 0 and not directive and line.rstrip().endswith("::"):
            end = self._indented_end(index, last)
            return _Opened(Layout.CODE, index + 1, index + 1, end, end)
        return None

    def _title(self, index: int) -> str | None:
        """The known section title that the line is, in small letters."""
        found = HEADING.match(self.lines[index])
        if not found or found["title"].lower() not in SECTIONS:
            return None
        underlined = index + 1 < len(self.lines) and UNDERLINE.match(self.lines[index + 1])
        return found["title"].lower() if found["mark"] or found["colon"] or underlined else None

    def _section(self, index: int, last: int) -> _Opened:
        """An Examples section: what is indented below its title, or all up to the next title if nothing is."""
        first = index + 1
        if first < last and UNDERLINE.match(self.lines[first]):
            first += 1
        end = self._indented_end(index, last)
        if not any(line.strip() for line in self.lines[first:end]):
            end = first
            while end < last and not self._title(end) and not FIELD.match(self.lines[end]):
                end += 1
        return _Opened(Layout.CODE, index, first, end, end)

    def _doctest_end(self, index: int, last: int) -> int:
        """Doctest ends at a blank line; we also end where markup begins that its authors did not mean as output."""
        indentation = _indentation(self.lines[index])
        end = index + 1
        while end < last and self.lines[end].strip():
            line = self.lines[end]
            if len(line) > MAX_MARKUP:
                end += 1
                continue
            if _indentation(line) < indentation or FENCE.match(line) or FIELD.match(line) or CUT.match(line):
                break
            end += 1
        return end

    def _fence_end(self, index: int, last: int, mark: str) -> int:
        end = index + 1
        while end < last and not self.lines[end].strip().startswith(mark):
            end += 1
        return end

    def _indented_end(self, index: int, last: int) -> int:
        """The end of the lines that stand further right than this one."""
        indentation = _indentation(self.lines[index])
        end = index + 1
        while end < last and (not self.lines[end].strip() or _indentation(self.lines[end]) > indentation):
            end += 1
        return end

    def _after_options(self, index: int, last: int) -> int:
        while index < last and self.lines[index].strip().startswith(":"):
            index += 1
        return index


def _code(language: str) -> Layout | None:
    return Layout.CODE if language.strip("{}.").lower() in PYTHON else None


def _indentation(line: str) -> int:
    return len(line) - len(line.lstrip())

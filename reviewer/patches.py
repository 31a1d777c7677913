"""A suggested replacement -> a patch that `git apply` takes, or none if it would not leave a function."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterator, Sequence

from reviewer.data import FunctionVersion
from reviewer.fragments import tree
from reviewer.linediff import common
from reviewer.quotes import Span, bare

CONTEXT = 3  # lines, as git has it
NO_LINE_END = "\n\\ No newline at end of file\n"
ESCAPES = {7: "\\a", 8: "\\b", 9: "\\t", 10: "\\n", 11: "\\v", 12: "\\f", 13: "\\r", 34: '\\"', 92: "\\\\"}


def patch(version: FunctionVersion, span: Span, replacement: str, data: bytes | None = None) -> str | None:
    """The unified diff that puts `replacement` in place of the quoted `span`.

    `data` are the bytes of the file. Without them the patch has `\\n` line ends and context of the function alone, and
    there is none for its last line, which git would look for at the end of the file. None also if the replacement
    changes nothing, if the function could not be parsed with it, or if the file is not the UTF-8 text of the version.
    """
    source = replaced(version, span, replacement)
    if source is None:
        return None
    before, after = ended(version.source), ended(source)
    if data is None:
        at_end = before[-1:] != after[-1:]
        return None if at_end else "".join(unified(version.path, before, after, version.line - 1))
    try:
        whole = data.decode("utf-8").split("\n")
    except UnicodeDecodeError:
        return None
    file = [line + "\n" for line in whole[:-1]] + ([whole[-1]] if whole[-1] else [])
    first, last = version.line - 1, version.line - 1 + len(before)
    there = file[first:last]
    if [line.rstrip("\r\n") for line in there] != [line.rstrip("\n") for line in before]:
        return None
    if there[0].endswith("\r\n"):
        after = [line.removesuffix("\n") + "\r\n" for line in after]
    if not there[-1].endswith("\n"):
        after[-1] = after[-1].rstrip("\r\n")
    return "".join(unified(version.path, file, [*file[:first], *after, *file[last:]], 0))


def ended(source: str) -> list[str]:
    """The lines of a function, each with its line end."""
    return [line + "\n" for line in source.removesuffix("\n").split("\n")]


def replaced(version: FunctionVersion, span: Span, replacement: str) -> str | None:
    """The function's source with the replacement, None if that is no change or no function.

    Where the quote was a part of a line, the replacement may be that part or the whole line: whichever leaves a
    function that can be parsed. Whole lines get the quote's indentation.
    """
    source = version.source
    text = bare(replacement, version).rstrip()
    if not text.strip():
        return None
    start = source.rfind("\n", 0, span.start) + 1
    end = source.find("\n", span.end)
    end = len(source) if end < 0 else end
    candidates = [source[:start] + form + source[end:] for form in indented(text, source[start:])]
    if source[start : span.start].strip() or source[span.end : end].strip():
        candidates.insert(0, source[: span.start] + text.strip() + source[span.end :])
    found = next((candidate for candidate in candidates if tree(candidate) is not None), None)
    return found if found is not None and found.split() != source.split() else None


def indented(text: str, place: str) -> Iterator[str]:
    """The text with its first line indented as `place` is: all lines moved alike, then the first one alone.

    A model that drops the first line's indentation may drop that of all lines, or keep the others as they were.
    """
    first, *others = text.strip("\n").split("\n")
    wanted, own = margin(place), margin(first)
    moved = (wanted + line.removeprefix(own) if line.startswith(own) and line.strip() else line for line in others)
    yield "\n".join((wanted + first.lstrip(), *moved))
    yield "\n".join((wanted + first.lstrip(), *others))


def margin(text: str) -> str:
    """The white space that the text begins with."""
    return text[: len(text) - len(text.lstrip(" \t"))]


def unified(path: str, before: Sequence[str], after: Sequence[str], offset: int) -> Iterator[str]:
    """A git diff of lines with their line ends, where `offset` lines of the file stand before them."""
    old, new = quoted_path("a/" + path), quoted_path("b/" + path)
    tab = "\t" if " " in path else ""  # as git ends a name with spaces
    yield f"diff --git {old} {new}\n--- {old}{tab}\n+++ {new}{tab}\n"
    same = common(before, after)
    skip = max(0, same - CONTEXT)
    rest = max(0, min(common(before[::-1], after[::-1]), min(len(before), len(after)) - same) - CONTEXT)
    before, after, offset = before[skip : len(before) - rest], after[skip : len(after) - rest], offset + skip
    for group in difflib.SequenceMatcher(None, before, after, autojunk=False).get_grouped_opcodes(CONTEXT):
        (_, i1, _, j1, _), (_, _, i2, _, j2) = group[0], group[-1]
        yield f"@@ -{offset + i1 + 1},{i2 - i1} +{offset + j1 + 1},{j2 - j1} @@\n"
        for kind, start, end, other_start, other_end in group:
            signs = (
                ((" ", before[start:end]),)
                if kind == "equal"
                else (("-", before[start:end]), ("+", after[other_start:other_end]))
            )
            for sign, lines in signs:
                yield from (sign + line + ("" if line.endswith("\n") else NO_LINE_END) for line in lines)


def quoted_path(path: str) -> str:
    """The path as git writes it: in quotes with C escapes if it holds anything but plain ASCII."""
    data = os.fsencode(path)
    if all(32 <= byte < 127 and byte not in ESCAPES for byte in data):
        return path
    return (
        '"' + "".join(ESCAPES.get(byte) or (chr(byte) if 32 <= byte < 127 else f"\\{byte:03o}") for byte in data) + '"'
    )


def applied(diff: str, data: bytes) -> bytes | None:
    """The file's bytes with a diff that `patch` made of exactly these bytes; None if its lines are not there."""
    lines = data.split(b"\n")
    whole = [line + b"\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])
    result: list[bytes] = []
    taken = 0
    for start, before, after in hunks(diff):
        if start < taken or whole[start : start + len(before)] != before:
            return None
        result += [*whole[taken:start], *after]
        taken = start + len(before)
    return b"".join([*result, *whole[taken:]])


def hunks(diff: str) -> Iterator[tuple[int, list[bytes], list[bytes]]]:
    """Each hunk of a diff that `patch` made: the index of its first line, its lines before and after."""
    parts = re.split(r"^@@ -(\d+),\d+ \+\d+,\d+ @@\n", diff, flags=re.MULTILINE)
    for start, text in zip(parts[1::2], parts[2::2], strict=True):
        before: list[bytes] = []
        after: list[bytes] = []
        for line in re.findall(r"[ +-][^\n]*\n(?:\\ [^\n]*\n)?", text):
            sides = {" ": (before, after), "-": (before,), "+": (after,)}[line[0]]
            content = line[1:].removesuffix(NO_LINE_END) if line.endswith(NO_LINE_END) else line[1:]
            for side in sides:
                side.append(content.encode("utf-8", "surrogatepass"))
        yield int(start) - 1, before, after

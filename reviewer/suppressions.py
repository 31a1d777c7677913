"""`# reviewer: ignore[category, ...] reason` in the code silences a finding; a bare `# reviewer: ignore` silences all.

It counts on a line of the finding, or on the function's decorators and `def` (through the end of its signature).
"""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Collection, Iterator, Mapping, Sequence

from reviewer.data import Category, ChangedFunction, Finding, FunctionVersion
from reviewer.fragments import standalone

# An unclosed bracket is a slip, and must not silence more than was meant.
COMMENT = re.compile(r"#\s*reviewer:\s*ignore\b(?![\w-])\s*(?:\[(?P<categories>[^\]]*)\]|(?!\[))", re.IGNORECASE)
EVERY = frozenset(str(category) for category in Category)


def apply(findings: Sequence[Finding], functions: Mapping[str, ChangedFunction]) -> tuple[tuple[Finding, ...], int]:
    """The findings that no comment silences, and how many are; `functions` by id."""
    ignored = {
        one.function_id: silenced(functions[one.function_id]) for one in findings if one.function_id in functions
    }
    kept = tuple(finding for finding in findings if not is_silenced(finding, ignored.get(finding.function_id, {})))
    return kept, len(findings) - len(kept)


def is_silenced(finding: Finding, ignored: Mapping[int, Collection[str]]) -> bool:
    """A comment on one of the finding's lines, or on the function's head (line 0), names its category."""
    return any(finding.category in ignored.get(line, ()) for line in (0, *range(finding.line, finding.end_line + 1)))


def silenced(function: ChangedFunction) -> dict[int, frozenset[str]]:
    """Categories silenced per line of the new file; 0 stands for the whole function."""
    version = function.version
    lines: dict[int, frozenset[str]] = {}
    head = True
    for token, line in tokens(version):
        if token.type == tokenize.COMMENT and (match := COMMENT.search(token.string)):
            place = 0 if head else line
            lines[place] = lines.get(place, frozenset()) | named(match["categories"])
        # The logical line of the `def` ends here: comments before it are on the head, a `def` inside is not the head.
        elif token.type == tokenize.NEWLINE and line >= version.def_line:
            head = False
    return lines


def named(categories: str | None) -> frozenset[str]:
    """The categories a comment names; without brackets all of them."""
    if categories is None:
        return EVERY
    return frozenset(name.strip().casefold() for name in categories.split(","))


def tokens(version: FunctionVersion) -> Iterator[tuple[tokenize.TokenInfo, int]]:
    """The tokens of the function with their lines in the new file; where the code is broken, those before that."""
    program, before = standalone(version.source)
    if "reviewer:" not in program.casefold():
        return
    try:
        for token in tokenize.generate_tokens(io.StringIO(program).readline):
            line = version.line + token.start[0] - 1 - before
            if line >= version.line:
                yield token, line
    except (tokenize.TokenError, SyntaxError):  # IndentationError is a SyntaxError
        return

"""Python in colours, for the page.

One expression splits the text, so that a fragment that starts or stops anywhere is as good as a file, every text takes
time in proportion to its length (a lexer that backtracks can be held up for minutes by what it is shown), and what is
not understood keeps its place without a colour.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterator

from reviewer.emitters import sanitise
from reviewer.emitters.html_nodes import Html, element, joined

_TOKEN = re.compile(
    r"""
      (?P<comment> \#[^\n]*+ )
    | (?P<string> (?:[rRbBuUfFtT]{1,2}(?=["']))?+
        (?: \"{3}(?:[^\\]|\\.?)*?(?:\"{3}|\Z) | '{3}(?:[^\\]|\\.?)*?(?:'{3}|\Z)
          | \"(?:[^"\\\n]|\\.)*+\"?           | '(?:[^'\\\n]|\\.)*+'? ) )
    | (?P<decorator> ^[ \t]*+@[\w.]++ )
    | (?P<definition> (?<=\bdef[ ])\w++ | (?<=\bclass[ ])\w++ )
    | (?P<number> \d[\w.]*+ )
    | (?P<word> \w++ )
    """,
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)
_CONSTANTS = {"True", "False", "None"}
_DIFF = {"+": "added", "-": "deleted", "@": "hunk"}


def tokens(text: str) -> Iterator[tuple[str, str]]:
    """Kind and text of each piece of some Python, in order; together they are the text. "" is a kind, too."""
    done = 0
    for match in _TOKEN.finditer(text):
        kind, word = match.lastgroup or "", match[0]
        if kind == "word":
            kind = "constant" if word in _CONSTANTS else "keyword" if keyword.iskeyword(word) else ""
        if kind:
            yield "", text[done : match.start()]
            yield kind, word
            done = match.end()
    yield "", text[done:]


def python(text: str) -> Html:
    """A block of code that keeps its lines."""
    return element("pre", element("code", *_colored(sanitise.block(text).rstrip("\n"))))


def promise(quote: str) -> Html:
    """What a docstring says: coloured where it is a session, plain where it is prose."""
    return python(quote) if ">>>" in quote else element("pre", element("code", quote.rstrip("\n")))


def numbered(text: str, first: int) -> Html:
    """A block of code with the numbers of its lines, which are not part of the text that is copied."""
    lines = enumerate(_lines(sanitise.block(text)), first)
    return _rows(element("span", *pieces, class_="line", data_line=str(number)) for number, pieces in lines)


def session(statements: tuple[str, ...]) -> Html:
    """Statements as an interactive session shows them."""
    return _rows(
        element("span", *pieces, class_="line", data_line="..." if number else ">>>")
        for statement in statements
        for number, pieces in enumerate(_lines(sanitise.block(statement)))
    )


def diff(patch: str) -> Html:
    """A patch; its signs stay, colour only repeats what they say."""
    lines = sanitise.block(patch).rstrip("\n").split("\n")
    heads = next((number for number, line in enumerate(lines) if line.startswith("@@")), 0)
    kinds = (_DIFF.get(line[:1], "same") if number >= heads else "hunk" for number, line in enumerate(lines))
    return _rows(element("span", line, class_=kind) for line, kind in zip(lines, kinds, strict=True))


def _rows(rows: Iterator[Html]) -> Html:
    return element("pre", element("code", joined(rows, "\n"), class_="rows"))


def _colored(text: str) -> Iterator[Html | str]:
    for kind, piece in tokens(text):
        yield element("span", piece, class_=kind) if kind else piece


def _lines(text: str) -> Iterator[list[Html | str]]:
    line: list[Html | str] = []
    for kind, piece in tokens(text):
        for number, part in enumerate(piece.split("\n")):
            if number:
                yield line
                line = []
            line.append(element("span", part, class_=kind) if kind else part)
    yield line

"""Calls with their results in running text. Pure. Strict: what is not surely an example is no example."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from reviewer.data import Expected, ExpectedKind
from reviewer.evidence.examples_notations import ARROW, NOTATIONS, Ends, Notation
from reviewer.evidence.examples_session import Step
from reviewer.evidence.examples_syntax import NAME, bracket_end, expression, trailers_end, value_end
from reviewer.evidence.examples_values import abbreviates, is_exception, is_value

MAX_CALLS = 500  # calls read in one piece of text
MAX_BEFORE = 200  # characters looked at before a call

RECEIVER = re.compile(r"[^\W\d]\w*(?:\((?:[^()\n]|\([^()\n]*\))*\))?(?:\.[^\W\d]\w*(?:\([^()\n]*\))?)*\.\Z")
BULLET = re.compile(r"[ \t]*(?:(?:[-*+•‣\u2013\u2014>|]|\d+[.)])[ \t]+)?\Z")
ASSIGNED = re.compile(r"[ \t]*[^\W\d]\w*[ \t]*=\Z")
LAST_WORD = re.compile(r"[\w']+\Z")
# Words after which a call with its result is a condition, a denial, or part of a larger expression.
NO_PROMISE = frozenset(
    {
        *(
            "not",
            "never",
            "cannot",
            "or",
            "if",
            "while",
            "unless",
            "until",
            "when",
            "whenever",
            "whether",
            "lambda",
            "in",
        ),
        *(
            "return",
            "yield",
            "for",
            "is",
            "elif",
            "else",
            "del",
            "def",
            "class",
            "import",
            "instead",
            "of",
            "than",
            "was",
        ),
        *("without", "like", "unlike", "previously", "formerly", "before", "assuming", "suppose", "wrong", "because"),
    }
)
JOINED = re.compile(r"[\s`*]*(?:,|;|/|or|and|&)?(?:\s*(?:or|and))?[\s`*]*")
CLAUSE = re.compile(r"\s*[.;:]\s")
END = re.compile(r"[ \t]*(?:\Z|\n)|[.;](?=\s|\Z)|[ \t]*[)\]}`*\u201d\u2019](?!\w)|[ \t]+#(?![ \t]*False\b)|;|[ \t]*\|")
SENTENCE_END = re.compile(r"\s*\Z|\s*\n[ \t]*(?:\n|[-*+•:@.>]|\d+[.)])|[.;](?=\s|\Z)|[ \t]*[)`\u201d\u2019](?!\w)")
LINE_LEFT = re.compile(r"[ \t]*\.?[ \t]*(?:\Z|\n)")
GOES_ON = re.compile(r",?\s+(?:but|while|whereas|because|since|not)\b")
NEXT_CALL = re.compile(rf",?\s+(?:and\s+)?`{{0,2}}(?:{NAME})\(")
EXCEPTION = re.compile(
    r"(?::\w+(?::\w+)*:)?[`~]{0,3}(?P<name>[^\W\d]\w*(?:\.[^\W\d]\w*)*)`{0,2}(?P<message>:[ \t][^\n]*)?"
)


def steps(docstring: str, start: int, end: int, name: str, *, attribute: bool) -> Iterator[Step]:
    """The examples in the characters start..end whose call names `name`; `attribute`: it is read, not called."""
    text = docstring[:end]
    called = rf"(?<=\.){re.escape(name)}\b(?!\()" if attribute else rf"(?<!\w){re.escape(name)}\("
    free = start
    listed = -1  # where a call ended that had no result of its own
    for number, found in enumerate(re.finditer(called, text[start:])):
        if number == MAX_CALLS:
            return
        at, after = found.start() + start, found.end() + start
        if at < free:
            continue
        begin = _receiver_start(text, at)
        stop = after if attribute else bracket_end(text, after - 1)
        stop = trailers_end(text, stop) if stop else None
        if stop is None:
            yield from _unclosed(text, begin, after)
            continue
        joined = listed >= 0 and begin - listed <= MAX_BEFORE and JOINED.fullmatch(text, listed, begin)
        step = None if joined or not _promises(text, begin) else _read(text, begin, stop)
        listed = -1 if step else stop
        if step:
            free = max(stop, begin + len(step.quote))
            yield step


def _receiver_start(text: str, at: int) -> int:
    """Where the expression before the name's dot begins."""
    if at == 0 or text[at - 1] != ".":
        return at
    near = max(text.rfind("\n", 0, at) + 1, at - MAX_BEFORE)
    found = RECEIVER.search(text[near:at])
    return near + found.start() if found else at


def _before(text: str, begin: int) -> str:
    return text[max(text.rfind("\n", 0, begin) + 1, begin - MAX_BEFORE) : begin]


def _promises(text: str, begin: int) -> bool:
    """Whether what stands before a call leaves it an expression and a promise of its own."""
    before = _before(text, begin).rstrip("`\u201c\u2018")
    if BULLET.match(before):
        return True
    before = before.rstrip()
    if ASSIGNED.match(before):
        return True
    if before.endswith(("await", "assert")):
        return True
    word = LAST_WORD.search(before)
    if word:
        clause = CLAUSE.split(before)[-1].lower().split()
        denied = any(part in ("not", "never", "cannot") or part.endswith("n't") for part in clause)
        return not denied and word[0].lower() not in NO_PROMISE
    if before.endswith("("):
        return not before[-2:-1].isalnum()
    return before.endswith((",", ";", ":", ".", "\u2014", "\u2013", ")"))


def _read(text: str, begin: int, stop: int) -> Step | None:
    code = text[begin:stop]
    call = expression(code)
    if call is None or any(abbreviates(node) for node in ast.walk(call)):
        return None
    marks = re.compile("`{0,2}").match(text, stop)
    after = marks.end() if marks else stop
    before = _before(text, begin)
    for notation in NOTATIONS:
        between = notation.between.match(text, after)
        if between is None:
            continue
        if notation.begins_line and not BULLET.match(before.rstrip("`")):
            return None
        if notation.name == "comment" and ASSIGNED.match(before.rstrip()):
            return None  # `limit = f(3)  # 3` tells what the line is about as often as what the call returns
        result = _result(text, between.end(), notation)
        if result is None:
            return None
        expected, end = result
        if _signature(call, expected):
            return None
        literal = any(isinstance(node, ast.Constant) for node in ast.walk(call))
        return Step(code, text[begin:end], expected, runs=False, inline=True, certain=literal)
    return None


def _result(text: str, start: int, notation: Notation) -> tuple[Expected, int] | None:
    """The result at `start` and where it ends; None if none stands there, or more than one could be meant."""
    if notation.raises:
        found = EXCEPTION.match(text, start)
        if found is None or not (found["message"] or _ends(text, found.end(), notation.ends)):
            return None
        return _exception(found["name"]), found.end() - len(found["message"] or "")
    quoted = re.compile(r"(`{1,2})([^`]+)\1").match(text, start)
    if quoted:
        value, end = quoted[2], quoted.end()
    else:
        stop = _value_end(text, start)
        if stop is None:
            return None
        value, end = text[start:stop], stop
    tree = expression(value)
    if tree is None or not _ends(text, end, notation.ends):
        return None
    if isinstance(tree, ast.Tuple) and bracket_end(value, 0) != len(value):
        value = f"({value})"
    if isinstance(tree, ast.Name) and is_exception(tree.id):
        return _exception(tree.id), end
    return (Expected(ExpectedKind.VALUE, value), end) if is_value(tree) else None


def _value_end(text: str, start: int) -> int | None:
    """The end of a value, or of several with commas between: `1, 2` is a tuple, `1, f(2)` is not."""
    end = value_end(text, start)
    while end is not None:
        comma = re.compile(r",[ \t]*(?=\S)").match(text, end)
        if comma is None or GOES_ON.match(text, end) or NEXT_CALL.match(text, end):
            return end
        following = value_end(text, comma.end())
        if following is None:
            return end
        if not _ends(text, following, Ends.LINE) and text[following : following + 1] != ",":
            return None
        end = following
    return None


def _ends(text: str, end: int, ends: Ends) -> bool:
    if ends is Ends.ALONE:
        return bool(LINE_LEFT.match(text, end))
    over = SENTENCE_END if ends is Ends.SENTENCE else END
    return bool(over.match(text, end) or GOES_ON.match(text, end) or NEXT_CALL.match(text, end))


def _exception(name: str) -> Expected:
    return Expected(ExpectedKind.EXCEPTION, None, name)


def _signature(call: ast.expr, expected: Expected) -> bool:
    """`f() -> None` and `f(a, b) -> None` tell the type, not a result."""
    if expected.text != "None":
        return False
    return not any(
        isinstance(node, ast.Constant | ast.List | ast.Dict | ast.Tuple | ast.Set) for node in ast.walk(call)
    )


def _unclosed(text: str, begin: int, after: int) -> Iterator[Step]:
    """A call that never closes, though a result stands behind it and it began with a literal."""
    line_end = text.find("\n", after)
    line = text[begin : min(line_end if line_end >= 0 else len(text), begin + MAX_BEFORE)]
    literal = text[after : after + 1] in "0123456789-\"'[{("
    if (
        after < len(text)
        and literal
        and _promises(text, begin)
        and re.search(rf"[\])}}\w\"'] *(?:{ARROW}|==) *\S", line)
    ):
        yield Step(line.strip(), line.strip(), broken="its brackets or quotes do not close", runs=False)

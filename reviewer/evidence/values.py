"""Literal values and what to try instead of them, as Python text. Pure."""

from __future__ import annotations

import ast
import math
import re
import textwrap
from collections.abc import Iterable, Iterator

from reviewer.records import record

LARGE = 1_000_000  # large enough for overflow and grouping of digits, small enough to loop over
HALVES = (2.5, 0.125, 1.005)  # half-way for rounding to none and two digits, and one that is stored as a little less
_SHORT = 8  # longest string constant of the code that is tried as a value


@record(frozen=True, slots=True)
class Constants:
    """What the code mentions: numbers it compares with first, then others; short strings."""

    numbers: tuple[float, ...] = ()
    strings: tuple[str, ...] = ()


NO_CONSTANTS = Constants()


def text_of(value: object) -> str:
    """Python for a literal value, also for the floats and empty sets that have no literal."""
    if isinstance(value, float) and not math.isfinite(value):
        return f"float('{value}')"
    if isinstance(value, list | tuple | set | frozenset | dict):
        return ast.unparse(_node(value))
    return repr(value)


def _node(value: object) -> ast.expr:
    return ast.parse(_display(value), mode="eval").body


def _display(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_display(key)}: {_display(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_display, value)) + "]"
    if isinstance(value, tuple):
        return "(" + "".join(f"{_display(item)}, " for item in value) + ")"
    if isinstance(value, frozenset):
        return f"frozenset({_display(set(value)) if value else ''})"
    if isinstance(value, set):
        return "{" + ", ".join(sorted(map(_display, value))) + "}" if value else "set()"
    return text_of(value)


def constants(sources: Iterable[str]) -> Constants:
    """The constants of these functions' code, docstrings apart; code that does not parse has none."""
    compared: list[float] = []
    others: list[float] = []
    strings: list[str] = []
    for source in sources:
        try:
            tree = ast.parse(textwrap.dedent(source))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        in_comparisons = {id(node) for compare in _compares(tree) for node in ast.walk(compare)}
        docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            if not isinstance(node, ast.Constant) or id(node) in docstrings or isinstance(node.value, bool):
                continue
            if isinstance(node.value, int | float):
                (compared if id(node) in in_comparisons else others).append(node.value)
            elif isinstance(node.value, str) and 0 < len(node.value) <= _SHORT:
                strings.append(node.value)
    around = [number for value in compared for number in (value, value - 1, value + 1)]
    return Constants(tuple(dict.fromkeys([*around, *others])), tuple(dict.fromkeys(strings)))


def _compares(tree: ast.AST) -> Iterator[ast.AST]:
    """Comparisons, and what bounds something: `range(...)`, slices, match cases."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare | ast.Slice | ast.MatchValue) or (
            isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"range", "min", "max"}
        ):
            yield node


def variants(value: object, known: Constants = NO_CONSTANTS) -> list[str]:
    """What to try instead of a literal value, the most telling first; never the value itself, nothing twice."""
    own = text_of(value)
    return [text for text in dict.fromkeys(_variants(value, known)) if text != own]


def _variants(value: object, known: Constants) -> Iterator[str]:
    if isinstance(value, bool):
        yield from (repr(not value), "None")
    elif isinstance(value, int | float):
        yield from _numbers(value, known)
    elif isinstance(value, str):
        yield from _strings(value, known)
    elif isinstance(value, bytes):
        yield from map(text_of, (b"", value + value, value[:1], b"\xff", value[::-1]))
        yield from (text_of(value.decode("latin-1")), f"bytearray({value!r})")
    elif isinstance(value, list | tuple):
        yield from _sequences(value, known)
    elif isinstance(value, dict):
        yield from _mappings(value, known)
    elif isinstance(value, set | frozenset):
        ordered = sorted(value, key=repr)
        yield from map(text_of, (type(value)(), type(value)(ordered[:1]), ordered))
    elif value is None:
        yield from ("0", "''", "[]", "1", "'a'")


def _numbers(value: float, known: Constants) -> Iterator[str]:
    whole = isinstance(value, int)
    kind = int if whole else float
    mentioned = [number for number in known.numbers if isinstance(number, int) or not whole][:9]
    yield from (text_of(kind(0)), text_of(-value))
    yield from (text_of(number) for number in mentioned)
    yield from (text_of(kind(1)), text_of(kind(-1)), text_of(value + 1), text_of(value - 1))
    yield from map(text_of, HALVES)
    if whole and abs(value) < 2**53:
        yield text_of(float(value) + 0.5)
    elif not whole:
        yield text_of(int(value) if math.isfinite(value) else 0)
        yield from ("float('inf')", "float('nan')")
    yield from (text_of(str(value)), text_of(kind(LARGE)))


def _strings(value: str, known: Constants) -> Iterator[str]:
    yield text_of("")
    yield from map(text_of, _of_same_form(value))
    for string in known.strings[:6]:
        yield from (text_of(value + string), text_of(string))
    parts = (value[:1], value + value, value[::-1], f" {value} ", value.swapcase(), f"{value}é", "ß漢字", "0", " ")
    yield from map(text_of, parts)
    for string in known.strings[:6]:
        yield text_of(string + value)
    yield from (text_of(value.encode()), text_of(list(value)), text_of(f"{value}\n{value}"), "None")


def _of_same_form(value: str) -> tuple[str, ...]:
    """Other texts of the form that this one has: a number, a date, a time of day."""
    if re.fullmatch(r"[-+]?\d+", value):
        return ("0", f"-{value.lstrip('-+')}", "1", f"0{value}", f"{value}.5")
    if re.fullmatch(r"[-+]?\d*\.\d+", value):
        return ("0", f"-{value.lstrip('-+')}", *map(str, HALVES))
    if re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        return ("2024-02-29", "2023-12-31")
    if re.fullmatch(r"\d\d:\d\d", value):
        return ("00:00", "23:59")
    return ()


def _sequences(value: list[object] | tuple[object, ...], known: Constants) -> Iterator[str]:
    kind = type(value)
    items = list(value)
    yield from (text_of(kind()), text_of(kind(items[:1])), text_of(kind(items[::-1])), text_of(kind(items + items)))
    yield from (text_of(kind([item] * 2)) for item in items[:1])
    if len(items) > 1:
        yield text_of(kind([*items[:-1], items[0]]))  # equal items apart from each other
    if len({type(item) for item in items}) > 1:  # the code tells kinds apart
        yield text_of(kind(["ab", *items[1:]]))
    sibling: list[object] | tuple[object, ...] = tuple(items) if kind is list else items
    yield from (text_of(sibling), f"iter({text_of(items)})")
    for place in dict.fromkeys([0, len(items) - 1]) if items else ():
        for other in variants(items[place], known)[:4]:
            texts = [text_of(item) for item in items]
            texts[place] = other
            yield "[" + ", ".join(texts) + "]" if kind is list else "(" + "".join(f"{text}, " for text in texts) + ")"
    if all(isinstance(item, str) for item in items) and items:
        yield text_of("".join(map(str, items)))


def _mappings(value: dict[object, object], known: Constants) -> Iterator[str]:
    items = list(value.items())
    equal = dict.fromkeys(value, items[0][1]) if items else {}
    yield from map(text_of, ({}, equal, dict(items[:1]), dict(items[1:]), dict(items[::-1])))
    if not items:
        return
    (key, item), rest = items[0], dict(items[1:])
    others = "".join(f", {text_of(k)}: {text_of(v)}" for k, v in rest.items())
    for other in variants(item, known)[:4]:
        yield f"{{{text_of(key)}: {other}{others}}}"
    for other in variants(key, known)[:2]:
        yield f"{{{other}: {text_of(item)}{others}}}"
    yield text_of([list(pair) for pair in items])

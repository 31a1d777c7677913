"""Literal values and what to try instead of them, as Python text. Pure."""

from __future__ import annotations

import ast
import math
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

LARGE = 1_000_000  # large enough for overflow and grouping of digits, small enough to loop over
_SHORT = 8  # longest string constant of the code that is tried as a value


@dataclass(frozen=True, slots=True)
class Constants:
    """What the code mentions: numbers it compares with first, then others; short strings."""

    numbers: tuple[float, ...] = ()
    strings: tuple[str, ...] = ()


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


def same_kind(text: str, value: object) -> bool:
    """Whether the text is a literal of the value's type, and its items are of the types the value's items have."""
    try:
        other = ast.literal_eval(text)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return text == "set()" and isinstance(value, set)
    return _kinds(other) <= _kinds(value)


def _kinds(value: object, at: str = "") -> frozenset[str]:
    """The type, and the types inside it with where they stand; `1` and `True` are of different types."""
    here = f"{at}{type(value).__name__}"
    inside: list[frozenset[str]] = []
    if isinstance(value, dict):
        inside = [_kinds(key, f"{here}: key ") | _kinds(item, f"{here}: ") for key, item in value.items()]
    elif isinstance(value, list | tuple | set | frozenset):
        inside = [_kinds(item, f"{here}: ") for item in value]
    return frozenset([here]).union(*inside)


def variants(value: object, known: Constants = Constants()) -> list[str]:
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
    sibling = float(value) + 0.5 if whole and abs(value) < 2**53 else value
    yield from (text_of(sibling), text_of(int(value) if not whole and math.isfinite(value) else float(LARGE)))
    yield from (text_of(kind(LARGE)), text_of(kind(-LARGE)))
    if not whole:
        yield from ("float('inf')", "float('nan')")
    yield text_of(str(value))


def _strings(value: str, known: Constants) -> Iterator[str]:
    yield text_of("")
    for string in known.strings[:6]:
        yield from (text_of(value + string), text_of(string))
    parts = (value[:1], value + value, value[::-1], f" {value} ", value.swapcase(), f"{value}é", "ß漢字", "0", " ")
    yield from map(text_of, parts)
    for string in known.strings[:6]:
        yield text_of(string + value)
    yield from (text_of(value.encode()), text_of(list(value)), text_of(f"{value}\n{value}"), "None")


def _sequences(value: list[object] | tuple[object, ...], known: Constants) -> Iterator[str]:
    kind = type(value)
    items = list(value)
    yield from (text_of(kind()), text_of(kind(items[:1])), text_of(kind(items[::-1])), text_of(kind(items + items)))
    yield from (text_of(kind([item] * 2)) for item in items[:1])
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
    yield from map(text_of, ({}, dict(items[:1]), dict(items[1:]), dict(items[::-1])))
    if not items:
        return
    (key, item), rest = items[0], dict(items[1:])
    others = "".join(f", {text_of(k)}: {text_of(v)}" for k, v in rest.items())
    for other in variants(item, known)[:4]:
        yield f"{{{text_of(key)}: {other}{others}}}"
    for other in variants(key, known)[:2]:
        yield f"{{{other}: {text_of(item)}{others}}}"
    yield text_of([list(pair) for pair in items])

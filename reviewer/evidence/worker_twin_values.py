"""Arguments of recorded calls: how they are told apart, shown, and varied.

Runs in the user's Python (3.9 and newer) and imports the standard library only. What is asked here in the process that
runs the user's tests looks at builtin types only: no code of a foreign class runs, and no iterator is used up.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from itertools import zip_longest
from types import CodeType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING or __package__:
    from reviewer.evidence import worker_canon as canon
else:
    import worker_canon as canon

ATOMS = (bool, int, float, complex, str, bytes, type(None))
MAX_LITERAL = 2000
MAX_SEEN = 8
ADDRESS = re.compile(r"\b0x[0-9a-fA-F]{6,}")
Variant = tuple[str, Any, bool]  # parameter, value, whether it is of the kind that was recorded


class Still(canon.Form):
    """A canonical form that uses up no iterator."""

    def _foreign(self, value: Any, kind: type, depth: int) -> str:
        if canon.is_iterator(value):
            return f"<{canon.type_name(kind)}>"
        return super()._foreign(value, kind, depth)


def still(value: object, size: int = canon.MAX_CHARACTERS // 2) -> str:
    """The canonical text of an argument, which stays as it is."""
    try:
        text = Still().of(value, 0)
    except Exception as error:  # a class that cannot be looked at
        text = f"<{canon.type_name(type(value))}: {type(error).__name__}>"
    text = ADDRESS.sub("0x...", text)
    return text if len(text) <= size else canon._cut(text, size)


def literal(value: object) -> str | None:
    """The text of a plain value that evaluates to an equal one, None for any other."""
    if not _plain(value, [2000]):
        return None
    text = repr(value)
    if len(text) > MAX_LITERAL or "nan" in text or "inf" in text:
        return None
    return text


def _plain(value: Any, budget: list[int]) -> bool:
    budget[0] -= 1
    kind = type(value)
    if budget[0] < 0:
        return False
    if kind in ATOMS:
        return kind not in (str, bytes) or len(value) <= MAX_LITERAL
    if kind in (list, tuple):
        return all(_plain(one, budget) for one in value)
    if kind is dict:
        return all(_plain(key, budget) and _plain(one, budget) for key, one in value.items())
    return kind is set and bool(value) and all(_plain(one, budget) for one in sorted(value, key=repr))


class Seen:
    """The plain values that each parameter of a function had so far."""

    def __init__(self) -> None:
        self.texts: dict[str, list[str]] = {}

    def note(self, name: str, text: str) -> None:
        """Remember a value by its text."""
        texts = self.texts.setdefault(name, [])
        if text not in texts and len(texts) < MAX_SEEN and len(text) <= 200:
            texts.append(text)


def constants(codes: Iterable[CodeType], space: dict[str, Any]) -> list[Any]:
    """Plain constants that the code mentions, and numbers and short texts among the globals it names."""
    found: dict[tuple[type, Any], None] = {}
    for code in codes:
        for one in _constants(code, space):
            if type(one) in (int, float, str, bytes) and (type(one) in (int, float) or len(one) <= 40):
                found[type(one), one] = None
    return [value for _, value in found][:40]


def _constants(code: CodeType, space: dict[str, Any]) -> Iterator[Any]:
    texts = iter(code.co_consts)
    for one in texts:
        if isinstance(one, CodeType):
            yield from _constants(one, space)
        elif type(one) in (tuple, frozenset):
            yield from one
        else:
            yield one
    for name in code.co_names:
        one = space.get(name)
        if type(one) in (int, float, str, bytes, bool):
            yield one


def variants(values: dict[str, Any], known: list[Any], seen: Seen) -> list[Variant]:
    """Each simple argument in turn replaced: the first of every parameter, then the second of every one, and so on."""
    columns = []
    for name, value in values.items():
        text = literal(value)
        if text is None:
            continue
        kinds = {type(value), *(type(ast.literal_eval(one)) for one in seen.texts.get(name, ()))} - {type(None)}
        others = [ast.literal_eval(one) for one in seen.texts.get(name, ())]
        texts = {text}
        column: list[Variant] = []
        for other in _alternate([*_near(value), *others], [*_from_constants(value, known)], _siblings(value)):
            said = literal(other) or repr(other)
            if said not in texts:
                texts.add(said)
                column.append((name, other, type(other) in kinds))
        columns.append(column)
    return [one for row in zip_longest(*columns) for one in row if one is not None]


def _alternate(near: list[Any], known: list[Any], siblings: list[Any]) -> list[Any]:
    mixed = [one for pair in zip_longest(near, known, fillvalue=...) for one in pair if one is not ...]
    return [*mixed[:10], *siblings[:1], *mixed[10:20], *siblings[1:], *mixed[20:]]


def _near(value: Any) -> list[Any]:
    """Boundary values of a value's type."""
    kind = type(value)
    if kind is bool:
        return [not value]
    if kind is int:
        return [0, -value, value + 1, value - 1, 1, -1, 2, 10 * value, 1000]
    if kind is float:
        return [0.0, -value, value + 0.5, 1.0, -0.5, 1e16, float("inf"), float("nan")]
    if kind is complex:
        return [0j, -value]
    if kind is str:
        return ["", value[:-1], value + value, f" {value} ", value.swapcase(), "a", "0", value + "\n", value[::-1], "é"]
    if kind is bytes:
        return [b"", value[:-1], value + value, b"\x00", b"\xff"]
    if kind is list:
        return [[], value[:1], value + value, value[::-1], value[1:], *([[*value, None]] if value else [])]
    if kind is tuple:
        return [(), value[:1], value + value, value[::-1]]
    if kind is dict:
        items = list(value.items())
        return [{}, dict(items[:1]), dict(items[1:]), dict(items[::-1])]
    if kind is set:
        return [set(), set(sorted(value, key=repr)[:1])]
    return [0, 1, "", "a", [], True]  # for None: what a caller may give instead


def _from_constants(value: Any, known: list[Any]) -> list[Any]:
    """The constants that could stand for a value, and what lies beside them."""
    found: list[Any] = []
    for one in known:
        if type(value) in (int, float) and type(one) in (int, float):
            found += [one, one + 1, one - 1]
        elif type(value) in (str, bytes) and type(one) is type(value) and one:
            found += [one, value + one, one + value]
        elif type(value) in (list, tuple) and value and type(one) is type(value[0]):
            found.append(type(value)([one, *value]))
    return found


def _siblings(value: Any) -> list[Any]:
    """The same contents in another type, and None."""
    kind = type(value)
    if kind is str:
        return [value.encode("utf-8", "replace"), None, 1]
    if kind is bytes:
        return [value.decode("latin-1"), None]
    if kind is list:
        return [tuple(value), None, iter(value)]
    if kind is tuple:
        return [list(value), None]
    if kind is int:
        return [float(value) if abs(value) < 1 << 53 else 0.5, None, str(value)]
    if kind is float:
        return [int(value) if abs(value) < 1 << 53 else 1, None]
    return [] if value is None or kind is bool else [None]

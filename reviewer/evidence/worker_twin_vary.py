"""Arguments of recorded calls, varied: boundary values, and what the code and the call's own objects hold.

Runs in the user's Python (3.9 and newer) and imports the standard library only. What is asked here in the process that
runs the user's tests looks at builtin types only: no code of a foreign class runs, and no iterator is used up.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from itertools import islice, zip_longest
from types import CodeType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING or __package__:
    from reviewer.evidence import worker_canon as canon
    from reviewer.evidence import worker_twin_values as twin_values
else:
    import worker_canon as canon
    import worker_twin_values as twin_values

Variant = tuple[str, Any, bool]  # argument, value, whether it is of the kind that was recorded
MAX_HELD = 12
MAX_ITEMS = 3  # of a collection that are varied in their place


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


def variants(parts: dict[str, Any], known: list[Any], seen: twin_values.Seen) -> list[Variant]:
    """Each simple argument in turn replaced: the first of every parameter, then the second of every one, and so on."""
    columns = []
    for name, value in parts.items():
        text = twin_values.literal(value)
        if text is None:
            continue
        others = [ast.literal_eval(one) for one in seen.texts.get(name, ())]
        kinds = {type(value), *map(type, others)} - {type(None)}
        around = held(one for other, one in parts.items() if other != name)
        texts = {text}
        column: list[Variant] = []
        likely = [[*_near(value), *others], _inside(value), _from_state(value, around), _from_constants(value, known)]
        for other in _alternate(*likely, _siblings(value)):
            said = twin_values.literal(other) or repr(other)
            if said not in texts:
                texts.add(said)
                column.append((name, other, type(other) in kinds))
        columns.append(column)
    return [one for row in zip_longest(*columns) for one in row if one is not None]


def held(values: Iterable[Any]) -> list[Any]:
    """Numbers and short texts that these values hold: a collection's items, an object's attributes and their items."""
    found: dict[tuple[type, Any], None] = {}
    for value in values:
        foreign = type(value).__module__ not in ("builtins", "unittest.mock")
        for one in canon.attributes(value).values() if foreign else (value,):
            for atom in _items(one, foreign):
                found[type(atom), atom] = None
    return [atom for _, atom in found][:MAX_HELD]


def _items(value: Any, alone: bool) -> list[Any]:
    """The numbers and short texts among a collection's first items; `alone`: the value itself if it is one."""
    kind = type(value)
    items: Iterable[Any] = (value,) if alone else ()
    if kind is dict:
        items = (part for pair in islice(value.items(), MAX_HELD) for part in pair)
    elif kind in (list, tuple):
        items = value[:MAX_HELD]
    elif kind is set and len(value) <= MAX_HELD:
        items = value
    atoms = [one for one in items if type(one) in (int, float) or (type(one) in (str, bytes) and 0 < len(one) <= 40)]
    # A set's order is not the same in the next process.
    return sorted(atoms, key=repr) if kind is set else atoms


def _alternate(*sources: list[Any]) -> list[Any]:
    """Near, held and constant values in turn, and a value of another type now and then."""
    *plain, siblings = sources
    mixed = [one for row in zip_longest(*plain, fillvalue=...) for one in row if one is not ...]
    return [*mixed[:10], *siblings[:1], *mixed[10:20], *siblings[1:], *mixed[20:]]


def _inside(value: Any) -> list[Any]:
    """A collection with one of its first items replaced by a boundary value of its type."""
    kind = type(value)
    if kind not in (list, tuple, dict) or not value:
        return []
    found = []
    places = list(value)[:MAX_ITEMS] if kind is dict else range(min(MAX_ITEMS, len(value)))
    for place in places:
        item = value[place]
        for other in _near(item)[:2] if type(item) in (bool, int, float, str, bytes) else ():
            if kind is dict:
                found.append({**value, place: other})
            else:
                found.append(kind((*value[:place], other, *value[place + 1 :])))
    return found


def _from_state(value: Any, around: list[Any]) -> list[Any]:
    """What the call's other arguments hold that could stand for a value, and what lies beside it."""
    if type(value) in (int, float):
        numbers = [one for one in around if type(one) in (int, float)]
        return [*numbers, *(one + 1 for one in numbers), *(one - 1 for one in numbers)]
    return [one for one in around if type(one) is type(value)]


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

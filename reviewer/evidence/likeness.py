"""Whether two canonical texts of values differ in what a caller can rely on. Pure.

Two versions may show one value differently: a class now lives in another module of its package, a function inside
another one has another name, or an object keeps a private attribute more, less, or under another name. What both
versions hold is compared as ever.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from reviewer.data import CaseResult, Outcome, OutcomeKind

Part = str | list["Part"]

TOKEN = re.compile(r"""b?'(?:[^'\\]|\\.)*'|b?"(?:[^"\\]|\\.)*"|[A-Za-z_][\w.]*=?|, |.""", re.DOTALL)
MIDDLE = re.compile(r"^([^.]+)\.(?:[^.]+\.)+([^.]+)$")
LOCAL = re.compile(r"<function ([\w.]+)\.<locals>\.(?:<lambda>|<locals>|[\w.])+>")
NAMED = re.compile(r"\w+ = ")
OPENING, CLOSING = "([{<", ")]}>"
DEEPEST = 100


def alike(one: CaseResult, other: CaseResult) -> bool:
    """Whether two runs did the same, as far as a caller can rely on it."""
    return outcomes(one.outcome, other.outcome) and effects(one.effects, other.effects)


def outcomes(one: Outcome, other: Outcome) -> bool:
    """Whether two outcomes are the same. The wording of an exception is not behaviour."""
    if one.kind is not other.kind or named(one.type or "") != named(other.type or ""):
        return False
    if one.kind is OutcomeKind.RAISED:
        return True
    if one.kind is not OutcomeKind.RETURNED:
        return replace(one, type=None) == replace(other, type=None)
    return one.message == other.message and values(one.value or "", other.value or "")


def effects(one: str, other: str) -> bool:
    """Whether two calls left the same: lines of `name = canonical text`, then what was printed, as it is."""
    before, after = one.splitlines(), other.splitlines()
    return one == other or (
        len(before) == len(after)
        and all(
            left == right or (NAMED.match(left) is not None and values(left, right))
            for left, right in zip(before, after, strict=True)
        )
    )


def values(one: str, other: str) -> bool:
    """Whether two canonical texts show the same value."""
    if one == other:
        return True
    try:
        return same(*(tree(LOCAL.sub(r"<function \1.<locals>>", text)) for text in (one, other)))
    except ValueError:  # cut off, or no canonical text
        return False


def named(name: str) -> str:
    """A dotted name without the modules between its package and its last part."""
    return MIDDLE.sub(r"\1.\2", name)


def tree(text: str) -> list[Part]:
    """The text as nested groups, each beginning with its bracket. Raises ValueError where they do not fit together."""
    stack: list[list[Part]] = [[""]]
    for token in TOKEN.findall(text):
        if token in CLOSING:
            if len(stack) < 2 or CLOSING[OPENING.index(str(stack[-1][0]))] != token:
                raise ValueError(text)
            stack.pop()
        elif token in OPENING:
            group: list[Part] = [token]
            stack[-1].append(group)
            stack.append(group)
        else:
            stack[-1].append(token)
        if len(stack) > DEEPEST:
            raise ValueError(text)
    if len(stack) > 1:
        raise ValueError(text)
    return stack[0]


def same(one: list[Part], other: list[Part]) -> bool:
    """Whether two groups hold the same, apart from private attributes that one of them lacks."""
    before, after = list(items(one)), list(items(other))
    common = {"", *map(private, before)} & {"", *map(private, after)}
    before, after = ([item for item in side if private(item) in common] for side in (before, after))
    return len(before) == len(after) and all(map(same_item, before, after))


def items(group: list[Part]) -> Iterator[list[Part]]:
    """What a group holds, apart at its commas."""
    item: list[Part] = []
    for part in group[1:]:
        if part == ", ":
            yield item
            item = []
        else:
            item.append(part)
    if item:
        yield item


def private(item: list[Part]) -> str:
    """The name of the private attribute that an item gives, "" where it gives none."""
    key = item[0] if item and isinstance(item[0], str) else ""
    return key if key.startswith("_") and key.endswith("=") and not key.startswith("__") else ""


def same_item(one: list[Part], other: list[Part]) -> bool:
    """Whether two items are the same, part by part."""
    return len(one) == len(other) and all(map(same_part, one, other))


def same_part(one: Part, other: Part) -> bool:
    """Whether two parts are: groups by what they hold, names by package and last part."""
    if isinstance(one, str) and isinstance(other, str):
        return one == other or (not one.startswith(("'", '"', "b'", 'b"')) and named(one) == named(other))
    return isinstance(one, list) and isinstance(other, list) and one[0] == other[0] and same(one, other)

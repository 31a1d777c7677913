"""Whether callers may well pass a value where a documented example passes another. Pure."""

from __future__ import annotations

import ast
import codecs
import re

_NUMBERS = re.compile(r"\b(?:float|complex|Real|Number|number|SupportsFloat)\b")
_SEQUENCES = re.compile(r"\b(?:Sequence|Iterable|Collection|Container|iterable|sequence)\b")
_ITERABLES = re.compile(r"\b(?:Iterable|Iterator|AnyIterable|iterable|iterator)\b")
_ATOMS = (int, float, str, bytes)
_TEMPLATE = re.compile(r"%[-+ #0]?[\w.(]|\{[^{}]*\}")
_NONE = re.compile(r"\bNone\b|\bOptional\b")


def plausible(text: str, value: object, annotation: str = "") -> bool:
    """Whether the text is a literal of the example's kind, or of one that the parameter's annotation takes as well.

    Of a kind are literals of one type whose items are of the types that the example's items have. A `float` takes whole
    numbers, a `Sequence` lists and tuples, an `Iterable` iterators too, what allows None None. A list that mixes items
    of several kinds tells them apart, so a text among them is plausible. A template stands for one with as many
    directives, the name of an encoding for another one.
    """
    if text == "None":
        return value is None or bool(_NONE.search(annotation))
    try:
        other = ast.literal_eval(text)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        if text.startswith("iter("):
            return isinstance(value, list | tuple) and bool(_ITERABLES.search(annotation))
        return text == "set()" and isinstance(value, set)
    if directives(value) != directives(other) and is_template(value):
        return False
    if is_encoding(value) and not is_encoding(other):
        return False
    if re.search(rf"\b{type(other).__name__}\b", _outermost(annotation)) and isinstance(other, _ATOMS):
        return True
    if isinstance(value, list | tuple) and isinstance(other, list | tuple) and _SEQUENCES.search(annotation):
        other = type(value)(other)
    if _is_number(value) and _is_number(other) and _NUMBERS.search(annotation):
        return True
    return _kinds(other) <= _kinds(value) | _leaves(value)


def is_template(value: object) -> bool:
    """Whether a value is a text with directives that the function fills in: only another such text is of its kind."""
    return isinstance(value, str) and bool(_TEMPLATE.search(value))


def directives(value: object) -> int:
    """How many directives a text has that the function fills in."""
    return len(_TEMPLATE.findall(value.replace("%%", ""))) if isinstance(value, str) else 0


def is_encoding(value: object) -> bool:
    """Whether a value is the name of an encoding: what is none raises LookupError whatever the function does."""
    try:
        return isinstance(value, str) and bool(codecs.lookup(value))
    except (LookupError, ValueError):
        return False


def _outermost(annotation: str) -> str:
    """The annotation without what stands in brackets: `list[int] | str` takes a text and no number."""
    return re.sub(r"\[.*\]", "", annotation)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _leaves(value: object) -> frozenset[str]:
    mixed = isinstance(value, list | tuple) and len({type(item) for item in value}) > 1
    return frozenset({f"{type(value).__name__}: str"}) if mixed else frozenset()


def _kinds(value: object, at: str = "") -> frozenset[str]:
    """The type, and the types inside it with where they stand; `1` and `True` are of different types."""
    here = f"{at}{type(value).__name__}"
    inside: list[frozenset[str]] = []
    if isinstance(value, dict):
        inside = [_kinds(key, f"{here}: key ") | _kinds(item, f"{here}: ") for key, item in value.items()]
    elif isinstance(value, list | tuple | set | frozenset):
        inside = [_kinds(item, f"{here}: ") for item in value]
    return frozenset([here]).union(*inside)

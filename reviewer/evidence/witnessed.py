"""What running one changed function showed, and that as a text which can be kept. Pure."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, Union, cast, get_args, get_origin, get_type_hints

from reviewer.data import BehaviourChange, ChangedFunction, Finding, NotRun
from reviewer.evidence.verdicts import Tried
from reviewer.records import record


@record(frozen=True, slots=True)
class Witness:
    """What running a function showed. `executed` counts the cases and calls that ran on the new version."""

    findings: tuple[Finding, ...] = ()
    behaviour_changes: tuple[BehaviourChange, ...] = ()
    not_run: tuple[NotRun, ...] = ()
    tried: tuple[Tried, ...] = ()
    executed: int = 0
    reason: str | None = None  # why nothing was executed


Arranged = Callable[[ChangedFunction, Sequence[Mapping[str, str]]], Witness]
"""Runs arguments, as expressions by parameter, in place of those that the repository's tests pass."""


def as_text(witness: Witness) -> str:
    """The witness as a text."""
    return json.dumps(_plain(witness), separators=(",", ":"))


def from_text(text: str) -> Witness | None:
    """The witness in a text; None where it is none, or one of another shape."""
    try:
        return cast("Witness", _read(Witness, json.loads(text)))
    except (ValueError, RecursionError):
        return None


def _plain(value: Any) -> Any:
    """Records and tuples as lists, everything else as JSON has it."""
    if is_dataclass(value):
        return [_plain(getattr(value, field.name)) for field in fields(value)]
    if isinstance(value, Mapping):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value.value if isinstance(value, Enum) else value


def _read(kind: Any, value: Any) -> Any:
    """The value as that type. Raises ValueError where it is not."""
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        (other,) = (one for one in inner if one is not NoneType)
        return None if value is None else _read(other, value)
    if origin is tuple and isinstance(value, list):
        return tuple([_read(inner[0], one) for one in value])
    if origin is not None and issubclass(origin, Mapping) and isinstance(value, dict):
        return {name: _read(inner[1], one) for name, one in value.items()}
    if is_dataclass(kind) and isinstance(kind, type):
        types = _fields(kind)
        if not isinstance(value, Sequence) or len(value) != len(types):
            raise ValueError(f"not a {kind.__name__}")
        return kind(*(_read(one, part) for one, part in zip(types, value, strict=True)))
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(value)
    if type(value) is not kind:
        raise ValueError(f"not of type {kind}")
    return value


@cache
def _fields(kind: type) -> tuple[Any, ...]:
    hints = get_type_hints(kind)
    return tuple(hints[field.name] for field in fields(cast("Any", kind)))

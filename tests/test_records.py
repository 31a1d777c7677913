"""Records behave as frozen dataclasses do."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import FrozenInstanceError, asdict, dataclass, field, fields, replace
from typing import Any

import pytest

from reviewer.records import record


@record(frozen=True, slots=True)
class Ours:
    a: int
    b: str = "b"
    c: list[int] = field(default_factory=list)
    d: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Theirs:
    a: int
    b: str = "b"
    c: list[int] = field(default_factory=list)
    d: int = field(default=0, compare=False)


SAME: list[Callable[[Any], Any]] = [
    lambda cls: asdict(cls(1)),
    lambda cls: asdict(cls(1, "x", c=[2])),
    lambda cls: asdict(replace(cls(1), b="y")),
    lambda cls: [item.name for item in fields(cls)],
    lambda cls: repr(cls(1)).partition("(")[2],
    lambda cls: cls(1) == cls(1),
    lambda cls: cls(1) == cls(2),
    lambda cls: cls(1, d=1) == cls(1, d=2),
    lambda cls: cls(1) == (1, "b", [], 0),
    lambda cls: cls(1).c is cls(1).c,
    lambda cls: hash(cls(1, c=())) == hash(cls(1, c=(), d=5)),
    lambda cls: pickle.loads(pickle.dumps(cls(1, c=[3]))) == cls(1, c=[3]),
    lambda cls: cls.__match_args__,
]


@pytest.mark.parametrize("what", SAME)
def test_a_record_does_what_a_frozen_dataclass_does(what) -> None:
    assert what(Ours) == what(Theirs)


@pytest.mark.parametrize(
    "wrong", [lambda cls: cls(), lambda cls: cls(1, 2, 3, 4, 5), lambda cls: cls(1, a=1), lambda cls: cls(1, z=1)]
)
def test_wrong_values_are_refused_as_a_dataclass_refuses_them(wrong) -> None:
    for cls in (Ours, Theirs):
        with pytest.raises(TypeError):
            wrong(cls)


def test_a_record_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        Ours(1).a = 2  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        del Ours(1).a

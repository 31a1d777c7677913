"""Frozen records that are cheap to import.

`dataclasses.dataclass(frozen=True, slots=True)` compiles six methods for every class: a millisecond each, which for the
records of this program is a fifth of the time a cached review may take. `record` makes the same fields with one set
of methods shared by all. To a type checker it is `dataclass`; `replace`, `fields` and `asdict` work as ever.
"""

from __future__ import annotations

from dataclasses import MISSING, FrozenInstanceError, dataclass
from typing import TYPE_CHECKING, Any

__all__ = ["record"]

if TYPE_CHECKING:
    from dataclasses import dataclass as record
else:

    def record(*, frozen: bool, slots: bool = False) -> Any:
        """Decorate a class as `dataclass(frozen=True)` would; `slots` is taken for the type checker's sake."""
        assert frozen

        def decorate(cls: type) -> type:
            made = dataclass(init=False, repr=False, eq=False)(cls)
            fields = made.__dataclass_fields__.values()
            made._names = tuple(field.name for field in fields)
            made._defaults = {field.name: field.default for field in fields if field.default is not MISSING}
            made._factories = {
                field.name: field.default_factory for field in fields if field.default_factory is not MISSING
            }
            made._compared = tuple(field.name for field in fields if field.compare)
            for method in (__init__, __repr__, __eq__, __hash__, __setattr__, __delattr__):
                setattr(made, method.__name__, method)
            return made

        return decorate


def __init__(self: Any, *args: Any, **kwargs: Any) -> None:  # noqa: N807 - becomes a method of every record
    names = self._names
    if len(args) > len(names):
        raise TypeError(f"{type(self).__name__}() takes {len(names)} values, {len(args)} were given")
    values = dict(zip(names, args, strict=False))
    for name in kwargs:
        if name in values or name not in names:
            raise TypeError(f"{type(self).__name__}() got an unexpected or second value for {name!r}")
    values = {**self._defaults, **values, **kwargs}
    for name, factory in self._factories.items():
        if name not in values:
            values[name] = factory()
    if len(values) != len(names):
        missing = ", ".join(name for name in names if name not in values)
        raise TypeError(f"{type(self).__name__}() misses {missing}")
    self.__dict__.update(values)


def __repr__(self: Any) -> str:  # noqa: N807
    shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in self._names)
    return f"{type(self).__qualname__}({shown})"


def __eq__(self: Any, other: Any) -> bool:  # noqa: N807
    if type(other) is not type(self):
        return NotImplemented
    return all(getattr(self, name) == getattr(other, name) for name in self._compared)


def __hash__(self: Any) -> int:  # noqa: N807
    return hash(tuple(getattr(self, name) for name in self._compared))


def __setattr__(self: Any, name: str, value: object) -> None:  # noqa: N807
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def __delattr__(self: Any, name: str) -> None:  # noqa: N807
    raise FrozenInstanceError(f"cannot delete field {name!r}")

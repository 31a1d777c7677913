"""What a function was called with, and how to call either version of it with that.

Runs in the user's Python (3.9 and newer) and imports the standard library only.
"""

from __future__ import annotations

import ast
import copy
from types import CellType, CodeType, FunctionType
from typing import TYPE_CHECKING, Any, Optional

if TYPE_CHECKING or __package__:
    from reviewer.evidence import worker_mutant as mutant
else:
    import worker_mutant as mutant


class Mismatch(Exception):  # noqa: N818  # it says what does not fit
    """The old version cannot be called with these arguments; the text says why."""


class Pair:
    """A function of both versions. `index` counts the functions under comparison, None for the others."""

    def __init__(
        self, name: str, new: mutant.Definition, old: mutant.Definition, code: CodeType, index: int | None
    ) -> None:
        self.name = name  # qualified, as the new version has it
        self.new = new
        self.old = old
        self.code = code  # of the old version
        self.index = index


class Frame:
    """What a function was called with, taken from its frame before its first statement."""

    def __init__(self, frame: Any, live: FunctionType | None) -> None:
        self.code: CodeType = frame.f_code
        self.space: dict[str, Any] = frame.f_globals
        names, held = self.code.co_varnames, frame.f_locals
        count = self.code.co_argcount
        last = count + self.code.co_kwonlyargcount
        self.positional = names[:count]
        self.named = names[count:last]
        self.more: Optional[str] = names[last] if self.code.co_flags & 4 else None
        rest = last + (self.more is not None)
        self.others: Optional[str] = names[rest] if self.code.co_flags & 8 else None
        self.values = {name: held[name] for name in (*self.positional, *self.named) if name in held}
        self.extra: tuple[Any, ...] = tuple(held[self.more]) if self.more else ()
        self.keywords: dict[str, Any] = dict(held[self.others]) if self.others else {}
        self.defaults = (live.__defaults__, live.__kwdefaults__) if live is not None else (None, None)
        self.cells = {name: CellType(held[name]) if name in held else CellType() for name in self.code.co_freevars}

    def function(self, pair: Pair, old: bool) -> FunctionType:
        """The function of one side, bound to the live globals and free variables."""
        code = pair.code if old else self.code
        made = FunctionType(code, self.space, code.co_name, None, tuple(self.cells[one] for one in code.co_freevars))
        made.__defaults__, made.__kwdefaults__ = self.defaults
        made.__qualname__ = pair.name
        if old:
            set_defaults(made, pair)
        return made

    @property
    def parts(self) -> dict[str, Any]:
        """Every argument: by its parameter, by its place (`*0`), or by its keyword."""
        return {**self.values, **{f"*{n}": one for n, one in enumerate(self.extra)}, **self.keywords}

    def changed(self, name: str, value: Any) -> Frame:
        """The same call with another value for one of its `parts`."""
        other = copy.copy(self)
        if name in self.values:
            other.values = {**self.values, name: value}
        elif name in self.keywords:
            other.keywords = {**self.keywords, name: value}
        else:
            place = int(name[1:])
            other.extra = (*self.extra[:place], value, *self.extra[place + 1 :])
        return other

    def arguments(self) -> tuple[list[Any], dict[str, Any]]:
        """The arguments of the new version."""
        place = [self.values[name] for name in self.positional]
        return [*place, *self.extra], {**{name: self.values[name] for name in self.named}, **self.keywords}

    def old_arguments(self, pair: Pair) -> Any:
        """The same for the old version. Raises Mismatch when its parameters do not allow it."""
        code, values = pair.code, self.values
        count = code.co_argcount
        own = code.co_varnames[:count]
        named = code.co_varnames[count : count + code.co_kwonlyargcount]
        given = {name: value for name, value in values.items() if not self._omitted(name, value, pair)}
        fresh = [name for name in self.positional if name not in (*own, *named)]
        lost = [name for name in own if name not in values]
        if len(fresh) == len(lost) and [self.positional.index(n) for n in fresh] == [own.index(n) for n in lost]:
            given.update({before: given.pop(now) for now, before in zip(fresh, lost) if now in given})
        for name in [name for name in given if name not in (*own, *named)]:
            if not self.is_default(name, given[name]):
                raise Mismatch("the old version lacks a parameter that is given")
            del given[name]
        place = []
        for name in own:
            if name not in given:
                break
            place.append(given.pop(name))
        if self.extra and (len(place) < len(own) or not code.co_flags & 4):
            raise Mismatch("the old version takes no further arguments")
        if self.keywords and not code.co_flags & 8 and set(self.keywords) - {*own, *named}:
            raise Mismatch("the old version takes no further keywords")
        return [*place, *self.extra], {**given, **self.keywords}

    def _omitted(self, name: str, value: Any, pair: Pair) -> bool:
        """Whether a default that the change altered was probably meant: then each side uses its own."""
        return self.is_default(name, value) and default_text(pair.new, name) != default_text(pair.old, name)

    def is_default(self, name: str, value: Any) -> bool:
        """Whether a value is the very object that stands in for an argument that is not given."""
        held = dict(self.defaults[1] or {})
        plain = self.defaults[0] or ()
        held.update(zip(self.positional[len(self.positional) - len(plain) :], plain))
        return name in held and held[name] is value


def default_text(node: mutant.Definition, name: str) -> str | None:
    """The default of a parameter as its syntax tree says it, None where there is none."""
    spec = node.args
    plain = [*spec.posonlyargs, *spec.args]
    pairs = list(zip(plain[len(plain) - len(spec.defaults) :], spec.defaults))
    pairs += [(arg, value) for arg, value in zip(spec.kwonlyargs, spec.kw_defaults) if value is not None]
    return next((ast.dump(value) for arg, value in pairs if arg.arg == name), None)


def set_defaults(function: FunctionType, pair: Pair) -> None:
    """Give a live function the old version's defaults; those that did not change stay the same objects."""
    try:
        mutant._set_defaults(function, pair.new, pair.old)
    except Exception:  # an old default that can no longer be evaluated
        return

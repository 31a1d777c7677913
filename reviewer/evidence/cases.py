"""Documented examples and documented exceptions as cases, without a model. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from reviewer.data import BrokenExample, Case, FunctionVersion, Module
from reviewer.evidence.examples_raises import raised
from reviewer.evidence.examples_reading import Reading
from reviewer.evidence.examples_scope import Scope, scope, target

MAX_CALLERS_AWAY = 3  # a helper's helper's helper

Found = tuple[tuple[Case, ...], tuple[BrokenExample, ...]]


def documented(function: FunctionVersion, module: Module) -> Found:
    """The documented examples that call the function, and those that cannot be tried.

    They come from its own docstring, then from its class's and module's. Those of its own docstring that do not name it
    are tried `through` itself. A function without any that does is also tried through the examples of the function
    around it and of its documented callers in the file, the nearest that have any.
    """
    names = scope(module)
    cases, broken = _own(function, module, names)
    if all(case.through for case in cases):
        cases += _through(function, module, names)
    return _distinct(cases), tuple(dict.fromkeys(broken))


def sessions(function: FunctionVersion, module: Module) -> tuple[Case, ...]:
    """The function's documented examples with everything before them in the docstring, as doctest runs them.

    What one call leaves behind in the module shows in the next. Examples that already need all of it are left out.
    """
    read = _read(function, module, scope(module))
    indirect = {(case.quote, case.expected) for case in read.cases if case.through}
    return _distinct(case for case in read.sessions if (case.quote, case.expected) not in indirect)


def raises(function: FunctionVersion, module: Module, examples: Sequence[Case]) -> tuple[Case, ...]:
    """Documented exceptions whose condition names an argument, as calls with it; `examples` as `documented` gave."""
    return _distinct(raised(function, scope(module), examples))


def _own(function: FunctionVersion, module: Module, names: Scope) -> tuple[list[Case], list[BrokenExample]]:
    reading = _read(function, module, names)
    return reading.cases, reading.broken


def _read(function: FunctionVersion, module: Module, names: Scope) -> Reading:
    """The examples in the function's, its class's and its module's docstrings."""
    around = module.around(function)
    reading = Reading(target(function, module.doctest_flags), names, around, _identity(function))
    if function.docstring:
        reading.read(function.docstring, own=True)
    for docstring in around:
        reading.read(docstring, own=False)
    return reading


def _through(function: FunctionVersion, module: Module, names: Scope) -> Iterator[Case]:
    """The examples of the nearest functions around or calling this one that have any."""
    seen, level = {id(function)}, [function]
    for _ in range(MAX_CALLERS_AWAY):
        level = [
            caller
            for caller in module.functions
            if id(caller) not in seen and any(_leads_to(caller, called) for called in level)
        ]
        seen.update(id(caller) for caller in level)
        found = [
            replace(case, through=_identity(caller)) for caller in level for case in _own(caller, module, names)[0]
        ]
        yield from found
        if found:
            return


def _leads_to(caller: FunctionVersion, called: FunctionVersion) -> bool:
    """Whether running the one runs the other: it stands around it, or calls it by a name that is no other's."""
    if called.name.startswith(f"{caller.name}.<locals>."):
        return True
    wanted = target(called)
    if called.class_name is None and "." in called.name:
        return False
    if wanted.owner is None:
        return wanted.name in caller.calls
    same_class = caller.class_name == called.class_name
    if wanted.attribute:
        return same_class and wanted.name in caller.names
    inside = {f"self.{wanted.name}", f"cls.{wanted.name}"} if same_class else set()
    return not {f"{wanted.owner}.{wanted.name}", *inside}.isdisjoint(caller.calls)


def _identity(function: FunctionVersion) -> str:
    return f"{function.path}::{function.name}" + (f"#{function.ordinal}" if function.ordinal > 1 else "")


def _distinct(cases: Iterable[Case]) -> tuple[Case, ...]:
    """Each call with its preparation and expectation once, the first time it stands there."""
    return tuple({(case.setup, case.call, case.expected): case for case in reversed(list(cases))}.values())[::-1]

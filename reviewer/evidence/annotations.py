"""Calls built from a function's annotations, its docstring's types and its defaults. Pure."""

from __future__ import annotations

import re

from reviewer.data import Call, FunctionVersion, Module
from reviewer.evidence.typed_values import MODULES, Argument, Types, arguments_of, combinations_of


def from_annotations(
    function: FunctionVersion, module: Module, cap: int = 40, *, draw: bool = False
) -> tuple[Call, ...]:
    """At most `cap` calls of the function with values of its parameters' types: one varied at a time, then two.

    Types come from the annotation, else the docstring, else the default. A method is called on an instance built the
    same way. With `draw`, and where Hypothesis is installed, values it draws (the same ones every time) fill the cap.
    Empty where a required parameter has no type that values are known for, and for functions inside functions.
    """
    if "<locals>" in function.name or cap <= 0:
        return ()
    types = Types(module, draw)
    receivers = _receivers(function, types)
    arguments = arguments_of(function, types)
    if not receivers or arguments is None:
        return ()
    name = function.name.rpartition(".")[2]
    texts: dict[str, None] = {}
    for receiver, *chosen in combinations_of([Argument("", True, receivers), *arguments]):
        if len(texts) >= cap:
            break
        text = ", ".join(chosen)
        if {"property", "cached_property", "functools.cached_property"} & set(function.decorators):
            texts[f"{receiver}{name}"] = None
        elif name == "__init__":
            texts[f"{receiver[:-1]}({text})"] = None
        else:
            texts[f"{receiver}{name}({text})"] = None
    return tuple(Call((), text, "annotation", _imports(text, module), plausible=True) for text in texts)


def _imports(text: str, module: Module) -> dict[str, str]:
    """Imports for the types of the standard library that the call names and the module does not."""
    bound = {name for line in module.imports for name in line.names}
    used = [name for name in MODULES if re.search(rf"(?<![\w.]){name}\(", text) and name not in bound]
    return {name: f"from {MODULES[name]} import {name}" for name in used}


def _receivers(function: FunctionVersion, types: Types) -> tuple[str, ...]:
    """What may stand before the name: nothing, `Class.` or `Class(1).`; none where no instance can be built."""
    owner = function.class_name
    if owner is None:
        return ("",)
    if {"staticmethod", "classmethod"} & set(function.decorators) or function.name.endswith(".__init__"):
        return (f"{owner}.",)
    return tuple(f"{made}." for made in types.instances(owner))

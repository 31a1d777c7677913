"""Calls worth trying without a model: documented examples with other arguments. Pure.

`annotations.from_annotations` builds calls from types, `repository_calls.from_repository` finds them in tests.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from reviewer.data import Call, Case, FunctionVersion
from reviewer.evidence.annotations import from_annotations
from reviewer.evidence.repository_calls import from_repository
from reviewer.evidence.values import Constants, constants, same_kind, variants

__all__ = ["from_annotations", "from_repository", "mutated"]


def mutated(
    cases: Sequence[Case], function: FunctionVersion, old: FunctionVersion | None = None, cap: int = 40
) -> tuple[Call, ...]:
    """At most `cap` calls made by changing literal arguments of the cases, one at a time first, then two at a time.

    Values come from the type of the literal and from the constants that either version's code mentions; None is tried
    where the annotation allows it. A literal is an argument of the call, an argument of a call inside it, or what the
    setup assigns to a name that the call uses. No call is one of the cases' own, and none comes twice. A call is
    plausible when its new values are of the kinds that the literals had.
    """
    known = constants(version.source for version in (function, old) if version)
    optional = _optional(function)
    examples = [example for case in cases if (example := _Example.of(case, function, known, optional))]
    seen = {(case.setup, case.call) for case in cases} | {example.rendered({}) for example in examples}
    calls: dict[tuple[tuple[str, ...], str], Call] = {}
    pairs = any(len(example.slots) > 1 for example in examples)
    for limit, candidates in ((cap * 3 // 4 if pairs else cap, _singles(examples)), (cap, _pairs(examples))):
        for example, chosen in candidates:
            if len(calls) >= limit:
                break
            key = example.rendered(chosen)
            if key not in seen:
                seen.add(key)
                calls[key] = Call(*key, "mutated", example.case.names, example.plausible(chosen))
    return tuple(calls.values())


@dataclass(frozen=True, slots=True)
class _Slot:
    """A literal that can be replaced, and by what."""

    put: Callable[[ast.expr], None]
    node: ast.expr
    value: object
    variants: tuple[str, ...]
    none: bool  # None is a value of the parameter's type


@dataclass(frozen=True, slots=True)
class _Example:
    """A case, parsed, with the literals that can be replaced."""

    case: Case
    setup: tuple[ast.Module, ...]
    call: ast.Expression
    slots: tuple[_Slot, ...]

    @classmethod
    def of(
        cls, case: Case, function: FunctionVersion, known: Constants, optional: frozenset[str | int]
    ) -> _Example | None:
        """The case's example, or None where its call is no expression or has nothing to replace."""
        try:
            call = ast.parse(case.call.strip(), mode="eval")
            setup = tuple(ast.parse(statement) for statement in case.setup)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None
        name = (case.through or function.name).rpartition("::")[2].partition("#")[0]
        target = _target(call, _callee(name))
        slots = list(_slots(target, known, optional)) if target else []
        used = {node.id for node in ast.walk(call) if isinstance(node, ast.Name)}
        for statement in (statement for block in setup for statement in block.body):
            if isinstance(statement, ast.Assign) and any(
                isinstance(node, ast.Name) and node.id in used for node in statement.targets
            ):
                slots.extend(_slots_at(statement, "value", None, known, none=False))
        return cls(case, setup, call, tuple(slots)) if slots else None

    def rendered(self, chosen: dict[int, str]) -> tuple[tuple[str, ...], str]:
        """Setup and call with the chosen values, by slot number, in place."""
        for number, text in chosen.items():
            self.slots[number].put(ast.parse(text, mode="eval").body)
        result = tuple(ast.unparse(block) for block in self.setup), ast.unparse(self.call)
        for number in chosen:
            self.slots[number].put(self.slots[number].node)
        return result

    def plausible(self, chosen: dict[int, str]) -> bool:
        """Whether every chosen value is of its literal's kind, or the None that the annotation allows."""
        slots = self.slots
        return all(same_kind(text, slots[n].value) or (text == "None" and slots[n].none) for n, text in chosen.items())


def _singles(examples: Sequence[_Example]) -> Iterator[tuple[_Example, dict[int, str]]]:
    """The first variant of every slot, then the second of every slot, and so on."""
    most = max((len(slot.variants) for example in examples for slot in example.slots), default=0)
    for turn in range(most):
        for example in examples:
            for number, slot in enumerate(example.slots):
                if turn < len(slot.variants):
                    yield example, {number: slot.variants[turn]}


def _pairs(examples: Sequence[_Example]) -> Iterator[tuple[_Example, dict[int, str]]]:
    for total in range(12):
        for example in examples:
            for (one, first), (two, second) in combinations(enumerate(example.slots), 2):
                for turn in range(total + 1):
                    if turn < len(first.variants) and total - turn < len(second.variants):
                        yield example, {one: first.variants[turn], two: second.variants[total - turn]}


def _callee(name: str) -> str:
    """The name a call of the function uses: its own, or for a constructor that of its class."""
    parts = name.split(".")
    return parts[-2] if parts[-1] in {"__init__", "__new__", "__post_init__"} and len(parts) > 1 else parts[-1]


def _target(call: ast.Expression, name: str) -> ast.Call | None:
    """The call of `name`, else the outermost one with arguments."""
    calls = [node for node in ast.walk(call) if isinstance(node, ast.Call)]
    named = (node for node in calls if ast.unparse(node.func).rpartition(".")[2] == name)
    return next(named, None) or next((node for node in calls if node.args or node.keywords), None)


def _slots(call: ast.Call, known: Constants, optional: frozenset[str | int]) -> Iterator[_Slot]:
    for index in range(len(call.args)):
        yield from _slots_at(call, "args", index, known, none=index in optional)
    for keyword in call.keywords:
        yield from _slots_at(keyword, "value", None, known, none=keyword.arg in optional)
    if isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Call):  # `Stack([1]).push(2)`
        yield from _slots(call.func.value, known, frozenset())


def _slots_at(parent: ast.AST, field: str, index: int | None, known: Constants, none: bool) -> Iterator[_Slot]:
    """The literal at this place, or those among the arguments of the call that stands there."""
    holder = getattr(parent, field)
    node = holder if index is None else holder[index]

    def put(new: ast.expr) -> None:
        if index is None:
            setattr(parent, field, new)
        else:
            holder[index] = new

    try:
        value = ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        if isinstance(node, ast.Call):
            yield from _slots(node, known, frozenset())
        return
    found = variants(value, known)
    yield _Slot(put, node, value, tuple(dict.fromkeys([*found[:1], "None", *found[1:]] if none else found)), none)


def _optional(function: FunctionVersion) -> frozenset[str | int]:
    """Names and positions (without `self`) of the parameters whose annotation allows None."""
    try:
        definition = ast.parse(f"{function.signature} ...").body[0]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return frozenset()
    if not isinstance(definition, ast.FunctionDef | ast.AsyncFunctionDef):
        return frozenset()
    arguments = definition.args
    positional = [*arguments.posonlyargs, *arguments.args]
    if function.class_name and "staticmethod" not in function.decorators:
        positional = positional[1:]
    names: set[str | int] = set()
    for index, argument in enumerate([*positional, *arguments.kwonlyargs]):
        text = ast.unparse(argument.annotation) if argument.annotation else ""
        if "None" in text or "Optional" in text:
            names.update({argument.arg, index} if argument in positional else {argument.arg})
    return frozenset(names)

"""Documented examples as templates: the literals in them that other values can stand in for. Pure."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timedelta

from reviewer.data import Case, FunctionVersion
from reviewer.evidence.documented_types import documented_types
from reviewer.evidence.plausible import plausible
from reviewer.evidence.values import Constants, variants
from reviewer.records import record

Types = Mapping[str | int, str]  # of each parameter, by name and by position without `self`: its type's text


@record(frozen=True, slots=True)
class Slot:
    """A literal that can be replaced, and by what that callers may well pass, the most telling first."""

    put: Callable[[ast.expr], None]
    node: ast.expr
    value: object
    annotation: str
    variants: tuple[str, ...]

    def takes(self, other: Slot) -> bool:
        """Whether callers may well pass here what stands at the other place."""
        if isinstance(self.value, date) or isinstance(other.value, date):
            return type(self.value) is type(other.value)
        return plausible(other.text, self.value, self.annotation)

    @property
    def text(self) -> str:
        """What stands there."""
        return ast.unparse(self.node)


@record(frozen=True, slots=True)
class Template:
    """A case, parsed, with the literals that can be replaced."""

    case: Case
    setup: tuple[ast.Module, ...]
    call: ast.Expression
    target: ast.Call | None  # the call of the function in it
    slots: tuple[Slot, ...]

    @classmethod
    def of(cls, case: Case, function: FunctionVersion, known: Constants) -> Template | None:
        """The case's template, or None where its call is no expression or has nothing to replace."""
        try:
            call = ast.parse(case.call.strip(), mode="eval")
            setup = tuple(ast.parse(statement) for statement in case.setup)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None
        name = (case.through or function.name).rpartition("::")[2].partition("#")[0]
        target = _target(call, _callee(name))
        types: Types = {} if case.through else parameter_types(function)
        slots = list(_slots(target, known, types)) if target else []
        if name.endswith("__"):  # `10 in Interval(8, 10)`
            slots.extend(_operands(call, known))
        used = {node.id for node in ast.walk(call) if isinstance(node, ast.Name)}
        for statement in (statement for block in setup for statement in block.body):
            if isinstance(statement, ast.Assign) and any(
                isinstance(node, ast.Name) and node.id in used for node in statement.targets
            ):
                slots.extend(_slots_at(statement, "value", None, known))
        return cls(case, setup, call, target, tuple(slots)) if slots else None

    def rendered(self, chosen: Mapping[int, str]) -> tuple[tuple[str, ...], str]:
        """Setup and call with the chosen values, by slot number, in place."""
        for number, text in chosen.items():
            self.slots[number].put(ast.parse(text, mode="eval").body)
        result = tuple(ast.unparse(block) for block in self.setup), ast.unparse(self.call)
        for number in chosen:
            self.slots[number].put(self.slots[number].node)
        return result


def _callee(name: str) -> str:
    """The name a call of the function uses: its own, or for a constructor that of its class."""
    parts = name.split(".")
    return parts[-2] if parts[-1] in {"__init__", "__new__", "__post_init__"} and len(parts) > 1 else parts[-1]


def _target(call: ast.Expression, name: str) -> ast.Call | None:
    """The call of `name`, else the outermost one with arguments."""
    calls = [node for node in ast.walk(call) if isinstance(node, ast.Call)]
    named = (node for node in calls if ast.unparse(node.func).rpartition(".")[2] == name)
    return next(named, None) or next((node for node in calls if node.args or node.keywords), None)


def _slots(call: ast.Call, known: Constants, types: Types) -> Iterator[Slot]:
    for index in range(len(call.args)):
        yield from _slots_at(call, "args", index, known, types.get(index, ""))
    for keyword in call.keywords:
        yield from _slots_at(keyword, "value", None, known, types.get(keyword.arg or "", ""))
    if isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Call):  # `Stack([1]).push(2)`
        yield from _slots(call.func.value, known, {})


def _operands(call: ast.Expression, known: Constants) -> Iterator[Slot]:
    for node in ast.walk(call):
        match node:
            case ast.Compare():
                yield from _slots_at(node, "left", None, known)
                for index in range(len(node.comparators)):
                    yield from _slots_at(node, "comparators", index, known)
            case ast.BinOp():
                yield from _slots_at(node, "left", None, known)
                yield from _slots_at(node, "right", None, known)
            case ast.Subscript():
                yield from _slots_at(node, "slice", None, known)


def _slots_at(parent: ast.AST, field: str, index: int | None, known: Constants, annotation: str = "") -> Iterator[Slot]:
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
        if isinstance(node, ast.Call) and (day := _day(node)):
            yield Slot(put, node, day, annotation, tuple(_other_days(ast.unparse(node.func), day)))
        elif isinstance(node, ast.Call):
            yield from _slots(node, known, {})
        return
    found = variants(value, known)
    told = dict.fromkeys([*found[:1], "None", *found[1:]])
    yield Slot(put, node, value, annotation, tuple(text for text in told if plausible(text, value, annotation)))


def _day(node: ast.Call) -> date | None:
    """The value of `date(2024, 2, 29)` and `datetime(2024, 2, 29, 12)`."""
    kind = {"date": date, "datetime": datetime}.get(ast.unparse(node.func).rpartition(".")[2])
    try:
        return kind(*map(ast.literal_eval, node.args)) if kind and node.args and not node.keywords else None
    except (ValueError, TypeError, OverflowError):
        return None


def _other_days(made: str, day: date) -> Iterator[str]:
    """The days around, the ends of the month and the year, and a leap day: other numbers are seldom dates."""
    near = [day + timedelta(days=days) for days in (1, -1, 7) if 1 < day.year < 9999]
    first = day.replace(day=1)
    for other in (*near, first, day.replace(month=12, day=31), day.replace(year=2024, month=2, day=29)):
        numbers = other.timetuple()[: 6 if isinstance(other, datetime) else 3]
        if other != day:
            yield f"{made}({', '.join(map(str, numbers))})"


def parameter_types(function: FunctionVersion) -> Types:
    """What the annotations say of the parameters, or else the docstring."""
    try:
        definition = ast.parse(f"{function.signature} ...").body[0]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {}
    if not isinstance(definition, ast.FunctionDef | ast.AsyncFunctionDef):
        return {}
    documented = documented_types(function.docstring or "")
    arguments = definition.args
    positional = [*arguments.posonlyargs, *arguments.args]
    if function.class_name and "staticmethod" not in function.decorators:
        positional = positional[1:]
    types: dict[str | int, str] = {}
    for index, argument in enumerate([*positional, *arguments.kwonlyargs]):
        text = ast.unparse(argument.annotation) if argument.annotation else documented.get(argument.arg, "")
        types[argument.arg] = text
        if argument in positional:
            types[index] = text
    return types

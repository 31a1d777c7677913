"""The plain arguments of a call that a model proposed, to be tried in the place of a test's own. Pure."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping

from reviewer.data import FunctionVersion

LONGEST = 400


def arguments(function: FunctionVersion, calls: Iterable[str]) -> list[dict[str, str]]:
    """For each call of the function its plain arguments as expressions, by parameter; those without are left out."""
    found = []
    for text in calls:
        given = _arguments(function, text)
        if given and given not in found:
            found.append(given)
    return found


def _arguments(function: FunctionVersion, text: str) -> dict[str, str]:
    call = _call(text, function.name.rpartition(".")[2])
    if call is None:
        return {}
    names = list(function.parameters)
    decorators = {decorator.partition("(")[0].rpartition(".")[2] for decorator in function.decorators}
    if function.class_name is not None and "staticmethod" not in decorators:
        names = names[1:]
    given: Mapping[str, ast.expr] = {
        **dict(zip(names, call.args, strict=False)),
        **{one.arg: one.value for one in call.keywords if one.arg is not None},
    }
    return {name: ast.unparse(value) for name, value in given.items() if name in function.parameters and _plain(value)}


def _call(text: str, name: str) -> ast.Call | None:
    """The call of a function of this name in an expression."""
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return next((one for one in calls if getattr(one.func, "attr", getattr(one.func, "id", "")) == name), None)


def _plain(value: ast.expr) -> bool:
    try:
        ast.literal_eval(value)
    except (ValueError, TypeError, RecursionError, MemoryError, SyntaxError):
        return False
    return len(ast.unparse(value)) <= LONGEST

"""Documented exceptions as cases: an example's call, or a plain one, with the argument the condition names. Pure."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

from reviewer.data import Case, Expected, ExpectedKind, FunctionVersion, Origin, Raise
from reviewer.docstrings import raises
from reviewer.evidence.examples_conditions import EMPTY, Condition, condition
from reviewer.evidence.examples_scope import Scope, target
from reviewer.evidence.examples_syntax import expression, statements

# Values that no precondition of an ordinary function minds; a text or an object might be the wrong one.
ORDINARY = {
    "int": "1",
    "float": "1.0",
    "bool": "True",
    "list[int]": "[1, 2]",
    "list[float]": "[1.0]",
    "list[str]": '["a"]',
}
TRANSPARENT = frozenset({"staticmethod", "classmethod", "cache", "lru_cache"})


def raised(function: FunctionVersion, names: Scope, examples: Sequence[Case]) -> Iterator[Case]:
    """A case for each documented exception whose condition is understood and whose call can be built."""
    for promise in raises(function.docstring):
        wanted = condition(promise.description)
        known = not names.unknown(frozenset({promise.type.partition(".")[0]}))
        call = _bad_call(function, examples, wanted) if wanted and known else None
        if call:
            expected = Expected(ExpectedKind.EXCEPTION, None, promise.type)
            yield Case(call[0], call[1], expected, Origin.RAISES, _quoted(promise, function.docstring or ""))


def _bad_call(
    function: FunctionVersion, examples: Sequence[Case], wanted: Condition
) -> tuple[tuple[str, ...], str] | None:
    """Setup and text of a call whose argument is the bad value; None if none can be built for sure."""
    arguments = _arguments(function)
    if arguments is None:
        return None
    name = _parameter(function, arguments, wanted)
    if name is None:
        return None
    positional = [argument.arg for argument in (*arguments.posonlyargs, *arguments.args)]
    for case in examples:
        call = expression(case.call) if case.through is None and case.expected.type is None else None
        if isinstance(call, ast.Call) and _calls(call, function):
            changed = _replaced(call, case.call, positional, name, wanted)
            if changed:
                return case.setup, changed
    return _plain_call(function, arguments, name, wanted)


def _arguments(function: FunctionVersion) -> ast.arguments | None:
    """The parameters without `self` and `cls`."""
    body = statements(f"{function.signature} pass")
    if not body or not isinstance(body[0], ast.FunctionDef | ast.AsyncFunctionDef):
        return None
    arguments = body[0].args
    static = any(decorator.endswith("staticmethod") for decorator in function.decorators)
    if function.class_name and not static:
        del (arguments.posonlyargs or arguments.args)[:1]
    return arguments


def _parameter(function: FunctionVersion, arguments: ast.arguments, wanted: Condition) -> str | None:
    """The parameter that a condition means: by its name, or as the only one when its kind is named."""
    named = [argument.arg for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]
    if wanted.name in named:
        return wanted.name
    alone = len(named) == 1 and not arguments.vararg
    return named[0] if alone and wanted.noun and wanted.noun in EMPTY else None


def _calls(call: ast.Call, function: FunctionVersion) -> bool:
    named = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
    return bool(named == target(function).name)


def _replaced(call: ast.Call, text: str, positional: Sequence[str], name: str, wanted: Condition) -> str | None:
    """The call's text with that argument replaced, or added by its name."""
    if any(isinstance(argument, ast.Starred) for argument in call.args) or any(not word.arg for word in call.keywords):
        return None
    given: dict[str, ast.expr] = dict(zip(positional, call.args, strict=False))
    given |= {word.arg: word.value for word in call.keywords if word.arg}
    value = wanted.value or _empty_like(given.get(name), wanted)
    if value is None:
        return None
    if name not in given:
        if "\n" in text or not text.endswith(")"):
            return None
        before = text[:-1].rstrip(" ,")
        return f"{before}{'' if before.endswith('(') else ', '}{name}={value})"
    old = given[name]
    if old.lineno != old.end_lineno:
        return None
    lines = text.split("\n")
    line = lines[old.lineno - 1].encode()
    end = old.end_col_offset if old.end_col_offset is not None else old.col_offset
    lines[old.lineno - 1] = (line[: old.col_offset] + value.encode() + line[end:]).decode()
    return "\n".join(lines)


def _empty_like(example: ast.expr | None, wanted: Condition) -> str | None:
    """The empty value of the kind that the condition or an example names."""
    if wanted.noun in EMPTY and wanted.noun not in ("sequence", "iterable", "collection"):
        return EMPTY[wanted.noun]
    if isinstance(example, ast.Constant):
        return '""' if isinstance(example.value, str) else 'b""' if isinstance(example.value, bytes) else None
    kinds: dict[type[ast.expr], str] = {ast.List: "[]", ast.Tuple: "()", ast.Dict: "{}", ast.Set: "set()"}
    return kinds.get(type(example)) if example is not None else None


def _plain_call(
    function: FunctionVersion, arguments: ast.arguments, name: str, wanted: Condition
) -> tuple[tuple[str, ...], str] | None:
    """A call whose other required arguments have values from their annotations; only where all of them do."""
    called = target(function)
    reachable = called.owner is None or called.static
    decorators = {decorator.partition("(")[0].rpartition(".")[2] for decorator in function.decorators}
    if called.nested or called.attribute or not reachable or decorators - TRANSPARENT:
        return None
    optional = len(arguments.defaults)
    positional = [*arguments.posonlyargs, *arguments.args]
    required = positional[: len(positional) - optional] if optional else positional
    keywords = [
        key for key, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if default is None
    ]
    annotations = {argument.arg: _annotation(argument) for argument in (*positional, *arguments.kwonlyargs)}
    bad = wanted.value or _empty_kind(annotations[name], wanted)
    values = {argument.arg: ORDINARY.get(annotations[argument.arg]) for argument in (*required, *keywords)} | {
        name: bad
    }
    if None in values.values():
        return None
    before = [argument.arg for argument in required]
    only_positional = {argument.arg for argument in arguments.posonlyargs} - set(before)
    if name in only_positional:
        return None
    given = [values[key] or "" for key in before] + [
        f"{key}={text}" for key, text in values.items() if key not in before
    ]
    path = f"{called.owner}.{called.name}" if called.owner else called.name
    return (), f"{path}({', '.join(given)})"


def _annotation(argument: ast.arg) -> str:
    return ast.unparse(argument.annotation).replace("List[", "list[").strip("'") if argument.annotation else ""


def _empty_kind(annotation: str, wanted: Condition) -> str | None:
    kind = annotation.partition("[")[0].rpartition(".")[2]
    return EMPTY.get(kind) or (EMPTY.get(wanted.noun) if wanted.noun else None)


def _quoted(promise: Raise, docstring: str) -> str | None:
    """The description as the docstring has it, line breaks included, from the start of its line."""
    found = re.search(r"\s+".join(re.escape(word) for word in promise.description.split()), docstring)
    return docstring[docstring.rfind("\n", 0, found.start()) + 1 : found.end()].strip() if found else None

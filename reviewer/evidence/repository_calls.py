"""Calls that the repository's own tests and doctests make with literal arguments. Pure."""

from __future__ import annotations

import ast
import doctest
from collections.abc import Iterator, Mapping
from functools import lru_cache

from reviewer.data import Call, FunctionVersion
from reviewer.evidence.values import text_of

_Env = Mapping[str, ast.expr]  # names whose value is a literal, or a call with literal arguments


def from_repository(function: FunctionVersion, sources: Mapping[str, str], cap: int = 40) -> tuple[Call, ...]:
    """At most `cap` distinct calls of the function in these files (path -> text), written for its own module.

    An argument counts when it is a literal, or a name that the test gives one literal value: by assignment or by
    `pytest.mark.parametrize`, one call for each row. Methods count where the instance is built from literals too.
    Calls that a test expects to raise are not plausible.
    Files that are not Python (`.rst`, `.md`, `.txt`) are read for doctests.
    """
    if "<locals>" in function.name:
        return ()
    wanted = _Wanted(function)
    found: dict[str, bool] = {}
    for path in sorted(sources):
        for tree in _trees(path, sources[path]) if f"{wanted.name}(" in sources[path] else ():
            if path == function.path or not _defines(tree, function):
                for text, plausible in wanted.calls(tree):
                    found[text] = plausible and found.get(text, True)
    return tuple(Call((), text, "repository", plausible=found[text]) for text in list(found)[:cap])


@lru_cache(maxsize=256)  # a change asks for many functions in the same files
def _trees(path: str, text: str) -> tuple[ast.Module, ...]:
    """The file as Python, and each of its doctests as one more piece of Python."""
    trees, texts = [], [text]
    if path.endswith((".py", ".pyi")):
        tree = _parse(text)
        trees = [tree] if tree else []
        kinds = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
        nodes = [node for tree in trees for node in ast.walk(tree) if isinstance(node, kinds)]
        texts = [ast.get_docstring(node) or "" for node in nodes]
    for docstring in texts:
        if ">>>" not in docstring:
            continue
        try:
            examples = doctest.DocTestParser().get_examples(docstring)
        except ValueError:
            continue
        parts = [part for example in examples if (part := _parse(example.source))]
        trees.append(ast.Module([statement for part in parts for statement in part.body], []))
    return tuple(trees)


def _parse(text: str) -> ast.Module | None:
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _defines(tree: ast.Module, function: FunctionVersion) -> bool:
    """Whether the file has a function or class of its own with that name: then its calls mean another one."""
    name = function.name.partition(".")[0]
    return any(
        isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and node.name == name
        for node in tree.body
    )


class _Wanted:
    """How calls of one function look, and how they are written in its module."""

    def __init__(self, function: FunctionVersion) -> None:
        self._class = function.class_name
        self._constructor = function.name.rpartition(".")[2] == "__init__"
        self._bound = bool(self._class) and {"staticmethod", "classmethod"}.isdisjoint(function.decorators)
        last = function.name.rpartition(".")[2]
        self.name = (self._class or last).rpartition(".")[2] if self._constructor else last

    def calls(self, tree: ast.Module) -> Iterator[tuple[str, bool]]:
        """The calls in a file, each written for the function's module, and whether it is expected to return."""
        yield from self._in_scope(tree.body, {}, True)

    def _in_scope(self, body: list[ast.stmt], outer: _Env, plausible: bool) -> Iterator[tuple[str, bool]]:
        env = dict(outer)
        for statement in body:
            if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
                for row in _parametrised(statement, env):
                    yield from self._in_scope(statement.body, {**env, **row}, plausible)
                continue
            if isinstance(statement, ast.ClassDef):
                yield from self._in_scope(statement.body, env, plausible)
                continue
            for node in _walk_expressions(statement):
                if isinstance(node, ast.Call) and (text := self._written(node, env)):
                    yield text, plausible
            for name in _bound_names(statement):
                env.pop(name, None)
            if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
                env[statement.targets[0].id] = statement.value
            for inner in _bodies(statement):
                yield from self._in_scope(inner, env, plausible and not _expects_exception(statement))

    def _written(self, call: ast.Call, env: _Env) -> str | None:
        if _last_name(call.func) != self.name:
            return None
        arguments = _literal_arguments(call, env)
        if arguments is None:
            return None
        if self._class is None or self._constructor:
            return f"{self._class or self.name}({arguments})"
        if not isinstance(call.func, ast.Attribute):
            return None
        receiver = self._receiver(call.func.value, env)
        return f"{receiver}.{self.name}({arguments})" if receiver else None

    def _receiver(self, node: ast.expr, env: _Env) -> str | None:
        assert self._class is not None
        short = self._class.rpartition(".")[2]
        if not self._bound and _last_name(node) == short:
            return self._class
        if isinstance(node, ast.Name):
            node = env.get(node.id, node)
        if isinstance(node, ast.Call) and _last_name(node.func) == short:
            arguments = _literal_arguments(node, env)
            return f"{self._class}({arguments})" if arguments is not None else None
        return None


def _last_name(node: ast.expr) -> str:
    """`c` of `a.b.c`; the empty text where there is no name."""
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _literal_arguments(call: ast.Call, env: _Env) -> str | None:
    """The arguments as text, names replaced by their literals; None where one is not literal."""
    texts = []
    for value, prefix in [*((a, "") for a in call.args), *((k.value, f"{k.arg}=") for k in call.keywords if k.arg)]:
        node = env.get(value.id, value) if isinstance(value, ast.Name) else value
        try:
            texts.append(prefix + text_of(ast.literal_eval(node)))
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            return None
    return None if any(keyword.arg is None for keyword in call.keywords) else ", ".join(texts)


def _walk_expressions(statement: ast.stmt) -> Iterator[ast.AST]:
    """The statement's own expressions, without the statements inside it."""
    for child in ast.iter_child_nodes(statement):
        if not isinstance(child, ast.stmt | ast.ExceptHandler | ast.match_case):
            yield from ast.walk(child)


def _expects_exception(statement: ast.stmt) -> bool:
    """`with pytest.raises(...)`, `with self.assertRaises(...)`, or a `try` around the call."""
    if isinstance(statement, ast.With):
        return any("raises" in ast.unparse(item.context_expr).lower() for item in statement.items)
    return isinstance(statement, ast.Try)


def _bodies(statement: ast.stmt) -> Iterator[list[ast.stmt]]:
    for part in [statement, *getattr(statement, "handlers", []), *getattr(statement, "cases", [])]:
        for field in ("body", "orelse", "finalbody"):
            body = getattr(part, field, None)
            if isinstance(body, list) and body:
                yield body


def _bound_names(statement: ast.stmt) -> set[str]:
    """Names the statement, or one inside it, may change: they have no one value any more."""
    return {n.id for n in ast.walk(statement) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store | ast.Del)}


def _parametrised(function: ast.FunctionDef | ast.AsyncFunctionDef, env: _Env) -> Iterator[dict[str, ast.expr]]:
    """What each row of the `parametrize` decorators gives the parameters; several decorators are taken one by one."""
    masked = {
        argument.arg: ast.Name(argument.arg) for argument in ast.walk(function.args) if isinstance(argument, ast.arg)
    }
    rows = [
        row
        for decorator in function.decorator_list
        if isinstance(decorator, ast.Call) and ast.unparse(decorator.func).endswith("parametrize")
        for row in _rows(decorator, env)
    ]
    for row in rows or [{}]:
        yield {**masked, **row}


def _rows(decorator: ast.Call, env: _Env) -> Iterator[dict[str, ast.expr]]:
    if len(decorator.args) < 2:
        return
    try:
        given = ast.literal_eval(decorator.args[0])
    except (ValueError, TypeError):
        return
    names = [name.strip() for name in given.split(",")] if isinstance(given, str) else list(given)
    table = decorator.args[1]
    if isinstance(table, ast.Name):
        table = env.get(table.id, table)
    for row in table.elts if isinstance(table, ast.List | ast.Tuple) else []:
        values: list[ast.expr] = [row]
        if isinstance(row, ast.Call) and ast.unparse(row.func).endswith("param"):
            values = row.args
        elif len(names) > 1 and isinstance(row, ast.Tuple | ast.List):
            values = row.elts
        if len(values) == len(names):
            yield dict(zip(map(str, names), values, strict=True))

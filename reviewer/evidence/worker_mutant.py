"""Swap the code of a live function for a mutant's, and find the function in the first place.

Runs in the user's Python (3.9 and newer) and imports the standard library only. `module.f = mutant` would miss every
`from module import f`, every decorator and every bound method; the function object stays and its code changes.
"""

from __future__ import annotations
import __future__

import ast
import copy
import gc
import re
from collections.abc import Sequence
from types import CodeType, FunctionType
from typing import Any, Optional, Union

Definition = Union[ast.FunctionDef, ast.AsyncFunctionDef]
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
DEF = re.compile(r"\s*(?:async\s+)?def\s")
FUTURES = {name: getattr(__future__, name).compiler_flag for name in __future__.all_feature_names}


def span(source: bytes, function: str) -> tuple[int, int] | None:
    """First and last line of a function, decorators included; of all of that name when there are several."""
    found = definitions(ast.parse(source), function.split("."))
    if not found:
        return None
    return min(first_line(one) for one in found), max(one.end_lineno or one.lineno for one in found)


def definitions(tree: ast.AST, names: list[str]) -> list[Definition]:
    """Every definition of a qualified name, branches of `if` and `try` included."""
    names = [name for name in names if name != "<locals>"]
    found: list[Definition] = []
    for node in _statements(tree):
        if isinstance(node, (*DEFINITIONS, ast.ClassDef)) and node.name == names[0]:
            if len(names) > 1:
                found += definitions(node, names[1:])
            elif isinstance(node, DEFINITIONS):
                found.append(node)
    return found


def first_line(node: Definition) -> int:
    """The line of the first decorator, or of the `def`: what the code object says."""
    return min([node.lineno, *(one.lineno for one in node.decorator_list)])


def _statements(tree: ast.AST) -> list[ast.stmt]:
    """The statements of a scope, those inside its compound statements included."""
    found: list[ast.stmt] = []
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, ast.stmt):
            found.append(child)
            if isinstance(child, (*DEFINITIONS, ast.ClassDef)):
                continue
        if isinstance(child, (ast.stmt, ast.ExceptHandler)) or type(child).__name__ == "match_case":
            found += _statements(child)
    return found


def live_functions(root: str) -> list[FunctionType]:
    """Every function in memory that was made from a file below a folder, or from that file."""
    gc.unfreeze()  # what is frozen is not listed
    # Decorators, properties and registries hide functions; the heap does not.
    found = [one for one in gc.get_objects() if type(one) is FunctionType and one.__code__.co_filename.startswith(root)]
    gc.freeze()
    return found


class Swap:
    """Other code for live functions, with their definitions before and after where defaults may differ."""

    def __init__(
        self, changes: Sequence[tuple[FunctionType, CodeType, Optional[Definition]]], changed: Optional[Definition]
    ) -> None:
        self.changes = changes
        self.changed = changed
        self.before: list[tuple[FunctionType, CodeType, Any, Any]] = []

    def apply(self) -> None:
        """Put it in place."""
        for function, code, original in self.changes:
            self.before.append((function, function.__code__, function.__defaults__, function.__kwdefaults__))
            if original is not None and self.changed is not None:
                _set_defaults(function, original, self.changed)
            function.__code__ = code

    def undo(self) -> None:
        """Put back what was there."""
        while self.before:
            function, code, defaults, named = self.before.pop()
            function.__code__, function.__defaults__, function.__kwdefaults__ = code, defaults, named


class Target:
    """The live function that mutants replace: the outermost one of a qualified name."""

    def __init__(self, functions: Sequence[FunctionType], path: str, source: bytes, function: str) -> None:
        self.path = path
        self.names = function.split(".<locals>")[0].split(".")
        self.definitions = definitions(ast.parse(source), self.names)
        self.headers: dict[str, Optional[Definition]] = {}
        self.live = [one for one in functions if one.__code__.co_filename == path and self._definition(one) is not None]

    def _definition(self, function: FunctionType) -> Definition | None:
        code = function.__code__
        for node in self.definitions:
            if code.co_name == node.name and code.co_firstlineno == first_line(node):
                return node
        return None

    def trouble(self) -> str | None:
        """Why the function cannot be swapped."""
        return None if self.live else "the function is not in memory after the import"

    def swap(self, source: str, line: int) -> Swap | None:
        """What puts a mutant in place of the function around `line`, None when it does not fit."""
        near = [one for one in self.live if self._spans(one, line)] or self.live
        header = self._header(source)
        if header is None:
            return None
        changes = []
        for function in near:
            original = self._definition(function)
            code = _compiled(source, self.path, self.names, function)
            if code is None or original is None or code.co_freevars != function.__code__.co_freevars:
                return None
            changes.append((function, code, original))
        return Swap(changes, header)

    def _header(self, source: str) -> Definition | None:
        """The definition in a mutant's source, perhaps without its body; None unless there is one."""
        lines = source.split("\n")
        first = next((number for number, text in enumerate(lines) if DEF.match(text)), 0)
        head = "\n".join(lines[: first + 1])  # most mutants differ in the body alone
        if head not in self.headers:
            self.headers[head] = _only(f"{head} pass", self.names)
        return self.headers[head] or _only(source, self.names)

    def _spans(self, function: FunctionType, line: int) -> bool:
        node = self._definition(function)
        return node is not None and first_line(node) <= line <= (node.end_lineno or node.lineno)

    def forced(self) -> Swap | None:
        """What makes every call of the function fail."""
        codes = [(one, self._forced(one)) for one in self.live]
        changes = [(one, code, None) for one, code in codes if code is not None]
        return Swap(changes, None) if len(changes) == len(codes) else None

    def _forced(self, function: FunctionType) -> CodeType | None:
        definition = self._definition(function)
        assert definition is not None
        node = copy.copy(definition)
        node.decorator_list = []
        # Named once so that the free variables stay what they are.
        uses: list[ast.stmt] = [ast.parse(name).body[0] for name in function.__code__.co_freevars]
        node.body = [*ast.parse("raise SystemError('forced failure')").body, *uses]
        inner: ast.stmt = node
        for name in reversed(self.names[:-1]):
            header = ast.parse(f"class {name}: pass").body[0]
            assert isinstance(header, ast.ClassDef)
            header.body = [inner]
            inner = header
        tree = ast.fix_missing_locations(ast.Module(body=[inner], type_ignores=[]))
        code = _compiled(tree, self.path, self.names, function)
        if code is None or code.co_freevars != function.__code__.co_freevars:
            return None
        return code


def _only(source: str, names: list[str]) -> Definition | None:
    try:
        found = definitions(ast.parse(source), names)
    except SyntaxError:
        return None
    return found[0] if len(found) == 1 else None


def _compiled(code: Union[ast.Module, str], path: str, names: list[str], live: FunctionType) -> CodeType | None:
    flags = sum(flag for flag in set(FUTURES.values()) if live.__code__.co_flags & flag)
    try:
        return _dig(compile(code, path, "exec", flags, True), names)
    except (SyntaxError, ValueError):
        return None


def _dig(code: CodeType, names: list[str]) -> Optional[CodeType]:
    """The code object of a qualified name inside a module's; type parameters have a scope of their own."""
    for part in code.co_consts:
        if not isinstance(part, CodeType):
            continue
        if part.co_name == names[0]:
            return part if len(names) == 1 else _dig(part, names[1:])
        if part.co_name.startswith("<generic parameters"):
            found = _dig(part, names)
            if found is not None:
                return found
    return None


def _set_defaults(function: FunctionType, old: Definition, new: Definition) -> None:
    """Give the function the defaults that differ; the others stay the same objects."""
    space: dict[str, Any] = function.__globals__
    old_plain, new_plain = old.args.defaults, new.args.defaults
    if _dump(old_plain) != _dump(new_plain):
        live = function.__defaults__ or ()
        function.__defaults__ = tuple(
            _value(new_plain, index, old_plain, live, space) for index in range(len(new_plain))
        )
    old_named = {arg.arg: node for arg, node in zip(old.args.kwonlyargs, old.args.kw_defaults)}
    for arg, node in zip(new.args.kwonlyargs, new.args.kw_defaults):
        before = old_named.get(arg.arg)
        if node is not None and (before is None or ast.dump(before) != ast.dump(node)):
            function.__kwdefaults__ = {**(function.__kwdefaults__ or {}), arg.arg: _evaluated(node, space)}


def _value(nodes: list[ast.expr], index: int, old: list[ast.expr], live: tuple[Any, ...], space: dict[str, Any]) -> Any:
    same = len(old) == len(nodes) == len(live) and ast.dump(old[index]) == ast.dump(nodes[index])
    return live[index] if same else _evaluated(nodes[index], space)


def _evaluated(node: ast.expr, space: dict[str, Any]) -> Any:
    return eval(compile(ast.Expression(node), "<default>", "eval", dont_inherit=True), space)


def _dump(nodes: list[ast.expr]) -> list[str]:
    return [ast.dump(node) for node in nodes]

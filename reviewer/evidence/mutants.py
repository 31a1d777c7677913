"""Mutants of one function: small changes of its code that a test worth keeping should notice. Pure."""

from __future__ import annotations

import ast
import copy
import hashlib
from collections.abc import Collection, Iterator
from functools import lru_cache
from inspect import CO_OPTIMIZED
from itertools import groupby
from types import CodeType

from reviewer.data import FunctionVersion, Module, Mutant
from reviewer.evidence.operator_base import Edit, Site, called
from reviewer.evidence.operators_flow import FLOW
from reviewer.evidence.operators_values import VALUES
from reviewer.records import record

OPERATORS = (*VALUES, *FLOW)

_Def = ast.FunctionDef | ast.AsyncFunctionDef


def mutants(
    function: FunctionVersion, module: Module, cap: int = 60, lines: Collection[int] = ()
) -> tuple[Mutant, ...]:
    """At most `cap` mutants, those on `lines` (of the new file) first, spread over lines and operators.

    A mutant's source is the outermost `def` around the function, inside its bare class headers (they keep private
    names and `super()` as they are), without decorators and without the annotations of its own signature. Every
    source compiles, differs from the others and from the original in its bytecode, and needs the same free variables.
    The order is the same on every run. A file that `ast` cannot parse has none.
    """
    tree = _parse(module.text)
    chain = _own_chain(tree, function) if tree else None
    if not chain:
        return ()
    shell = _Shell(chain)
    original = shell.compiled()
    if original is None:
        return ()
    found: list[Mutant] = []
    seen = {_essence(original[1])}
    for change in _spread(list(_changes(chain[-1])), lines):
        if len(found) >= cap:
            break
        with_change = shell.compiled(change)
        if with_change is None or (essence := _essence(with_change[1])) in seen:
            continue
        seen.add(essence)
        found.append(_mutant(function, change, with_change[0]))
    return tuple(found)


@record(frozen=True, slots=True)
class _Change:
    """One edit at one place, `field` (and `index` in it, when it is a list) of the node around it."""

    site: Site
    edit: Edit
    operator: int  # its place in the registry
    field: str
    index: int | None
    line: int
    column: int

    def put(self, node: ast.AST) -> None:
        """Set the node at this place."""
        if self.index is None:
            setattr(self.site.parent, self.field, node)
        else:
            getattr(self.site.parent, self.field)[self.index] = node


class _Shell:
    """The outermost `def` in bare class headers, to be compiled with one change at a time."""

    def __init__(self, chain: list[ast.AST]) -> None:
        first = next(index for index, node in enumerate(chain) if isinstance(node, _Def))
        outer = chain[first]
        assert isinstance(outer, _Def)
        outer.decorator_list = []
        outer.returns = None  # evaluated where the `def` stands, perhaps with names that only type checkers have
        for argument in ast.walk(outer.args):
            if isinstance(argument, ast.arg):
                argument.annotation = None
        self._outer = outer
        self._top: ast.stmt = outer
        for header in reversed(chain[:first]):
            if isinstance(header, ast.ClassDef):
                self._top = _bare(header, self._top)
        code = self._code(ast.unparse(self._top))
        self._free = _free_variables(code, outer.name) if code else ()

    def compiled(self, change: _Change | None = None) -> tuple[str, CodeType] | None:
        """The source and its code, or None where Python does not take it."""
        if change is None:
            return self._keeping_free_variables()
        change.put(change.edit.node)
        try:
            return self._keeping_free_variables()
        finally:
            change.put(change.site.node)

    def _keeping_free_variables(self) -> tuple[str, CodeType] | None:
        try:
            source = ast.unparse(self._top)
        except (ValueError, RecursionError):  # an integer too long to print, an expression too deep
            return None
        code = self._code(source)
        if code is None or _free_variables(code, self._outer.name) == self._free:
            return (source, code) if code else None
        # `__code__` takes only code with the same cells: name those that the change no longer uses, where it never runs
        keeper = ast.If(ast.Constant(False), [ast.Expr(ast.Name(name, ast.Load())) for name in self._free], [])
        self._outer.body.append(keeper)
        source = ast.unparse(self._top)
        self._outer.body.pop()
        code = self._code(source)
        return (source, code) if code and _free_variables(code, self._outer.name) == self._free else None

    @staticmethod
    def _code(source: str) -> CodeType | None:
        try:
            return compile(source, "<mutant>", "exec", dont_inherit=True)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None


def _bare(header: ast.ClassDef, inner: ast.stmt) -> ast.ClassDef:
    bare = ast.ClassDef(name=header.name, bases=[], keywords=[], body=[inner], decorator_list=[])
    if hasattr(header, "type_params"):  # Python 3.12: they are free variables of the methods
        vars(bare)["type_params"] = header.type_params
    return bare


@lru_cache(maxsize=4)  # a change asks for many functions of one file
def _parse(text: str) -> ast.Module | None:
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _own_chain(tree: ast.Module, function: FunctionVersion) -> list[ast.AST] | None:
    """The chain with a copy of the outermost function, free to be changed."""
    chain = _chain(tree, function)
    if not chain:
        return None
    first = next(index for index, node in enumerate(chain) if isinstance(node, _Def))
    try:
        copied = copy.deepcopy(chain[first])
    except RecursionError:
        return None
    assert isinstance(copied, _Def)
    return [*chain[:first], *(_chain(ast.Module([copied], []), function) or [])]


def _chain(tree: ast.Module, function: FunctionVersion) -> list[ast.AST] | None:
    """The classes and functions around the function, outermost first, and itself last."""
    last = function.name.rpartition(".")[2]

    def search(node: ast.AST, chain: list[ast.AST]) -> list[ast.AST] | None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, _Def) and child.lineno == function.def_line and child.name == last:
                return [*chain, child]
            inside = [*chain, child] if isinstance(child, _Def | ast.ClassDef) else chain
            if found := search(child, inside):
                return found
        return None

    try:
        return search(tree, [])
    except RecursionError:
        return None


def _changes(function: ast.AST) -> Iterator[_Change]:
    """Every edit of every operator, in the order of the source."""
    yield from _below(function, (), function)


def _below(node: ast.AST, parents: tuple[ast.AST, ...], place: ast.AST) -> Iterator[_Change]:
    """The edits of the node's children; `place` gives a line to children that have none."""
    around = (node, *parents)
    for field, value in ast.iter_fields(node):
        if field in {"decorator_list", "annotation", "returns", "type_params", "bases", "keywords"} and isinstance(
            node, _Def | ast.ClassDef | ast.arg | ast.AnnAssign
        ):
            continue
        for index, child in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if not isinstance(child, ast.AST) or _skipped(child, index, field, node):
                continue
            site = Site(child, around)
            nearest = child if hasattr(child, "lineno") else _first_with_line(child) or place
            line, column = getattr(nearest, "lineno", 0), getattr(nearest, "col_offset", 0)
            for number, operator in enumerate(OPERATORS):
                for edit in operator.rewrite(site):
                    yield _Change(site, edit, number, field, index, line, column)
            yield from _below(child, around, nearest)


def _first_with_line(node: ast.AST) -> ast.AST | None:
    return next((child for child in ast.walk(node) if hasattr(child, "lineno")), None)


_LOGGERS = {"logging", "logger", "log", "_logger", "_log", "LOG", "LOGGER", "_LOGGER"}
_TYPING = {"cast", "reveal_type", "assert_type", "assert_never", "TypeVar", "overload"}


def _skipped(node: ast.AST, index: int | None, field: str, parent: ast.AST) -> bool:
    """Docstrings, logging, and what is there only for type checkers: nothing that a test should notice."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return True
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        names = called(node.value).split(".")
        if names[-1] in _TYPING or (len(names) > 1 and not _LOGGERS.isdisjoint(names[:-1])):
            return True
    if isinstance(node, ast.Assert):
        return isinstance(node.test, ast.Call) and called(node.test) in {"isinstance", "issubclass", "callable"}
    if isinstance(node, ast.If):
        return ast.unparse(node.test).rpartition(".")[2] == "TYPE_CHECKING"
    return isinstance(parent, ast.Call) and field == "args" and index == 0 and called(parent) in {"cast", "typing.cast"}


def _spread(changes: list[_Change], lines: Collection[int]) -> list[_Change]:
    """Changed lines first, then minor ones last; within each, one change of every line before a second of any."""
    turns: dict[int, int] = {}
    ordered = sorted(changes, key=lambda change: change.line)
    for row, (_, group) in enumerate(groupby(ordered, key=lambda change: change.line)):
        repeats: dict[int, int] = {}
        keyed = []
        for change in group:
            repeat = repeats[change.operator] = repeats.get(change.operator, -1) + 1
            # each line starts with another operator, or the first of the registry would take every first turn
            keyed.append((change.edit.minor, repeat, (change.operator - row) % len(OPERATORS), change))
        keyed.sort(key=lambda item: item[:3])
        turns.update({id(change): turn for turn, (*_, change) in enumerate(keyed)})
    wanted = frozenset(lines)
    return sorted(ordered, key=lambda c: (c.line not in wanted, c.edit.minor, turns[id(c)], c.line, c.column))


def _mutant(function: FunctionVersion, change: _Change, source: str) -> Mutant:
    name = OPERATORS[change.operator].name
    before, after = _text(change.site.node), _text(change.edit.node)
    description = f"remove `{before}`" if after == "pass" else f"`{before}` -> `{after}`"
    place = (function.path, function.name, function.ordinal, change.line - function.def_line, change.column)
    digest = hashlib.sha256(repr((*place, name, before, after)).encode("utf-8", "surrogatepass")).hexdigest()
    return Mutant(digest[:12], name, change.line, description, source)


def _text(node: ast.AST) -> str:
    """The node on one short line; of a compound statement its first line."""
    line = ast.unparse(node).strip().partition("\n")[0]
    return line if len(line) <= 60 else line[:57] + "..."


def _free_variables(code: CodeType, name: str) -> tuple[str, ...]:
    """The free variables of the function called `name`, the outermost one of the source."""
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            if constant.co_name == name and constant.co_flags & CO_OPTIMIZED:  # not a class of the same name
                return constant.co_freevars
            if inner := _free_variables(constant, name):
                return inner
    return ()


def _essence(code: CodeType) -> tuple[object, ...]:
    """What decides how the code behaves: everything but its lines. Equal essence, equivalent mutant."""
    constants = tuple(
        _essence(value) if isinstance(value, CodeType) else (type(value), repr(value)) for value in code.co_consts
    )
    names = (code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars)
    return (code.co_code, code.co_exceptiontable, constants, names, code.co_flags)

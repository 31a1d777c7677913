"""Bytes of a Python file -> its functions. Pure; the only importer of tree-sitter.

Lines are those that git counts: only `\\n` ends one. CPython also ends lines at a lone `\\r`, so the parser reads a
copy in which that is a `\\n`, and its rows are mapped back. The tree is walked without recursion, and no node is ever
turned into a string: both would crash on deeply nested code.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from reviewer.data import ClassHeader, FunctionVersion, ImportLine, Module
from reviewer.functions_hashes import dedented, digest, hashes
from reviewer.functions_syntax import (
    Node,
    assigned_names,
    bound_names,
    decorators,
    docstring,
    docstring_node,
    first_statement,
    identifier,
    one_line,
    parameters,
    signature,
    text_of,
    uses,
    walk,
)
from reviewer.functions_text import Rows, Unparsable, decode

if TYPE_CHECKING:
    import tree_sitter

__all__ = ["Unparsable", "parse"]

_IMPORTS = frozenset(("import_statement", "import_from_statement", "future_import_statement"))
_CONTAINERS = frozenset(
    (
        *("module", "block", "if_statement", "elif_clause", "else_clause", "for_statement", "while_statement"),
        *("try_statement", "except_clause", "except_group_clause", "finally_clause", "with_statement"),
        *("match_statement", "case_clause", "ERROR"),
    )
)
# What is worth a visit in each kind of scope; the rest of the tree is never turned into Python objects.
_OPEN = _CONTAINERS | {"function_definition", "class_definition", "decorated_definition"}
_IN_FUNCTION = _OPEN | {"global_statement"}
_IN_CLASS = _IN_FUNCTION | {"expression_statement"}
_IN_MODULE = _IN_CLASS | _IMPORTS


def parse(path: str, data: bytes) -> Module:
    """One version of a file. Syntax errors are no hindrance: what can be read is read, and `has_error` says so.

    Raises Unparsable when the bytes are not text in the encoding that they declare.
    """
    return _Reader(path, decode(data)).read()


@cache
def _language() -> tree_sitter.Language:
    import tree_sitter
    import tree_sitter_python

    return tree_sitter.Language(tree_sitter_python.language())


def _tree(code: str) -> tree_sitter.Node:
    import tree_sitter

    return tree_sitter.Parser(_language()).parse(code.encode()).root_node


# ---------------------------------------------------------------- one function


_LAZY = frozenset(
    (
        *("signature", "docstring", "docstring_line", "decorators", "parameters", "calls", "names", "branches"),
        *("body_hash", "tree_hash", "text_hash"),
    )
)


class _Function(FunctionVersion):
    """A function whose costly fields are worked out from its source when somebody first asks for one.

    Most functions of a changed file did not change, and nobody asks. A field that is not set yet ends up in
    `__getattr__`; equality, copies and pickles go through it as well, so that nothing else can tell.
    """

    __slots__ = ()

    def __getattr__(self, name: str) -> Any:
        if name not in _LAZY:
            raise AttributeError(name)
        fields = {"text_hash": digest(dedented(self.source))} if name == "text_hash" else _details(self)
        _fill(self, fields)
        return fields[name]


def _fill(version: FunctionVersion, fields: dict[str, Any]) -> None:
    for name, value in fields.items():
        object.__setattr__(version, name, value)


def _details(version: FunctionVersion) -> dict[str, Any]:
    """The fields that are read from the function's own text, put under an `if` where it is indented."""
    before = "if 1:\n" if version.source[:1].isspace() else ""
    rows = Rows(before + version.source)
    root: Node = _tree(rows.code)
    outer = function = root
    for node in walk(root):
        if node.type == "decorated_definition" and outer is root:
            outer = node
        elif node.type == "function_definition":
            function = node
            outer = node if outer is root else outer
            break
    body = function.child_by_field_name("body")
    doc = docstring_node(body)
    calls, names, branches = uses(outer, function)
    body_hash, tree_hash = hashes(rows.code, outer, function)
    return {
        "signature": signature(function),
        "docstring": docstring(body),
        "docstring_line": doc and version.line + rows.lines[doc.start_point[0]] - 1 - bool(before),
        "decorators": decorators(outer),
        "parameters": parameters(function),
        "calls": calls,
        "names": names,
        "branches": branches,
        "body_hash": body_hash,
        "tree_hash": tree_hash,
    }


# ---------------------------------------------------------------- a whole file


@dataclass(slots=True)
class _Scope:
    """What a `def` inside would be called: `prefix` + its name, or its bare name where a `global` statement says so."""

    prefix: str = ""
    class_name: str | None = None
    fields: list[str] | None = None  # collects the assignments of a class body
    globals: set[str] = field(default_factory=set)
    wanted: frozenset[str] = _IN_FUNCTION

    def qualified(self, name: str) -> str:
        return name if name in self.globals else self.prefix + name


class _Reader:
    """Reads one text; used once."""

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.rows = Rows(text)
        self.lines = self.rows.lines
        self.root: Node = (root := _tree(self.rows.code))
        self.has_error = root.has_error
        self.functions: list[FunctionVersion] = []
        self.classes: list[tuple[dict[str, Any], list[str]]] = []
        self.imports: list[ImportLine] = []
        self.constants: list[tuple[str, str]] = []
        self.ordinals: Counter[str] = Counter()

    def read(self) -> Module:
        module = _Scope(wanted=_IN_MODULE)
        todo: list[tuple[Node, _Scope, Node]] = [(self.root, module, self.root)]
        while todo:
            node, scope, outer = todo.pop()
            kind = node.type
            inside = scope
            if kind == "function_definition":
                inside = self._function(node, scope, outer)
            elif kind == "class_definition":
                inside = self._class(node, scope, outer)
            elif kind not in _CONTAINERS:
                self._statement(node, kind, scope)
            decorated = kind == "decorated_definition"
            for child in reversed(node.children) if kind in _OPEN or self.has_error else ():
                # A broken statement may hold anything, functions included.
                if child.type in inside.wanted or (self.has_error and child.has_error):
                    todo.append((child, inside, node if decorated else child))
        return Module(
            path=self.path,
            text=self.rows.text,
            docstring=docstring(self.root),
            functions=tuple(self.functions),
            classes=tuple(ClassHeader(**header, fields=tuple(fields)) for header, fields in self.classes),
            imports=tuple(self.imports),
            constants=tuple(self.constants),
            has_error=self.has_error,
        )

    def _function(self, node: Node, scope: _Scope, outer: Node) -> _Scope:
        name_node = node.child_by_field_name("name")
        name = identifier(name_node) if name_node else ""
        if not name:
            return scope
        qualified = scope.qualified(name)
        self.ordinals[qualified] += 1
        first, last = outer.start_point[0], self._last_row(node)
        start = first_statement(node.child_by_field_name("body")) or node.children[-1]
        version = object.__new__(_Function)
        fields = {
            "path": self.path,
            "name": qualified,
            "ordinal": self.ordinals[qualified],
            "line": self.lines[first],
            "end_line": self.lines[last],
            "def_line": self.lines[node.start_point[0]],
            "body_line": self.lines[start.start_point[0]],
            "source": self.rows.slice(first, last),
            "class_name": scope.class_name,
            "is_async": node.children[0].type == "async",
            "has_error": self.has_error and outer.has_error,
        }
        _fill(version, fields)
        self.functions.append(version)
        return _Scope(prefix=qualified + ".<locals>.")

    def _class(self, node: Node, scope: _Scope, outer: Node) -> _Scope:
        name_node = node.child_by_field_name("name")
        name = identifier(name_node) if name_node else ""
        if not name:
            return scope
        qualified = scope.qualified(name)
        body = node.child_by_field_name("body")
        header = {
            "name": qualified,
            "line": self.lines[outer.start_point[0]],
            "end_line": self.lines[self._last_row(node)],
            "header": "\n".join((*("@" + text for text in decorators(outer)), signature(node))),
            "docstring": docstring(body),
        }
        fields: list[str] = []
        self.classes.append((header, fields))
        return _Scope(prefix=qualified + ".", class_name=qualified, fields=fields, wanted=_IN_CLASS)

    def _statement(self, node: Node, kind: str, scope: _Scope) -> None:
        if kind == "global_statement":
            scope.globals.update(identifier(child) for child in node.children if child.type == "identifier")
        elif kind in _IMPORTS and kind in scope.wanted:
            line = self.lines[node.start_point[0]]
            self.imports.append(ImportLine(line, one_line(text_of(node)), bound_names(node)))
        elif kind == "expression_statement" and any(child.type == "assignment" for child in node.children):
            line_text = text_of(node).partition("\n")[0].rstrip()
            if scope.fields is not None:
                scope.fields.append(line_text)
            elif not scope.prefix:
                self.constants += ((name, line_text) for name in assigned_names(node))

    def _last_row(self, node: Node) -> int:
        """The row where the last statement ends: tree-sitter counts the comments after it in, Python does not."""
        row, column = node.end_point
        while (text := self.rows.rows[row][:column].lstrip()).startswith("#") or not text:
            solid = [c for c in node.children if c.type != "comment" and c.end_byte > c.start_byte]
            if not solid:
                break
            node = solid[-1]
            row, column = node.end_point
        return row

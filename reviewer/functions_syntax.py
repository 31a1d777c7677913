# ruff: noqa: D102 - the members of Node are tree-sitter's own
"""What one function's syntax tree says: signature, docstring, parameters, calls. Pure; nodes come from `functions`."""

from __future__ import annotations

import ast
import inspect
import re
import unicodedata
import warnings
from collections.abc import Iterator
from typing import Protocol, Self

_BRANCHES = frozenset(
    (
        *("if_statement", "elif_clause", "for_statement", "while_statement", "except_clause", "except_group_clause"),
        *("boolean_operator", "conditional_expression", "if_clause", "case_clause"),
    )
)
_STRINGS = frozenset(("string", "concatenated_string", "parenthesized_expression"))
_PIECES = re.compile(
    r"(?P<string>(?P<quotes>\"{3}|'{3}).*?(?P=quotes)|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*')|(?:\\\n|\s|#[^\n]*)+",
    re.DOTALL,
)


class Node(Protocol):
    """The part of `tree_sitter.Node` that is used: so that one module alone imports the parser."""

    @property
    def type(self) -> str: ...
    @property
    def text(self) -> bytes | None: ...
    @property
    def children(self) -> list[Self]: ...
    @property
    def start_byte(self) -> int: ...
    @property
    def end_byte(self) -> int: ...
    @property
    def start_point(self) -> tuple[int, int]: ...
    @property
    def end_point(self) -> tuple[int, int]: ...
    @property
    def is_named(self) -> bool: ...
    @property
    def has_error(self) -> bool: ...
    def child_by_field_name(self, name: str, /) -> Self | None: ...


def text_of(node: Node) -> str:
    """The node's own text."""
    return (node.text or b"").decode("utf-8", "replace")


def identifier(node: Node) -> str:
    """An identifier as Python reads it, which is in the normal form NFKC."""
    text = text_of(node)
    return text if text.isascii() else unicodedata.normalize("NFKC", text)


def walk(node: Node) -> Iterator[Node]:
    """The node and everything under it, in the order of the text, without recursion."""
    todo = [node]
    while todo:
        yield (node := todo.pop())
        todo.extend(reversed(node.children))


def one_line(text: str) -> str:
    """Code on one line: no comments, no line breaks, none of the spaces and commas that only served the wrapping."""
    if "\n" not in text:
        return text.strip()
    joined = _PIECES.sub(_piece, text)
    return re.sub(r"(?<=[(\[{])\0+|[\0,]*\0(?=[)\]}])|^\0+|\0+$", "", joined).replace("\0", " ")


def _piece(match: re.Match[str]) -> str:
    if match["string"] is not None:
        return match["string"].replace("\n", "\\n")
    space = match[0]
    return "\0" if "\n" in space else space.partition("#")[0]


def string_value(node: Node) -> str | None:
    """The value of an expression that is a plain string literal, parenthesised or joined ones included; else None."""
    if node.type not in _STRINGS:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an invalid escape in reviewed code is not for our stderr
        try:
            value = ast.literal_eval(text_of(node).lstrip())
        except (SyntaxError, ValueError, MemoryError, RecursionError):
            return None
    return value if isinstance(value, str) else None


def docstring_node(body: Node | None) -> Node | None:
    """The statement of a body (or module) that is its docstring."""
    first = first_statement(body)
    if first is None or first.type != "expression_statement" or len(first.children) != 1:
        return None
    return first if string_value(first.children[0]) is not None else None


def first_statement(body: Node | None) -> Node | None:
    """The first child that is not a comment."""
    return next((child for child in body.children if child.type != "comment"), None) if body else None


def docstring(body: Node | None) -> str | None:
    """The docstring of a body (or module), cleaned as `inspect.getdoc` does."""
    node = docstring_node(body)
    value = string_value(node.children[0]) if node else None
    return None if value is None else inspect.cleandoc(value)


def signature(function: Node) -> str:
    """`async def name(...) -> T:` on one line."""
    colon = next((child for child in function.children if child.type == ":"), function)
    text = (function.text or b"")[: colon.end_byte - function.start_byte]
    return one_line(text.decode("utf-8", "replace"))


def parameters(function: Node) -> tuple[str, ...]:
    """Names of the parameters in order, without stars."""
    found = function.child_by_field_name("parameters")
    names = []
    for parameter in found.children if found else ():
        if parameter.type in ("identifier", *_PARAMETERS):
            names.append(next((identifier(n) for n in walk(parameter) if n.type == "identifier"), ""))
    return tuple(name for name in names if name)


_PARAMETERS = (
    *("typed_parameter", "default_parameter", "typed_default_parameter"),
    *("list_splat_pattern", "dictionary_splat_pattern"),
)


def decorators(outer: Node) -> tuple[str, ...]:
    """Texts of the decorators on a `decorated_definition`, without `@`."""
    return tuple(one_line(text_of(child).removeprefix("@")) for child in outer.children if child.type == "decorator")


def dotted(node: Node | None) -> str | None:
    """`a.b.c` for a chain of attributes on a name; None for anything else."""
    parts: list[str] = []
    while node is not None and node.type == "attribute":
        attribute = node.child_by_field_name("attribute")
        parts.append(identifier(attribute) if attribute else "")
        node = node.child_by_field_name("object")
    if node is None or node.type != "identifier":
        return None
    return ".".join([identifier(node), *reversed(parts)])


def uses(outer: Node, function: Node) -> tuple[tuple[str, ...], frozenset[str], int]:
    """Dotted names that the function calls, identifiers that it and its decorators use, and its branches."""
    calls: dict[str, None] = {}
    names = set()
    branches = 0
    own_name = function.child_by_field_name("name")
    skipped = own_name.start_byte if own_name else -1
    for node in walk(outer):
        kind = node.type
        if kind == "identifier":
            if node.start_byte != skipped:
                names.add(identifier(node))
        elif kind in _BRANCHES:
            branches += node.is_named
        elif kind == "call" and node.start_byte >= function.start_byte:
            called = dotted(node.child_by_field_name("function"))
            if called is not None:
                calls[called] = None
    return tuple(calls), frozenset(names), branches


def bound_names(statement: Node) -> tuple[str, ...]:
    """The names that an import statement binds; `*` for a star import."""
    module = statement.child_by_field_name("module_name")
    names = []
    for child in statement.children:
        if module is not None and child.start_byte == module.start_byte:
            continue
        if child.type == "aliased_import":
            alias = child.child_by_field_name("alias")
            names.append(identifier(alias) if alias else "")
        elif child.type == "dotted_name":
            names.append(identifier(child.children[0]) if child.children else text_of(child))
        elif child.type == "wildcard_import":
            names.append("*")
    return tuple(name for name in names if name)


def assigned_names(statement: Node) -> tuple[str, ...]:
    """The plain names that an assignment statement binds: `A = B = 1` binds two, an unpacking none."""
    names = []
    assignment = first_statement(statement)
    while assignment is not None and assignment.type == "assignment":
        left = assignment.child_by_field_name("left")
        if left is not None and left.type == "identifier":
            names.append(identifier(left))
        assignment = assignment.child_by_field_name("right")
    return tuple(names)

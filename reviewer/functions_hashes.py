"""Hashes of a function that comments and layout do not change. Pure.

Python's own parser is asked first, because it knows what is mere layout (parentheses, trailing commas, quotes). Code
that it does not take, for a syntax error or for being newer than this Python, is hashed by its tree-sitter tokens.
"""

from __future__ import annotations

import ast
import hashlib
import inspect
import re
import warnings
from collections.abc import Iterator

from reviewer.functions_syntax import Node, docstring_node, identifier, string_value, text_of, walk

_OWN = "\N{MIDDLE DOT}"  # stands for the function's own name; no identifier is spelt so
_DEF = re.compile(r"\bdef\b")
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def digest(text: str) -> str:
    """SHA-256 of a text; lone surrogates, which a decoded docstring may hold, are kept apart from each other."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def dedented(source: str) -> str:
    """The source without the indentation of its first line."""
    indent = source[: len(source) - len(source.lstrip(" \t\f"))]
    return ("\n" + source).replace("\n" + indent, "\n")[1:] if indent else source


def hashes(code: str, outer: Node, function: Node) -> tuple[str, str]:
    """(body hash, tree hash) of the one function in `code`, whose tree is `outer` (with decorators) and `function`."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return _from_ast(code)
        except (SyntaxError, ValueError, MemoryError, RecursionError, StopIteration):
            return _from_tokens(outer, function)


# ---------------------------------------------------------------- Python's own tree


def _from_ast(code: str) -> tuple[str, str]:
    tree = ast.parse(code)
    function = next(node for node in ast.walk(tree) if isinstance(node, _FUNCTIONS))
    name, decorators = function.name, function.decorator_list
    doc = ast.get_docstring(function, clean=False)
    if doc is not None:
        del function.body[0]
    function.name = _OWN
    elsewhere = code.count(name) - 1 - (doc or "").count(name)
    if elsewhere or not code.isascii():  # outside ASCII a name has several spellings
        _hide_name(function, name)
    function.decorator_list = []
    whole = body = ast.dump(function)
    nested = len(_DEF.findall(code)) > 1
    if nested:
        _drop_functions(function)
    if nested or decorators:
        function.decorator_list = decorators
        whole = ast.dump(function)
    clean = None if doc is None else inspect.cleandoc(doc)
    return digest("ast" + body), digest("ast" + name + whole + repr(clean))


def _hide_name(function: ast.FunctionDef | ast.AsyncFunctionDef, name: str) -> None:
    """A recursive function that is renamed calls itself by its new name, and is the same function."""
    for node in ast.walk(function):
        if isinstance(node, ast.Name) and node.id == name:
            node.id = _OWN
        elif isinstance(node, ast.Attribute) and node.attr == name:
            node.attr = _OWN


def _drop_functions(function: ast.AST) -> None:
    """Take the nested functions out: what happens in them is not a change of this one."""
    for node in ast.walk(function):
        for field in ("body", "orelse", "finalbody"):
            block = getattr(node, field, None)
            if isinstance(block, list):
                block[:] = [statement for statement in block if not isinstance(statement, _FUNCTIONS)]


# ---------------------------------------------------------------- tree-sitter's tokens


def _from_tokens(outer: Node, function: Node) -> tuple[str, str]:
    name_node = function.child_by_field_name("name")
    name = identifier(name_node) if name_node else ""
    doc = docstring_node(function.child_by_field_name("body"))
    clean = inspect.cleandoc(string_value(doc.children[0]) or "") if doc else None
    body = _tokens(function, name, {_place(doc)} if doc else set())
    own = {_place(node) for node in walk(outer) if _is_function(node)} - {_place(outer), _place(function)}
    tree = _tokens(outer, name, own | ({_place(doc)} if doc else set()))
    return digest("tokens" + "\0".join(body)), digest("tokens" + name + "\0".join(tree) + repr(clean))


def _tokens(root: Node, name: str, left_out: set[tuple[int, int, str]]) -> Iterator[str]:
    """Leaves with the brackets of the tree around them, so that a statement leaving its block is a change."""
    todo: list[Node | str] = [root]
    while todo:
        node = todo.pop()
        if isinstance(node, str):
            yield node
            continue
        kind, children = node.type, node.children
        if kind in ("comment", "line_continuation") or _place(node) in left_out:
            continue
        if not children:
            text = text_of(node)
            yield _OWN if kind == "identifier" and text == name else text
        elif kind == "parenthesized_expression":
            todo.extend(reversed(children[1:-1]))
        else:
            todo.append(f"</{kind}>")
            todo.extend(reversed(_without_last_comma(kind, children)))
            yield f"<{kind}>"


def _place(node: Node) -> tuple[int, int, str]:
    return node.start_byte, node.end_byte, node.type


def _is_function(node: Node) -> bool:
    if node.type == "decorated_definition":
        return any(child.type == "function_definition" for child in node.children)
    return node.type == "function_definition"


def _without_last_comma(kind: str, children: list[Node]) -> list[Node]:
    """A trailing comma says something in a tuple of one and in a subscript, and nothing elsewhere."""
    if len(children) > 2 and children[-2].type == "," and kind not in ("tuple", "subscript", "tuple_pattern"):
        return [*children[:-2], children[-1]]
    return children

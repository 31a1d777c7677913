"""Modules with docstrings as records, for tests of what is read out of docstrings."""

import ast
import inspect
from dataclasses import replace

from reviewer.data import ClassHeader, FunctionVersion, Module
from tests.versions import _functions


def parsed(text: str, path: str = "pkg/m.py") -> Module:
    """The module with its functions' calls, its classes and its docstring."""
    tree = ast.parse(text)
    nodes = {node.lineno: node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
    functions = tuple(
        replace(
            function,
            calls=tuple(
                ast.unparse(call.func) for call in ast.walk(nodes[function.def_line]) if isinstance(call, ast.Call)
            ),
            names=frozenset(
                child.attr for child in ast.walk(nodes[function.def_line]) if isinstance(child, ast.Attribute)
            ),
        )
        for function in _functions(tree, "", None, text, path)
    )
    classes = tuple(
        ClassHeader(node.name, node.lineno, node.end_lineno, f"class {node.name}:", ast.get_docstring(node), ())
        for node in tree.body
        if isinstance(node, ast.ClassDef)
    )
    return Module(path, text, ast.get_docstring(tree), functions, classes, (), (), False)


def named(module: Module, name: str) -> FunctionVersion:
    """The function of that qualified name."""
    return next(function for function in module.functions if function.name == name)


def documented_by(docstring: str, signature: str = "f(n, *rest, strict=True, x=0)", before: str = "") -> Module:
    """A module whose one function has that docstring."""
    return parsed(f"{before}\ndef {signature}:\n    {inspect.cleandoc(docstring)!r}\n")

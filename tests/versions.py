"""Functions of a text as records, read with `ast`, for tests of stages that come after parsing."""

import ast
import hashlib
import inspect

from reviewer.data import FunctionVersion, ImportLine, Module


def version(text: str, name: str, path: str = "m.py") -> tuple[FunctionVersion, Module]:
    """The function of that qualified name, and its module."""
    functions = tuple(_functions(ast.parse(text), "", None, text, path))
    module = Module(path, text, None, functions, (), tuple(_imports(text)), (), False)
    return next(function for function in functions if function.name == name), module


def _imports(text: str):
    for node in ast.parse(text).body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = tuple(alias.asname or alias.name.partition(".")[0] for alias in node.names)
            yield ImportLine(node.lineno, ast.unparse(node), names)


def _functions(node: ast.AST, prefix: str, class_name: str | None, text: str, path: str):
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield _record(child, prefix, class_name, text, path)
            yield from _functions(child, f"{prefix}{child.name}.<locals>.", None, text, path)
        elif isinstance(child, ast.ClassDef):
            yield from _functions(child, f"{prefix}{child.name}.", prefix + child.name, text, path)
        else:
            yield from _functions(child, prefix, class_name, text, path)


def _record(node, prefix: str, class_name: str | None, text: str, path: str) -> FunctionVersion:
    line = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
    docstring = ast.get_docstring(node)
    arguments = node.args
    named = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    keyword = "async def" if isinstance(node, ast.AsyncFunctionDef) else "def"
    returns = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    return FunctionVersion(
        path=path,
        name=prefix + node.name,
        ordinal=1,
        line=line,
        end_line=node.end_lineno,
        def_line=node.lineno,
        body_line=node.body[0].lineno,
        source="\n".join(text.splitlines()[line - 1 : node.end_lineno]),
        signature=f"{keyword} {node.name}({ast.unparse(arguments)}){returns}:",
        docstring=inspect.cleandoc(docstring) if docstring else None,
        docstring_line=node.body[0].lineno if docstring else None,
        class_name=class_name,
        decorators=tuple(ast.unparse(decorator) for decorator in node.decorator_list),
        parameters=tuple(argument.arg for argument in named),
        calls=(),
        names=frozenset(),
        branches=0,
        is_async=isinstance(node, ast.AsyncFunctionDef),
        has_error=False,
        body_hash="",
        tree_hash="",
        text_hash=hashlib.sha256(ast.unparse(node).encode()).hexdigest(),
    )

"""What readers and linters would complain about in an example, said otherwise. Pure."""

from __future__ import annotations

import ast

from reviewer.testfiles.records import Check, NotWritableError


def clear(made: Check) -> None:
    """Rename what linters call ambiguous, and make functions of named lambdas."""
    for node in (node for part in made.nodes for node in ast.walk(part)):
        for name, value in ast.iter_fields(node):
            if isinstance(value, ast.UnaryOp) and (turned := _turned(value)):
                setattr(node, name, turned)
            elif isinstance(value, list):
                value[:] = [(_turned(one) or one) if isinstance(one, ast.UnaryOp) else one for one in value]
        if isinstance(node, ast.Compare) and any(map(_is_type, (node.left, *node.comparators))):
            same = {ast.Eq: ast.Is, ast.NotEq: ast.IsNot}
            node.ops = [same.get(type(op), type(op))() for op in node.ops]
        if isinstance(node, ast.ClassDef):
            node.bases = [base for base in node.bases if not (isinstance(base, ast.Name) and base.id == "object")]
        if isinstance(node, ast.Name) and node.id in {"l", "O", "I"}:
            node.id += "_"
        elif isinstance(node, ast.arg) and node.arg in {"l", "O", "I"}:
            raise NotWritableError(f"the example has a parameter called {node.arg}")
    if (
        made.form != "raises"
        and isinstance(made.call, ast.Assign)
        and all(isinstance(target, ast.Name) for target in made.call.targets)
    ):
        made.call = made.call.value  # nothing after it reads the name
    for place, statement in enumerate(made.setup):
        if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Lambda):
            target = statement.targets[0]
            if isinstance(target, ast.Name) and len(statement.targets) == 1:
                returned: list[ast.stmt] = [ast.Return(statement.value.body)]
                made.setup[place] = ast.FunctionDef(target.id, statement.value.args, returned, [])


def _is_type(node: ast.expr) -> bool:
    """Whether a value is asked for its type, which is compared by identity."""
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "type"


def _turned(node: ast.UnaryOp) -> ast.expr | None:
    """`a not in b` for `not a in b`, and `a is not b` for `not a is b`."""
    inner = node.operand
    if not isinstance(node.op, ast.Not) or not isinstance(inner, ast.Compare) or len(inner.ops) != 1:
        return None
    turned = {ast.In: ast.NotIn, ast.Is: ast.IsNot}.get(type(inner.ops[0]))
    return ast.Compare(inner.left, [turned()], inner.comparators) if turned else None

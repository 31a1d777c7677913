"""Code that a model wrote, as cases take it: parsed, its names checked, its imports limited, or refused. Pure.

The sandbox is the wall; this keeps out what would prove nothing: code that cannot run, that runs something else than
the function, or that takes the expected value from the function itself.
"""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterator, Sequence

from reviewer.data import FunctionVersion, Module
from reviewer.evidence.examples_syntax import expression, names_bound, names_used, statements
from reviewer.evidence.model_rules import Prepared, Rules, called
from reviewer.evidence.model_text import Refused, acts, parsed, printable, too_deep, written

__all__ = ["Code", "Prepared", "Refused"]

SIMPLE = (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Expr, ast.Pass)
COMPOUND = (ast.With, ast.AsyncWith, ast.For, ast.AsyncFor)
COMPUTED = (
    *(ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.Await, ast.Yield, ast.YieldFrom),
    *(ast.NamedExpr, ast.Starred),
)
EXCEPTION = re.compile(r"(?P<name>[^\W\d]\w*(?:\.[^\W\d]\w*)*)\s*(?:[(:].*)?", re.DOTALL)
TOO_BROAD = ("Exception", "BaseException")


class Code:
    """Takes or refuses code that tries one function of a module."""

    def __init__(self, function: FunctionVersion, module: Module) -> None:
        self.rules = Rules(function, module)
        self.target = self.rules.target
        self.scope = self.rules.scope

    def prepared(self, setup: Sequence[str], call: str, *, printing: bool = False) -> Prepared:
        """The statements and the call, checked in order; `printing`: the call may print its result. Raises Refused."""
        if self.target.nested:
            raise Refused("the function is inside another one, out of reach")
        result = Prepared()
        for text in setup:
            code, body = parsed(text)
            for node in body:
                self._statement(result, code, node)
        result.call = self._call(result, call, printing)
        return result

    def value(self, text: str, prepared: Prepared) -> str:
        """An expected value: literals, and what constructors make of them. Raises Refused."""
        code = printable(text).strip()
        node = expression(code)
        if node is None or too_deep(node):
            raise Refused("the expected value is not a Python expression")
        if any(isinstance(child, COMPUTED) or _is_ellipsis(child) for child in ast.walk(node)):
            raise Refused("the expected value is not written out")
        if self.rules.uses_function(node) or names_used(node) & self._from_function(prepared):
            raise Refused("the expected value comes from the function itself")
        self.rules.check(node, prepared)
        for child in ast.walk(node):
            if isinstance(child, ast.Call) and not self.rules.makes(child.func, prepared):
                raise Refused(f"the expected value is computed by {called(child.func)}")
        return written(code, node)

    def exception(self, text: str, prepared: Prepared, promised: str) -> str:
        """The name of an expected exception, which `promised` mentions. Raises Refused."""
        match = EXCEPTION.fullmatch(printable(text).strip())
        name = match["name"].removeprefix("builtins.") if match else ""
        short = name.rpartition(".")[2]
        if not match or short in TOO_BROAD:
            raise Refused("the expected exception is not one class")
        if not re.search(rf"(?<!\w){re.escape(short)}(?!\w)", promised):
            raise Refused(f"the docstring does not mention {short}")
        root = name.partition(".")[0]
        if self.scope.unknown(frozenset({root})) and root not in prepared.bound:
            raise Refused(f"{root} is nowhere defined")
        found = getattr(builtins, name, None)
        known = root in self.scope.names or root in prepared.bound
        if not known and not self.scope.open and not (isinstance(found, type) and issubclass(found, BaseException)):
            raise Refused(f"{name} is no exception")
        return name

    def _from_function(self, prepared: Prepared) -> set[str]:
        """Names that may hold what the function did; what syntax calls (`a + b`) is not told apart."""
        return prepared.bound - set(prepared.names) if self.target.implicit else prepared.results

    def _statement(self, result: Prepared, code: str, node: ast.stmt) -> None:
        if isinstance(node, ast.Import | ast.ImportFrom):
            for name, statement in self._imported(node):
                if result.names.setdefault(name, statement) != statement:  # `import a.b` after `import a.c`
                    result.setup.append(statement)
                result.bound.add(name)
            return
        self._allow(node)
        self.rules.check(node, result)
        if isinstance(node, ast.Pass) or (isinstance(node, ast.Expr) and not acts(node)):
            return
        uses, binds = names_used(node), names_bound(node)
        if self.rules.uses_function(node) or uses & result.results:
            result.results |= binds
        if uses & result.in_temp:
            result.in_temp |= binds
        result.bound |= binds
        result.setup.append(written(code, node))

    def _imported(self, node: ast.Import | ast.ImportFrom) -> Iterator[tuple[str, str]]:
        try:
            yield from self.rules.imports.added(node)
        except ValueError as reason:
            raise Refused(str(reason)) from None

    def _allow(self, node: ast.stmt) -> None:
        """Refuse statements other than the simple ones, also inside `with` and `for`."""
        if isinstance(node, COMPOUND):
            for inner in (*node.body, *getattr(node, "orelse", [])):
                self._allow(inner)
        elif not isinstance(node, SIMPLE):
            raise Refused(f"a setup may not hold {type(node).__name__}")

    def _call(self, result: Prepared, text: str, printing: bool) -> str:
        code, body = parsed(text.strip().rstrip(";"))
        node = body[0] if len(body) == 1 else None
        value = node.value if isinstance(node, ast.Expr | ast.Assign) else None
        if value is None:
            raise Refused("the call is not one expression")
        if not printing and isinstance(value, ast.Call) and called(value.func) == "print" and len(value.args) == 1:
            value = value.args[0]
        self.rules.check(value, result)
        if self.target.bare(value) and self.target.name not in result.bound:
            raise Refused(f"there is no object to call {self.target.name} on")
        if not self._calls(value, result):
            raise Refused(f"it does not call {self.target.name}")
        return written(code, value)

    def _calls(self, node: ast.expr, result: Prepared) -> bool:
        """Whether the expression runs the function: calls it, hands it to a call, or reads it if it is a property."""
        if self.target.owner is not None:
            arranged = [one for text in result.setup for one in statements(text) or ()]
            uses = frozenset(name for one in (*arranged, node) for name in names_used(one))
            if not uses & (self.scope.names - self.scope.imported):
                return False  # an object of some other class
        if self.target.implicit:
            return any(
                isinstance(child, ast.Call | ast.BinOp | ast.UnaryOp | ast.Compare | ast.Subscript)
                for child in ast.walk(node)
            )
        if self.target.attribute:
            return self.rules.uses_function(node)
        for call in (child for child in ast.walk(node) if isinstance(child, ast.Call)):
            handed = [*call.args, *(keyword.value for keyword in call.keywords)]
            if any(self._is_function(part) for part in (call.func, *handed)):
                return True
        return False

    def _is_function(self, node: ast.expr) -> bool:
        """Whether an expression is the function itself, not the result of something with it."""
        inside = isinstance(node, ast.Attribute) and self.rules.uses_function(node.value)
        return isinstance(node, ast.Name | ast.Attribute) and self.rules.uses_function(node) and not inside


def _is_ellipsis(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value is ...

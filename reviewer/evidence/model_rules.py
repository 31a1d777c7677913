"""What code from a model may do that tries one function: which names it uses, what it must leave alone. Pure."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from reviewer.data import FunctionVersion, Module
from reviewer.evidence.examples_scope import scope, target
from reviewer.evidence.examples_syntax import names_bound, names_used
from reviewer.evidence.model_imports import Imports, dotted, is_dangerous
from reviewer.evidence.model_text import Refused

REFUSED_NAMES = frozenset(
    (
        *("eval", "exec", "compile", "__import__", "input", "breakpoint", "exit", "quit", "help", "globals", "locals"),
        *("vars", "setattr", "delattr", "__builtins__", "__loader__", "__spec__", "copyright", "credits", "license"),
    )
)
PLAIN_DUNDERS = frozenset(("__name__", "__doc__", "__class__", "__version__", "__members__"))
VALUE_BUILTINS = frozenset(
    (
        *("int", "float", "complex", "bool", "str", "bytes", "bytearray", "list", "tuple", "dict", "set", "frozenset"),
        *("range", "slice", "object", "type", "memoryview"),
    )
)


@dataclass(slots=True)
class Prepared:
    """Setup and call that may run. `names` are imports, as a Case has them."""

    setup: list[str] = field(default_factory=list)
    call: str = ""
    names: dict[str, str] = field(default_factory=dict)
    bound: set[str] = field(default_factory=set)
    results: set[str] = field(default_factory=set)  # names that hold what the function under test did
    in_temp: set[str] = field(default_factory=lambda: {"tmp_path"})  # names made from the temporary folder


class Rules:
    """The names around one function, and what may be done with them."""

    def __init__(self, function: FunctionVersion, module: Module) -> None:
        self.target = target(function)
        self.scope = scope(module)
        self.imports = Imports(module, self.scope)
        self.classes = frozenset(header.name.partition(".")[0] for header in module.classes)
        self.modules = self.scope.packages | self.classes
        self.defined = self.classes | {version.name for version in module.functions if "." not in version.name}

    def uses_function(self, node: ast.AST) -> bool:
        """Whether a piece of code calls, reads or passes on the function."""
        return not self.target.implicit and self.target.used_by(node, self.modules)

    def check(self, node: ast.AST, result: Prepared) -> None:
        """Names that are nowhere defined, what could do harm, what replaces the code under test. Raises Refused."""
        uses = names_used(node) - {"tmp_path"}
        unknown = [name for name in self.scope.unknown(uses) if name not in result.bound]
        if unknown:
            raise Refused(f"{unknown[0]} is nowhere defined")
        replaced = names_bound(node) & self.defined
        if replaced:
            raise Refused(f"it replaces {min(replaced)}")
        own = result.bound | self.scope.names
        loaded = {one.id for one in ast.walk(node) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Load)}
        refused = (loaded & REFUSED_NAMES) - own
        if refused:
            raise Refused(f"it uses {min(refused)}")
        for child in ast.walk(node):
            if isinstance(child, ast.Name | ast.Attribute):
                self._check_origin(child, result)
            if isinstance(child, ast.Attribute):
                self._check_attribute(child, result)
            if isinstance(child, ast.NamedExpr | ast.Yield | ast.YieldFrom):
                raise Refused(f"it may not hold {type(child).__name__}")
        if "open" in uses and "open" not in own:
            self._check_open(node, result)

    def _check_origin(self, node: ast.Name | ast.Attribute, result: Prepared) -> None:
        origin = self.imports.origin(dotted(node), result.names)
        if origin and is_dangerous(origin):
            raise Refused(f"it uses {origin}")

    def _check_attribute(self, node: ast.Attribute, result: Prepared) -> None:
        name = dotted(node)
        special = node.attr.startswith("__") and node.attr.endswith("__")
        if special and node.attr not in PLAIN_DUNDERS and node.attr != self.target.name:
            raise Refused(f"it uses {node.attr}")
        root = name.partition(".")[0]
        fixed = self.defined | self.scope.imported | frozenset(result.names)
        if not isinstance(node.ctx, ast.Load) and (node.attr == self.target.name or root in fixed):
            raise Refused(f"it replaces {name or node.attr}")

    def _check_open(self, node: ast.AST, result: Prepared) -> None:
        """`open` only as a call on something below the temporary folder."""
        calls = [child for child in ast.walk(node) if isinstance(child, ast.Call) and called(child.func) == "open"]
        named = sum(isinstance(child, ast.Name) and child.id == "open" for child in ast.walk(node))
        paths = [names_used(call.args[0]) if call.args else frozenset() for call in calls]
        if named != len(calls) or not all(path & result.in_temp for path in paths):
            raise Refused("it opens a file outside tmp_path")

    def makes(self, func: ast.expr, prepared: Prepared) -> bool:
        """Whether a call in an expected value only makes a value: a constructor, or something imported."""
        base: ast.expr = func
        while isinstance(base, ast.Attribute):
            base = base.value
        if isinstance(base, ast.Constant):
            return True
        if not isinstance(base, ast.Name):
            return False
        known = self.classes | self.scope.imported | frozenset(prepared.names)
        return base.id in known or (base.id in VALUE_BUILTINS and base.id not in self.scope.names)


def called(func: ast.expr) -> str:
    """What a call calls, for people."""
    return dotted(func) or "something"

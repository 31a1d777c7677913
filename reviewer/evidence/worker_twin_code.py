"""One changed file as it was and as it is: where its functions are entered, and how to make them do what they did.

Runs in the user's Python (3.9 and newer) and imports the standard library only. The new version is compiled with one
statement more at the head of every function under comparison; in the process that plays the old version, every live
function of the file gets its old code, and names that the change took away come back.
"""

from __future__ import annotations

import ast
import copy
import re
import sys
from types import CellType, CodeType, FunctionType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING or __package__:
    from reviewer.evidence import worker_mutant as mutant
    from reviewer.evidence import worker_twin_frame as twin_frame
    from reviewer.evidence import worker_twin_statements as statements
else:
    import worker_mutant as mutant
    import worker_twin_frame as twin_frame
    import worker_twin_statements as statements

# The guard makes no frame where a test has set up a tracer, which would see it: there `append` only notes the call.
UNTRACED = "(__reviewer_gettrace__() is None or __reviewer_traced__({0}))"
GUARD = f"if __reviewer_open__[{{0}}] and {UNTRACED}: __reviewer_entry__({{0}})"
FIXED = (int, float, complex, bool, str, bytes, type(None), tuple, frozenset, re.Pattern)
FREE = "its free variables differ between the versions"
SAME = "only its decorators, its docstring or its layout changed"
GONE = "its code is not found in the source"


class Twins:
    """Both versions of one file. `wanted` maps (name, first line) of the new version to (index, old name, old line)."""

    def __init__(self, path: str, old: bytes, new: bytes, wanted: dict[tuple[str, int], tuple[int, str, int]]) -> None:
        self.path = path
        self.old_tree, self.new_tree = ast.parse(old), ast.parse(new)
        codes = dict(_codes(compile(self.old_tree, path, "exec", dont_inherit=True)))
        new_codes = dict(_codes(compile(self.new_tree, path, "exec", dont_inherit=True)))
        before, after = outline(self.old_tree), outline(self.new_tree)
        by_place = {place(node): node for node in before.values()}
        self.pairs: dict[tuple[str, int], twin_frame.Pair] = {}
        self.troubles: dict[int, str] = {index: GONE for index, _, _ in wanted.values()}
        for key, node in after.items():
            chosen = wanted.get(place(node))
            index = chosen[0] if chosen else None
            previous = by_place.get(chosen[1:]) if chosen else before.get(key)
            code = codes.get(place(previous)) if previous is not None else None
            if previous is None or code is None:
                continue
            self.pairs[place(node)] = twin_frame.Pair(_qualified(self.new_tree, key[0]), node, previous, code, index)
            if index is not None:
                trouble = _trouble(node, previous, code, new_codes.get(place(node)))
                self.troubles.pop(index)
                if trouble:
                    self.troubles[index] = trouble
        kept = {(key[0], 1) for key in after}
        self.gone = [node for key, node in before.items() if (key[0], 1) not in kept and "." in key[0]]
        self.gone_names = {id(node): key[0] for key, node in before.items()}
        self.statements = list(statements.gone(self.old_tree, self.new_tree))
        self.new_values = {
            name: one.value for one in self.new_tree.body for name in statements.bound(one) if hasattr(one, "value")
        }
        self.old_names = {name for names, _ in self.statements for name in names}

    def instrumented(self) -> ast.Module:
        """The new version with its guards."""
        tree = copy.deepcopy(self.new_tree)
        for node in outline(tree).values():
            pair = self.pairs.get(place(node))
            if pair is None or pair.index is None or pair.index in self.troubles:
                continue
            after = 1 if ast.get_docstring(node, clean=False) is not None else 0
            at = node.body[after] if after < len(node.body) else node.body[-1]
            guard = ast.parse(GUARD.format(pair.index)).body[0]
            for part in ast.walk(guard):
                ast.copy_location(part, at)
            node.body.insert(after, guard)
        return tree

    def pair_of(self, code: CodeType) -> twin_frame.Pair | None:
        """The functions of a live code object."""
        return self.pairs.get((code.co_name, code.co_firstlineno)) if code.co_filename == self.path else None

    # ------------------------------------------------------------ in the process that plays the old version

    def restore(self, live: list[FunctionType], spaces: list[dict[str, Any]]) -> None:
        """Make the live functions of this file, and its modules, what they were."""
        for space in spaces:
            self._restore_names(space)
        for function in live:
            pair = self.pair_of(function.__code__)
            if pair is not None and function.__code__.co_freevars == pair.code.co_freevars:
                twin_frame.set_defaults(function, pair)
                function.__code__ = pair.code

    def _restore_names(self, space: dict[str, Any]) -> None:
        for names, statement in self.statements:
            held = {name: space[name] for name in names if name in space}
            if len(held) == len(names) and not all(self._fixed(name, value) for name, value in held.items()):
                continue  # what live objects belong to, or may have been filled meanwhile, stays
            changed = len(held) == len(names)
            if _quietly(statement, self.path, space) and not changed:
                space.update(held)
        for node in self.gone:
            self._restore_method(node, space)

    def _fixed(self, name: str, value: object) -> bool:
        """Whether a module's value cannot have become another one, or is still what the new version wrote."""
        if isinstance(value, FIXED):
            return True
        try:
            written = ast.literal_eval(self.new_values[name])
        except (KeyError, ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            return False
        return type(value) is type(written) and value == written

    def _restore_method(self, node: mutant.Definition, space: dict[str, Any]) -> None:
        owner, _, name = self.gone_names[id(node)].rpartition(".")
        target: Any = space.get(owner.partition(".")[0])
        for part in owner.split(".")[1:]:
            target = getattr(target, part, None)
        if not isinstance(target, type) or name in target.__dict__:
            return
        body: ast.stmt = ast.ClassDef(
            name=owner.rpartition(".")[2], bases=[], keywords=[], body=[node], decorator_list=[]
        )
        if sys.version_info >= (3, 12):
            body.type_params = []  # type: ignore[attr-defined]
        scratch = dict(space)
        if _quietly(ast.copy_location(body, node), self.path, scratch):
            held = scratch[owner.rpartition(".")[2]].__dict__[name]
            setattr(target, name, _moved(held, target, space))


def place(node: Any) -> tuple[str, int]:
    """Name and first line, which a code object has too."""
    return node.name, mutant.first_line(node)


def outline(tree: ast.AST, prefix: str = "") -> dict[tuple[str, int], mutant.Definition]:
    """Every function by qualified name (without `<locals>`) and its number among those of that name."""
    found: dict[tuple[str, int], mutant.Definition] = {}

    def visit(node: ast.AST, prefix: str) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                name = prefix + child.name
                if not isinstance(child, ast.ClassDef):
                    number = 1
                    while (name, number) in found:
                        number += 1
                    found[name, number] = child
                visit(child, name + ".")
            else:
                visit(child, prefix)

    visit(tree, prefix)
    return found


def _qualified(tree: ast.AST, name: str) -> str:
    """A name as `__qualname__` has it: `outer.<locals>.inner`."""
    parts = name.split(".")
    made = parts[0]
    for number, part in enumerate(parts[1:], 1):
        inside = mutant.definitions(tree, parts[:number])
        made += f".<locals>.{part}" if inside else f".{part}"
    return made


def _codes(code: CodeType) -> Any:
    for part in code.co_consts:
        if isinstance(part, CodeType):
            yield (part.co_name, part.co_firstlineno), part
            yield from _codes(part)


def _trouble(new: mutant.Definition, old: mutant.Definition, code: CodeType, now: CodeType | None) -> str | None:
    if now is None:
        return GONE
    more, fewer = set(code.co_freevars) - set(now.co_freevars), set(now.co_freevars) - set(code.co_freevars)
    if more or fewer - {"__class__"}:
        return FREE
    return SAME if _essence(new) == _essence(old) else None


def _essence(node: mutant.Definition) -> str:
    bare = copy.copy(node)
    bare.decorator_list, bare.name = [], ""
    if ast.get_docstring(node, clean=False) is not None:
        bare.body = node.body[1:]
    return ast.dump(bare)


def _quietly(statement: ast.AST, path: str, space: dict[str, Any]) -> bool:
    try:
        tree = ast.Module(body=[statement], type_ignores=[])  # type: ignore[list-item]
        exec(compile(ast.fix_missing_locations(tree), path, "exec", dont_inherit=True), space)
    except Exception:  # a name that cannot come back: the old version then fails, and says which
        return False
    return True


def _moved(held: Any, owner: type, space: dict[str, Any]) -> Any:
    """A function made in a scratch class as one of the class it belongs to."""
    if isinstance(held, (staticmethod, classmethod)):
        return type(held)(_moved(held.__func__, owner, space))
    if isinstance(held, property):
        parts = [_moved(one, owner, space) if one else None for one in (held.fget, held.fset, held.fdel)]
        return property(*parts)
    if not isinstance(held, FunctionType):
        return held
    cells = tuple(
        CellType(owner) if n == "__class__" else c for n, c in zip(held.__code__.co_freevars, held.__closure__ or ())
    )
    made = FunctionType(held.__code__, space, held.__name__, held.__defaults__, cells)
    made.__kwdefaults__ = held.__kwdefaults__
    made.__qualname__ = f"{owner.__qualname__}.{held.__name__}"
    return made

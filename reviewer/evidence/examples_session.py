"""What a docstring's examples do in order, and which of it a later example needs. Pure."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass, field

from reviewer.data import Expected
from reviewer.evidence.examples_syntax import expression, names_bound, names_used, statements
from reviewer.records import record

RAISED = "raised"
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@record(frozen=True, slots=True)
class Step:
    """One example or one statement between examples."""

    code: str
    quote: str  # verbatim from the docstring
    expected: Expected | None = None  # None: a statement that only prepares
    broken: str | None = None  # why it cannot be tried
    runs: bool = True  # part of the session: later steps see what it does
    alone: bool = True  # an expression without result was written for its effect
    inline: bool = False  # read out of running text, where names may be placeholders
    certain: bool = True  # surely meant as an example, so a name that is nowhere defined is its author's mistake


@record(frozen=True, slots=True)
class _Statement:
    text: str
    binds: frozenset[str]
    uses: frozenset[str]
    rebinds: bool  # the names it binds owe nothing to their earlier values
    effect: bool  # worth keeping although it binds nothing
    result: str | None  # what it showed, for examples


@dataclass(slots=True)
class Session:
    """The statements so far. `bound` are the names that they define."""

    bound: set[str] = field(default_factory=set)
    imported: set[str] = field(default_factory=set)
    _fixed: set[str] = field(default_factory=set)  # modules, functions and classes: what uses them changes nothing
    _plain: set[str] = field(default_factory=set)  # literals and lambdas: calls that look at them remember nothing
    _statements: list[_Statement] = field(default_factory=list)
    _results: dict[str, set[str]] = field(default_factory=dict)

    def add(self, step: Step) -> None:
        """Record a step that has been read; one that cannot be tried leaves nothing behind."""
        if step.broken or not step.runs:
            return
        if step.expected and step.expected.type:
            self._add_raising(step.code)
            return
        result = step.expected.text if step.expected else None
        if result is not None:
            self._results.setdefault(step.code, set()).add(result)
        for node in statements(step.code) or ():
            self._add(node, _text(step.code, node), result, step.alone)

    def _add_raising(self, code: str) -> None:
        """An expression that raises binds nothing, but may leave its mark on an object."""
        tree = expression(code)
        if tree is not None:
            caught = "try:\n" + textwrap.indent(code, "    ") + "\nexcept Exception:\n    pass"
            self._statements.append(_Statement(caught, frozenset(), names_used(tree), False, False, RAISED))

    def _add(self, node: ast.stmt, text: str, result: str | None, alone: bool) -> None:
        if isinstance(node, ast.ImportFrom) and node.module == "__future__":
            return
        binds = names_bound(node)
        if isinstance(node, ast.Expr) and not any(isinstance(child, ast.Call | ast.Await) for child in ast.walk(node)):
            return
        plain = isinstance(node, ast.Expr | ast.Assert | ast.Pass)
        imports = isinstance(node, ast.Import | ast.ImportFrom)
        self._statements.append(
            _Statement(
                text=text,
                binds=binds,
                uses=names_used(node),
                rebinds=imports or isinstance(node, (ast.Assign, *DEFINITIONS)),
                effect=(alone and result is None) if plain else not binds,
                result=result,
            )
        )
        self.bound |= binds
        plain_value = isinstance(node, ast.Assign) and _is_plain(node.value)
        self._plain = self._plain | binds if plain_value else self._plain - binds
        self.imported |= binds if imports else frozenset()
        self._fixed |= binds if imports or isinstance(node, DEFINITIONS) else frozenset()

    def needed(
        self, uses: Iterable[str], code: str = "", shows: str | None = None, *, lean: bool = False
    ) -> tuple[str, ...]:
        """The earlier statements, in order, that an example depends on: the names it uses, its text, what it shows.

        A `lean` answer leaves out the calls of earlier examples that are given plain values alone: most do nothing to
        them. An object that the code made may go on from where the last call left it.
        """
        wanted = set(uses)
        # The same call showed something else before: it remembers, so what was called before it matters.
        remembers = bool(self._results.get(code, set()) - {shows})
        objects = self.bound - self._fixed
        kept: list[str] = []
        for statement in reversed(self._statements):
            touched = statement.uses & objects
            if lean and statement.result is not None and not statement.binds and touched <= self._plain:
                continue
            if statement.binds & wanted:
                keep = True
            elif touched:
                keep = bool(touched & wanted)
            elif statement.binds:
                keep = False
            else:
                keep = statement.effect or (remembers and statement.result not in (None, RAISED))
            if not keep:
                continue
            kept.append(statement.text)
            if statement.rebinds:
                wanted -= statement.binds - statement.uses
            wanted |= statement.uses
        return tuple(reversed(kept))

    def everything(self) -> tuple[str, ...]:
        """All statements so far."""
        return tuple(statement.text for statement in self._statements)

    def fresh(self, name: str) -> tuple[str, ...] | None:
        """How to make that name anew; None if it is made twice or worked on after, so that its state is unclear."""
        makers = [number for number, statement in enumerate(self._statements) if name in statement.binds]
        if len(makers) != 1 or not self._statements[makers[0]].rebinds:
            return None
        later = self._statements[makers[0] + 1 :]
        if any(name in statement.uses and statement.result is None for statement in later):
            return None
        maker = self._statements[makers[0]]
        before = Session(self.bound, self.imported, self._fixed, self._plain, self._statements[: makers[0]])
        return (*before.needed(maker.uses), maker.text)


def _is_plain(value: ast.expr) -> bool:
    return isinstance(value, ast.Lambda) or not any(
        isinstance(part, ast.Call | ast.Await | ast.Name | ast.GeneratorExp) for part in ast.walk(value)
    )


def _text(code: str, node: ast.stmt) -> str:
    """A statement's text, decorators included."""
    if isinstance(node, DEFINITIONS) and node.decorator_list:
        return "\n".join(code.splitlines()[node.decorator_list[0].lineno - 1 : node.end_lineno])
    return ast.get_source_segment(code, node) or code

"""What the test files are made from and what comes of it."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field

from reviewer.data import Case, FunctionVersion, GeneratedTest, Module, Outcome
from reviewer.records import record


@record(frozen=True, slots=True)
class AcceptedTest:
    """A case that came through every gate, with what the call did on the new version."""

    function_id: str
    function: FunctionVersion
    module: Module
    case: Case
    outcome: Outcome
    verdict: str  # guards | fixes | documents | characterises
    mutants_killed: tuple[str, ...] = ()
    mutants_total: int = 0


class NotWritableError(ValueError):
    """The case is no plain pytest test; the text says why."""


@dataclass(slots=True)
class Check:
    """What a test does: statements, then an assertion about `call` in one of a few forms."""

    setup: list[ast.stmt]
    call: ast.expr | ast.stmt
    form: str  # equals | is | round | approx | nan | raises | repr | prints
    expected: ast.expr | None = None
    exception: str | None = None
    digits: int = 0
    shows: bool = False  # the call's value is shown as an interactive session does
    flags: tuple[str, ...] = ()
    asynchronous: bool = False
    fixtures: list[str] = field(default_factory=list)
    imports: dict[str, str] = field(default_factory=dict)

    @property
    def nodes(self) -> list[ast.AST]:
        """The trees of all that it does."""
        return [*self.setup, self.call, *([self.expected] if self.expected else [])]


@record(frozen=True, slots=True)
class Unwritten:
    """An accepted test that cannot be written as plain pytest, and why."""

    test: AcceptedTest
    reason: str


@record(frozen=True, slots=True)
class Block:
    """One generated test function of a file: its report entry, its marker's identity, and the names it imports.

    `test.source` is the text from the marker to the end of the function, newlines as `\\n`, the last one included.
    """

    test: GeneratedTest
    function_hash: str
    promise_hash: str
    version: str  # of the function's text: the tests of an unchanged function stay as they are
    imports: Mapping[str, str] = field(default_factory=dict)  # bound name -> import statement


@record(frozen=True, slots=True)
class Style:
    """How the project writes Python, as far as generated code has to follow."""

    width: int = 88
    first_party: frozenset[str] = frozenset()  # top-level modules that import sorters take for the project's own


@record(frozen=True, slots=True)
class Plan:
    """What a test file becomes. The names are those of test functions; edited and kept ones are as they were."""

    path: str
    before: str | None
    text: str
    kept: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    edited: tuple[str, ...] = ()  # the user changed them: never touched
    stale: tuple[tuple[str, str], ...] = ()  # name and reason: the function or the promise is gone
    removed: tuple[str, ...] = ()  # stale ones, with `prune`
    tests: tuple[GeneratedTest, ...] = ()  # as they stand in the file: names and sources are the final ones

    @property
    def changes(self) -> bool:
        """Whether the file would change."""
        return self.text != (self.before or "")

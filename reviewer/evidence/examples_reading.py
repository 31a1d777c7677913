"""A docstring's steps as cases of one function: those that call it, with what they need; or why they are none. Pure."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from reviewer.data import BrokenExample, Case, Expected, ExpectedKind, Origin
from reviewer.evidence import examples_code, examples_doctest, examples_inline
from reviewer.evidence.examples_layout import Layout, pieces
from reviewer.evidence.examples_operators import reaches
from reviewer.evidence.examples_scope import Scope, Target
from reviewer.evidence.examples_session import Session, Step
from reviewer.evidence.examples_syntax import expression, names_used, statements
from reviewer.evidence.examples_values import CONSTANT

COMPOUND = (ast.For, ast.While, ast.With, ast.If, ast.Try, ast.Match, ast.AsyncFor, ast.AsyncWith)
MAX_STEPS = 1_000  # of one docstring
MAX_BEFORE = 40  # statements that run before an example, when all are run
MAX_CHARACTERS = 200_000  # of one docstring


def steps(docstring: str, target: Target) -> Iterator[Step]:
    """Everything a docstring shows, in order; in running text only calls of the target."""
    text = docstring[:MAX_CHARACTERS]
    for piece in pieces(text):
        if piece.layout is Layout.DOCTEST:
            yield from examples_doctest.steps(text, piece.start, piece.end, target.doctest_flags)
        else:
            read = examples_code.steps if piece.layout is Layout.CODE else examples_inline.steps
            yield from read(text, piece.start, piece.end, target.name, attribute=target.attribute)


def session(docstring: str, target: Target) -> Session:
    """The session that a docstring's statements make."""
    result = Session()
    for step in itertools.islice(steps(docstring, target), MAX_STEPS):
        result.add(step)
    return result


class _BrokenError(Exception):
    """The example cannot be tried; the text says why."""


class _NoExampleError(Exception):
    """It only looked like an example."""


@dataclass(slots=True)
class Reading:
    """The cases of one function so far. `around`: docstrings whose objects an example may use without making them."""

    target: Target
    scope: Scope
    around: Sequence[str] = ()
    identity: str = ""  # the function's id
    cases: list[Case] = field(default_factory=list)
    broken: list[BrokenExample] = field(default_factory=list)
    sessions: list[Case] = field(default_factory=list)  # cases again, after everything that stands before them
    _session: Session = field(default_factory=Session)

    def read(self, docstring: str, *, own: bool) -> None:
        """Take the examples of a docstring; one that is not the function's `own` counts where it names the function."""
        self._session = Session()
        for number, step in enumerate(steps(docstring, self.target)):
            if number == MAX_STEPS:
                self.broken.append(BrokenExample(step.quote, f"it comes after {MAX_STEPS} others in one docstring"))
                return
            self._take(step, own)
            self._session.add(step)

    def _take(self, step: Step, own: bool) -> None:
        if step.broken:
            if own or re.search(rf"\b{re.escape(self.target.name)}\b", step.code):
                self.broken.append(BrokenExample(step.quote, step.broken))
        elif step.expected:
            try:
                self.cases.append(self._case(step, step.expected, own))
            except _BrokenError as reason:
                self.broken.append(BrokenExample(step.quote, str(reason)))
            except _NoExampleError:
                return

    def _case(self, step: Step, expected: Expected, own: bool) -> Case:
        """The step as a case; one of the `own` docstring that does not name the function may yet run it."""
        code = self._rewritten(step)
        tree = _parsed(code, expected)
        if step.inline:
            self._reject_placeholders(tree, expected)
        result = expression(expected.text or "") if expected.kind is ExpectedKind.VALUE else None
        uses = names_used(tree) | (names_used(result) if result else frozenset())
        needed = self._session.needed(uses, step.code, expected.text)
        by_text = result is None or code not in names_used(result)
        if (own and self.target.implicit) or self._concerns(tree, needed, expected):
            return self._made(step, code, tree, uses, needed, by_text)
        if not own or step.inline or not step.certain:
            raise _NoExampleError
        try:
            return replace(self._made(step, code, tree, uses, needed, by_text), through=self.identity)
        except _BrokenError as reason:
            raise _NoExampleError from reason

    def _made(
        self, step: Step, code: str, tree: ast.AST, uses: frozenset[str], needed: tuple[str, ...], by_text: bool
    ) -> Case:
        """The case with what stands before it; `by_text`: the expected value does not use the name that is shown."""
        assert step.expected is not None
        arranged = self._arranged(uses, step)
        setup = (*arranged, *needed)
        bound = {name for text in arranged for node in statements(text) or () for name in names_used(node)}
        self._reject_unknown(setup, frozenset(bound), step)
        lean = (*arranged, *self._session.needed(uses, lean=True))
        call, lean_call = code, code
        if by_text:
            (call, setup), (lean_call, lean) = _inlined(code, setup), _inlined(code, lean)
        shorter = lean if lean_call == call and lean != setup else None
        whole = (*arranged, *self._session.everything())
        if not step.inline and (*arranged, *needed) != whole and len(whole) <= MAX_BEFORE:
            self.sessions.append(Case(whole, _ended(code, tree), step.expected, Origin.EXAMPLE, step.quote))
        return Case(setup, _ended(call, tree), step.expected, Origin.EXAMPLE, step.quote, lean=shorter)

    def _known(self, name: str) -> bool:
        return name in self._session.bound or not self.scope.unknown(frozenset({name}))

    def _modules(self) -> frozenset[str]:
        return self.scope.imported | self.scope.packages | frozenset(self._session.imported)

    def _rewritten(self, step: Step) -> str:
        """The call as the module's namespace takes it: static methods on their class, without the module as prefix."""
        code = step.code
        tree = _parsed(code, step.expected)
        bare = [] if self._known(self.target.name) else self.target.bare(tree)
        if bare and not self.target.static:
            raise _BrokenError(f"there is no object to call {self.target.name} on")
        if bare:
            code = re.sub(
                rf"(?<![\w.]){re.escape(self.target.name)}\(", f"{self.target.owner}.{self.target.name}(", code
            )
        prefixes = {_dotted(node.value) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        for prefix in sorted(prefixes, key=len, reverse=True):
            root = prefix.partition(".")[0]
            parts = prefix.split(".")
            if root and not self._known(root) and all(part in self.scope.packages for part in parts):
                code = re.sub(rf"(?<![\w.]){re.escape(prefix)}\.(?=\w)", "", code)
        return code

    def _reject_placeholders(self, tree: ast.AST, expected: Expected) -> None:
        """In running text a name may stand for anything: parameters, `result`, exceptions that are no names."""
        if (names_used(tree) - self._session.bound) & self.target.parameters:
            raise _NoExampleError
        if expected.type and not self._known(expected.type.partition(".")[0]):
            raise _NoExampleError
        result = expression(expected.text or "") if expected.kind is ExpectedKind.VALUE else None
        if result is None:
            return
        made = {id(node.func) for node in ast.walk(result) if isinstance(node, ast.Call)}
        for node in ast.walk(result):
            if (
                isinstance(node, ast.Name)
                and id(node) not in made
                and not CONSTANT.match(node.id)
                and node.id not in self._session.bound
                and not _is_base(result, node)
            ):
                raise _NoExampleError
        if any(not self._known(name) for name in names_used(result)):
            raise _NoExampleError

    def _arranged(self, uses: frozenset[str], step: Step) -> tuple[str, ...]:
        """Statements that make what the example uses without making it."""
        result: tuple[str, ...] = ()
        for name in sorted(name for name in uses if not self._known(name)):
            if name == "cls" and self.target.owner:
                result += (f"cls = {self.target.owner}",)
                continue
            made = [session(docstring, self.target).fresh(name) for docstring in self.around]
            usable = next((statements for statements in made if statements), None)
            if usable is None and not step.certain and name != "self":
                raise _NoExampleError
            if usable is None:
                local = self.target.nested and name == self.target.name
                where = "inside another function" if local else "not arranged" if name == "self" else "nowhere defined"
                raise _BrokenError(f"{name} is {where}")
            result += usable
        return result

    def _concerns(self, tree: ast.AST, setup: Sequence[str], expected: Expected) -> bool:
        # What is nowhere defined may be a module that the author forgot to import.
        modules = self._modules() | {name for name in names_used(tree) if not self._known(name)}
        prepared = [node for text in setup for node in statements(text) or ()]
        if self.target.implicit and self.target.owner:
            shown = expected.text if expected.kind is ExpectedKind.OUTPUT else None
            return reaches(self.target.name, self.target.owner, tree, prepared, shown)
        return self.target.used_by(tree, modules) or any(self.target.used_by(node, modules) for node in prepared)

    def _reject_unknown(self, setup: Sequence[str], arranged: frozenset[str], step: Step) -> None:
        bodies = [node for text in setup for node in statements(text) or ()]
        uses = frozenset(name for node in bodies for name in names_used(node))
        missing = [name for name in self.scope.unknown(uses) if name not in self._session.bound | arranged]
        if missing:
            raise _BrokenError(f"{missing[0]} is nowhere defined") if step.certain else _NoExampleError


def _parsed(code: str, expected: Expected | None) -> ast.AST:
    """The syntax tree of a call: an expression, or for output and exceptions one statement."""
    tree = expression(code)
    if tree is not None:
        return tree
    body = statements(code)
    if body and len(body) == 1 and expected and expected.kind is not ExpectedKind.VALUE:
        return body[0]
    raise _BrokenError("its text is not valid Python")


def _ended(code: str, tree: ast.AST) -> str:
    """The text with the empty line after it that an interactive session wants where it is a block."""
    return f"{code}\n" if isinstance(tree, COMPOUND) else code


def _inlined(code: str, setup: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """`x = f(3)` followed by `x` is the call `f(3)`: a failure then belongs to the call, not to its preparation."""
    last = statements(setup[-1]) if setup else None
    if last and len(last) == 1 and isinstance(last[0], ast.Assign) and code.isidentifier():
        targets = last[0].targets
        value = ast.get_source_segment(setup[-1], last[0].value) or ""
        if len(targets) == 1 and isinstance(targets[0], ast.Name) and targets[0].id == code and expression(value):
            return value, setup[:-1]
    return code, setup


def _dotted(node: ast.expr) -> str:
    """`a.b` for such an expression, the empty text for any other."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(names)]) if isinstance(node, ast.Name) else ""


def _is_base(tree: ast.AST, name: ast.Name) -> bool:
    """Whether a name only carries an attribute, as in `Color.RED`."""
    return any(isinstance(node, ast.Attribute) and node.value is name for node in ast.walk(tree))

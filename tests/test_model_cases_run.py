"""What is taken from a model runs in the sandbox as documented examples do."""

import sys
from pathlib import Path

import pytest

from reviewer.data import Job, OutcomeKind, Side
from reviewer.evidence import sandbox
from reviewer.evidence.model_cases import sifted
from reviewer.questions.answers import RawCall, RawCase, RawExpectation, Then
from tests.changed import parsed

TEXT = '''\
import contextlib


class Stack:
    def __init__(self, items=()):
        self.items = list(items)

    @property
    def top(self):
        """The last thing put in."""
        return self.items[-1]

    def push(self, item):
        """Put a thing in and return how many there are."""
        self.items.append(item)
        return len(self.items)

    def __len__(self):
        """How many things there are."""
        return len(self.items)


async def later(n):
    """Return n doubled, some time later."""
    return 2 * n


async def stream(n):
    """Count to n, some time later."""
    for number in range(n):
        yield number


def count(n):
    """Count up to n, zero first."""
    yield from range(n)


def shout(text):
    """Print the text in capitals. Raises TypeError for what is no text."""
    if not isinstance(text, str):
        raise TypeError(text)
    print(text.upper())


def lines(path):
    """Number of lines in a file."""
    with open(path) as file:
        return len(file.readlines())


@contextlib.contextmanager
def lent(item):
    """Lend a thing for the time of a block."""
    yield item
'''
RETURNS, PRINTS, RAISES = Then.RETURNS, Then.PRINTS, Then.RAISES


@pytest.mark.parametrize(
    ("name", "setup", "call", "then", "value"),
    [
        ("Stack.top", ["s = Stack([1, 2])"], "s.top", RETURNS, "2"),
        ("Stack.push", ["s = Stack()", "s.push(1)"], "s.push(2)", RETURNS, "2"),
        ("Stack.__len__", ["s = Stack([1])"], "len(s)", RETURNS, "1"),
        ("later", [], "later(2)", RETURNS, "4"),
        ("later", ["import asyncio"], "asyncio.run(later(2))", RETURNS, "4"),
        ("later", [], "await later(2)", RETURNS, "4"),
        ("stream", [], "stream(2)", RETURNS, "[0, 1]"),
        ("count", [], "count(2)", RETURNS, "[0, 1]"),
        ("count", [], "list(count(2))", RETURNS, "[0, 1]"),
        ("shout", [], "shout('a')", PRINTS, "A"),
        ("shout", [], "shout(1)", RAISES, "TypeError"),
        ("lines", ["p = tmp_path / 'a'", "with open(p, 'w') as f:\n    f.write('a\\nb')"], "lines(p)", RETURNS, "2"),
        ("lent", ["stack = contextlib.ExitStack()"], "stack.enter_context(lent(4))", RETURNS, "4"),
    ],
)
def test_a_case_runs(box, name, setup, call, then, value):
    module = parsed(TEXT, "m.py")
    function = next(one for one in module.functions if one.name == name)
    quote = function.docstring
    raw = RawCase(RawCall(tuple(setup), call, quote), RawExpectation(then, value, quote))
    found = sifted(function, module, quote, [raw])
    assert found.dropped == ()
    (result,) = box.run(Side.NEW, [Job("m.py", name, found.cases[0])])
    assert result.passed, result.outcome
    assert result.outcome.kind is not OutcomeKind.NOT_RUN


@pytest.fixture(scope="module")
def box(tmp_path_factory):
    root = tmp_path_factory.mktemp("repository")
    (root / "m.py").write_text(TEXT)
    try:
        opened = sandbox.open(Path(sys.executable), root, [root], {}, {"m.py": TEXT.encode()})
    except sandbox.Unavailable as reason:
        pytest.skip(f"nothing can be run here: {reason}")
    yield opened
    opened.close()

"""How much of a docstring stands before an example in its test, against the real sandbox."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from reviewer.evidence import arranging, cases, sandbox
from reviewer.evidence.examining import Examiner
from tests.changed import changed, parsed

TEXT = '''\
def tap(function, value):
    """Give a value to a function and back.

    {examples}
    """
    function(value)
    return value


class Counter:
    """Counts."""

    def next(self, value):
        """One more."""

    def restart(self, value):
        """From the beginning."""
'''

EXAMPLES = {
    "what a lambda closes over": (
        """
    >>> seen = []
    >>> keep = lambda value: tap(seen.append, value)
    >>> keep(1)
    1
    >>> keep(2)
    2
    >>> seen
    [1, 2]""",
        [
            ("keep(1)", ["seen", "keep"]),
            ("keep(2)", ["seen", "keep"]),
            ("seen", ["seen", "keep", "keep(1)", "keep(2)"]),
        ],
    ),
    "calls that leave nothing behind": (
        """
    >>> words = {"a": 1}
    >>> tap(words.get, "a")
    'a'
    >>> tap(words.get, "b")
    'b'""",
        [("tap(words.get, 'a')", ["words"]), ("tap(words.get, 'b')", ["words"])],
    ),
    "calls that count": (
        """
    >>> items = iter("abc")
    >>> tap(print, next(items))
    a
    'a'
    >>> tap(print, next(items))
    b
    'b'""",
        [("tap(print, next(items))", ["items"]), ("tap(print, next(items))", ["items", "tap(print, next(items))"])],
    ),
    "calls of an object that goes on from there": (
        """
    >>> items = Counter()
    >>> tap(items.next, None)
    >>> tap(items.next, 5)
    5
    >>> tap(items.restart, 7)
    7""",
        [
            ("tap(items.next, 5)", ["items", "tap(items.next, None)"]),
            ("tap(items.restart, 7)", ["items", "tap(items.next, None)", "tap(items.next, 5)"]),
        ],
    ),
    "a statement that raises": (
        """
    >>> del tap(id, [])[0]
    Traceback (most recent call last):
    IndexError: list assignment index out of range
    >>> tap(id, ())[0] = 1
    Traceback (most recent call last):
    TypeError: 'tuple' object does not support item assignment""",
        [("del tap(id, [])[0]", []), ("tap(id, ())[0] = 1", [])],
    ),
    "a call without a result is there for its effect": (
        """
    >>> seen = []
    >>> seen.append(1)
    >>> tap(seen.append, 2)
    2
    >>> tap(seen.count, 1)
    1""",
        [("tap(seen.append, 2)", ["seen", "seen.append(1)"]), ("tap(seen.count, 1)", ["seen", "seen.append(1)"])],
    ),
}


@pytest.mark.parametrize(("examples", "expected"), EXAMPLES.values(), ids=EXAMPLES)
def test_as_little_stands_before_an_example_as_it_passes_with(examples, expected, tmp_path):
    text = TEXT.format(examples=examples)
    (tmp_path / "m.py").write_text(text)
    function, module = changed(None, text, "tap", "m.py"), parsed(text, "m.py")
    assert function.new is not None
    known, _ = cases.documented(function.new, module)
    with sandbox.open(Path(sys.executable), tmp_path, [tmp_path], {}, {"m.py": text.encode()}) as box:
        found = arranging.tried(function, known, cases.sessions(function.new, module), Examiner(box))
    assert all(one.new.passed for one in found)
    shown = [(one.case.call.replace('"', "'"), [text.partition(" = ")[0] for text in one.case.setup]) for one in found]
    assert shown == expected

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reviewer.context import build, estimate_tokens
from tests.changed import changed, parsed

TEXT = '''\
from __future__ import annotations

import json
import os.path
from typing import Any
from collections import (
    Counter,
    OrderedDict,
)
from math import floor as down, ceil

LIMIT = 10
OTHER = 20


def helper(a: int) -> int:
    """Adds one
    to a.

    And more that is not shown.
    """
    return a + 1


def unused():
    """Not called."""


class Base:
    pass


@register
class Shelf(Base):
    """A shelf.

    With more to say.
    """

    size: int = 3
    books = None

    def __init__(self, size):
        self.size = size

    def put(self, item: Any) -> None:
        """Put one item."""

    def take(self, count: int) -> Counter:
        if count > LIMIT:
            raise ValueError(count)
        self.put(down(helper(count)))
        self.take(1)
        return Counter(json.dumps(self.books))


def outer(parts):
    def inner(x):
        return deeper(x) + len(parts)

    def deeper(x):
        """Go down."""
        return Shelf(x)

    return inner
'''
MODULE = parsed(TEXT)
TAKE = """\
import json
from collections import Counter
from math import floor as down
@register
class Shelf(Base):
    \"""A shelf.\"""
    size: int = 3
    books = None
LIMIT = 10
def put(self, item: Any) -> None:
    \"""Put one item.\"""
def helper(a: int) -> int:
    \"""Adds one to a.\"""
"""


def context(name, budget):
    return build(changed(None, TEXT, name), MODULE, budget)


def test_what_the_function_uses_of_its_file():
    found = context("Shelf.take", 1000)
    assert words(found.text) == words(TAKE)
    assert found.left_out == 0


def words(text):
    return [line.rstrip(": ") for line in text.strip().split("\n")]


def test_an_inner_function_gets_its_outer_one_and_its_siblings():
    assert words(context("outer.<locals>.inner", 1000).text) == words(
        'def outer(parts):\ndef deeper(x):\n    """Go down."""'
    )


def test_a_class_that_is_called_is_its_constructor():
    assert words(context("outer.<locals>.deeper", 1000).text)[-1] == "def __init__(self, size)"


def test_a_function_that_uses_nothing_has_no_context():
    assert context("unused", 1000).text == ""


@pytest.mark.parametrize("budget", range(0, 140, 7))
def test_the_budget_holds_and_what_does_not_fit_is_counted(budget):
    found = context("Shelf.take", budget)
    assert estimate_tokens(found.text) <= budget
    shown = len(found.imports) + len(found.classes) + len(found.constants) + len(found.callees)
    assert shown + found.left_out == 7


def test_imports_come_first_and_long_things_get_shorter():
    found = context("Shelf.take", 34)
    assert found.imports == ("import json", "from collections import Counter", "from math import floor as down")
    assert words(found.classes[0])[-1] == "class Shelf(Base)"
    assert not found.callees or '"""' not in "".join(found.callees)


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("", 0),
        ("a", 1),
        ("return", 2),
        ("x = 12", 4),
        ("    a", 1),
        ("\n\n    a", 2),
        ("é", 2),
        ("水", 3),
        ("\ud800", 3),
        (" " * 64, 4),
    ],
)
def test_the_estimate(text, tokens):
    assert estimate_tokens(text) == tokens


def cost(piece: str) -> int:
    """The rule of the docstring, for one run of letters, of white space or of others."""
    if piece[0].isascii() and piece[0].isalpha():
        return -(-len(piece) // 5)
    if piece[0] in " \t\n\v\f\r":
        return ("\n" in piece) + len(piece) // 16
    return len(piece.encode("utf-8", "surrogatepass"))


@given(st.text(st.one_of(st.sampled_from("ab \n\r\x1c1("), st.characters())) | st.text(" \n", min_size=10))
def test_the_estimate_follows_its_rule_piece_by_piece(text):
    assert estimate_tokens(text) == sum(map(cost, re.findall(r"[A-Za-z]+|[ \t-\r]+|[^A-Za-z \t-\r]", text)))


@given(st.text(), st.text())
@example("\x80", "\xa0")
def test_the_estimate_of_a_whole_is_at_most_that_of_its_parts_and_a_word(first, second):
    assert estimate_tokens(first) <= estimate_tokens(first + second)
    assert estimate_tokens(first + second) <= estimate_tokens(first) + estimate_tokens(second) + 1

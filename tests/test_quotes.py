import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.quotes import resolve
from tests.changed import parsed

TEXT = '''\
import os


class Shelf:
    def take(self, count, spare=0):
        """Take `count` books.

        Raises ValueError if there are too few.
        """
        if count > len(self.books):
            raise ValueError("too few")
        taken = [
            self.books.pop()
            for _ in range(count)
        ]
        if spare:
            self.log(count)
        self.log(count)
        rest = 10 - 1
        return taken  # in reverse
'''
VERSION = parsed(TEXT).functions[0]
LINES = TEXT.split("\n")


@pytest.mark.parametrize(
    ("quote", "lines"),
    [
        pytest.param("        if count > len(self.books):", (10, 10), id="verbatim"),
        pytest.param("if count > len(self.books):", (10, 10), id="without indentation"),
        pytest.param("if count>len( self.books ) :", (10, 10), id="other spaces"),
        pytest.param("\tif count > len(self.books):\n", (10, 10), id="tab and line end"),
        pytest.param('if count > len(self.books):\n    raise ValueError("too few")', (10, 11), id="two lines"),
        pytest.param('if count > len(self.books): raise ValueError("too few")', (10, 11), id="two lines as one"),
        pytest.param("taken = [self.books.pop() for _ in range(count)]", (12, 15), id="broken lines as one"),
        pytest.param("len(self.books)", (10, 10), id="part of a line"),
        pytest.param("return taken", (20, 20), id="without the comment"),
        pytest.param("10         if count > len(self.books):", (10, 10), id="line number"),
        pytest.param("10+        if count > len(self.books):", (10, 10), id="line number and mark"),
        pytest.param("10: if count > len(self.books):", (10, 10), id="line number and colon"),
        pytest.param("10 | if count > len(self.books):", (10, 10), id="line number and bar"),
        pytest.param("+ if count > len(self.books):", (10, 10), id="mark alone"),
        pytest.param('10 if count > len(self.books):\n11+    raise ValueError("too few")', (10, 11), id="two numbers"),
        pytest.param("`return taken`", (20, 20), id="backticks"),
        pytest.param("```python\nreturn taken\n```", (20, 20), id="markdown"),
        pytest.param("Raises ValueError if there are too few.", (8, 8), id="docstring"),
        pytest.param("10 - 1", (19, 19), id="code that begins like a line number"),
        pytest.param("if spare:\n    self.log(count)", (16, 17), id="what goes before makes it one place"),
        pytest.param("def take(self, count, spare=0):", (5, 5), id="the signature"),
    ],
)
def test_a_quote_gets_its_lines(quote, lines):
    span = resolve(quote, VERSION)
    assert span is not None
    assert (span.line, span.end_line) == lines
    assert span.text == "\n".join(LINES[lines[0] - 1 : lines[1]])


@pytest.mark.parametrize(
    "quote",
    [
        pytest.param("", id="empty"),
        pytest.param(" \n", id="white space"),
        pytest.param("]", id="no word"),
        pytest.param("count -= 1", id="absent"),
        pytest.param("import os", id="outside the function"),
        pytest.param("self.log(count)", id="in two places"),
        pytest.param("count", id="in many places"),
        pytest.param("eturn taken", id="a cut word at its start"),
        pytest.param("return take", id="a cut word at its end"),
        pytest.param("-        return taken", id="a removed line"),
        pytest.param("if count > len(self.books):\n    ...\n    return taken", id="with an omission"),
        pytest.param("99 if count > len(self.books):", id="a number that is no line of the function"),
    ],
)
def test_absent_and_ambiguous_quotes_have_no_place(quote):
    assert resolve(quote, VERSION) is None


@pytest.mark.parametrize(
    ("changed_lines", "line"),
    [((18,), 18), ((17,), 17), ((17, 18), None), ((10,), None), ((16, 18, 19), 18)],
)
def test_of_several_places_the_one_on_changed_lines_is_meant(changed_lines, line):
    span = resolve("self.log(count)", VERSION, changed_lines)
    assert (span and span.line) == line


def test_a_number_the_model_gives_does_not_choose_the_place():
    assert resolve("18 self.log(count)", VERSION) is None


@given(st.integers(5, 20), st.integers(0, 3))
def test_every_run_of_lines_is_found_where_it_stands(first, more):
    last = min(first + more, 20)
    quote = "\n".join(LINES[first - 1 : last])
    span = resolve(quote, VERSION, range(first, last + 1))
    if not any(character.isalnum() for character in quote):
        assert span is None
    else:
        assert first <= span.line <= span.end_line <= last
        assert span.text.split() == quote.split()


@given(st.text())
def test_any_quote_is_found_or_not(quote):
    span = resolve(quote, VERSION)
    assert span is None or 5 <= span.line <= span.end_line <= 20

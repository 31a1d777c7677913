import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewer.data import Raise
from reviewer.docstrings import raises

NEGATIVE = (Raise("ValueError", "if n is negative"),)


@pytest.mark.parametrize(
    ("docstring", "wanted"),
    [
        pytest.param(None, (), id="none"),
        pytest.param("Only a summary.", (), id="nothing documented"),
        pytest.param("S.\n\n:raises ValueError: if n is negative", NEGATIVE, id="reST"),
        pytest.param("S.\n\n:raises ValueError: if n is\n    negative", NEGATIVE, id="reST over two lines"),
        pytest.param("S.\n\n:raises ValueError: if n is negative\n\n>>> f(3)\n9", NEGATIVE, id="reST, then a session"),
        pytest.param(
            "S.\n\n:raises ValueError: if n is negative\n>>> f(3)\n9", NEGATIVE, id="reST, session directly below"
        ),
        pytest.param(
            "S.\n\n:raises ValueError: if n is negative\n\n.. note:: x", NEGATIVE, id="reST, then a directive"
        ),
        pytest.param("S.\n\n:raises: ValueError if n is negative", NEGATIVE, id="reST, type in the text"),
        pytest.param("S.\n\n:raises: sometimes", (), id="reST without a type"),
        pytest.param("S.\nRaises:\n    ValueError: if n is negative", NEGATIVE, id="Google without a blank line"),
        pytest.param("Raises:\n    ValueError: if n is negative", NEGATIVE, id="Google in the first line"),
        pytest.param(
            "S.\n\nReturns:\n\nRaises:\n    ValueError: if n is negative", NEGATIVE, id="Google after an empty section"
        ),
        pytest.param("S.\n\nRaises:\n    :class:`ValueError`: if n is negative", NEGATIVE, id="Google with a role"),
        pytest.param("S.\n\nRaises:\n    ``ValueError``: if n is negative", NEGATIVE, id="Google with marks"),
        pytest.param("S.\n\nRaises:\n    When n is negative.", (), id="Google without a type"),
        pytest.param(
            "S.\n\nRaises\n------\nValueError\n    if n is negative\n\nExamples\n--------\n>>> f(3)\n9",
            NEGATIVE,
            id="NumPy",
        ),
        pytest.param("S.\n\n@raise ValueError: if n is negative", NEGATIVE, id="Epydoc"),
        pytest.param(
            "S.\n\nRaises:\n    ValueError, pkg.KeyError: if n",
            (Raise("ValueError", "if n"), Raise("pkg.KeyError", "if n")),
            id="two types",
        ),
    ],
)
def test_documented_exceptions_keep_their_condition_and_nothing_else(docstring, wanted):
    assert raises(docstring) == wanted


LINES = st.sampled_from(
    [
        *(
            "Args:",
            "Raises:",
            "Returns:",
            "Yields:",
            "    ValueError: if x",
            "    x (int): y",
            ":param x: y",
            ":param",
            ":",
        ),
        *(
            ":raises ValueError: x",
            ":raises:",
            "Raises",
            "------",
            "    text",
            "",
            "@param x: y",
            "@raise",
            ">>> f(1)",
            "::",
        ),
    ]
)


@settings(deadline=None)
@given(st.one_of(st.text(), st.lists(LINES | st.text(max_size=20), max_size=12).map("\n".join)))
def test_no_docstring_raises(docstring):
    assert isinstance(raises(docstring), tuple)

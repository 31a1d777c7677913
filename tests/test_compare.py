"""Whether printed text is as wanted."""

from __future__ import annotations

import doctest

import pytest

from reviewer.evidence.worker_compare import matches_output


@pytest.mark.parametrize(
    ("wanted", "got", "same"),
    [
        ("u'abc'\n", "'abc'\n", True),
        ("[u'a', u\"b'\", 3]\n", "['a', \"b'\", 3]\n", True),
        ("Link(u'abc')\n", "Link('abc')\n", True),
        ("u'abc'\n", "'abd'\n", False),
        ("'menu'\n", "'men'\n", False),
        ("b'abc'\n", "'abc'\n", False),
        ("text = u'abc'\n", "text = u'abc'\n", True),
        ("[(0, 1)]   \n", "[(0, 1)]\n", True),
        ("one  \ntwo\n", "one\ntwo  \n", True),
        ("  one\n", "one\n", False),
        ("a  b\n", "a b\n", False),
    ],
)
def test_what_no_example_means_is_no_difference(wanted, got, same):
    assert matches_output(got, wanted, 0) is same


def test_flags_are_doctest_s():
    assert matches_output("a b\n", "a\n  b\n", doctest.NORMALIZE_WHITESPACE)

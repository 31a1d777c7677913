from dataclasses import replace

import pytest

from reviewer.data import Category, Claim, Severity
from reviewer.findings import from_claims
from reviewer.suppressions import apply
from tests.changed import changed


def left(text, name="f", quote="return a", category=Category.BUG):
    """Whether the finding about `quote` is kept."""
    function = changed(None, text, name)
    (finding,), _ = from_claims(function, [Claim(quote, category, Severity.ERROR, "t", "m", None)])
    kept, count = apply([finding], {function.id: function})
    assert len(kept) + count == 1
    return bool(kept)


@pytest.mark.parametrize(
    "comment",
    [
        "# reviewer: ignore",
        "# reviewer: ignore[bug]",
        "# reviewer: ignore[contract, bug]",
        "# reviewer: ignore[bug] -- known, see the tracker",
        "# reviewer: ignore[ BUG ] because",
        "# reviewer: ignore -- known",
        "#reviewer:ignore",
        "# noqa: X1  # reviewer: ignore[bug]",
        "# reviewer: ignore [bug]",
    ],
)
def test_comments_that_silence(comment):
    assert not left(f"def f(a):\n    return a  {comment}\n")


@pytest.mark.parametrize(
    "comment",
    [
        "# reviewer: ignore[contract]",
        "# reviewer: ignore[]",
        "# reviewer: ignore[bugs]",
        "# reviewer: ignore[bug",
        "# reviewer: ignored",
        "# reviewer: ignore-not",
        "# reviewer: keep",
        "# ignore[bug]",
    ],
)
def test_comments_that_do_not(comment):
    assert left(f"def f(a):\n    return a  {comment}\n")


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        pytest.param("def f(a):  # reviewer: ignore[bug]\n    b = 1\n    return a\n", False, id="def"),
        pytest.param("@d  # reviewer: ignore[bug]\n@e\ndef f(a):\n    return a\n", False, id="decorator"),
        pytest.param("def f(\n    a,  # reviewer: ignore[bug]\n):\n    return a\n", False, id="signature"),
        pytest.param("def f(\n    a,\n):  # reviewer: ignore[bug]\n    return a\n", False, id="end of the signature"),
        pytest.param("def f(a):\n    # reviewer: ignore[bug]\n    return a\n", True, id="line above"),
        pytest.param("def f(a):\n    b = 1  # reviewer: ignore[bug]\n    return a\n", True, id="another line"),
        pytest.param('def f(a):\n    b = "# reviewer: ignore[bug]"; return a\n', True, id="string"),
        pytest.param('def f(a):\n    """# reviewer: ignore[bug]"""\n    return a\n', True, id="docstring"),
        pytest.param('def f(a="# reviewer: ignore"):\n    return a\n', True, id="string in the signature"),
        pytest.param("def f(a): return a  # reviewer: ignore[bug]\n", False, id="one line"),
        pytest.param("# reviewer: ignore[bug]\ndef f(a):\n    return a\n", True, id="above the function"),
        pytest.param(
            "def f(a):\n    def g():  # reviewer: ignore[bug]\n        pass\n\n    return a\n", True, id="inner def"
        ),
    ],
)
def test_places(text, kept):
    assert left(text) is kept


def test_any_line_of_the_finding_counts():
    text = "def f(a):\n    b = [\n        a,  # reviewer: ignore[bug]\n    ]\n    return b\n"
    assert not left(text, quote="b = [\n a,  # reviewer: ignore[bug]\n ]")


def test_methods_are_read_with_their_indentation():
    text = "class C:\n    @staticmethod\n    def f(a):\n        return a  # reviewer: ignore[bug]\n"
    assert not left(text, name="C.f")


def test_in_broken_code_comments_before_the_break_count():
    text = "def f(a):  # reviewer: ignore[bug]\n    return a\n    b = )\n"
    assert not left(text)


def test_only_the_functions_own_findings_are_silenced():
    text = "def f(a):  # reviewer: ignore\n    return a\n\n\ndef g(a):\n    return a\n"
    functions = {one.id: one for one in (changed(None, text, "f"), changed(None, text, "g"))}
    claim = Claim("return a", Category.BUG, Severity.ERROR, "t", "m", None)
    findings = [finding for one in functions.values() for finding in from_claims(one, [claim])[0]]
    foreign = replace(findings[0], function_id="elsewhere.py::f")
    assert apply([*findings, foreign], functions) == ((findings[1], foreign), 1)

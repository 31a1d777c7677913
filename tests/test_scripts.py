"""Counterexample scripts, run as a user would."""

from __future__ import annotations

import subprocess
import sys

import pytest

from reviewer.data import Case, Expected, ExpectedKind, Origin
from reviewer.evidence import scripts

MODULE = """
import asyncio

def add(a, b): return a + b
def third(): return 1 / 3
def fail(): raise KeyError("gone")
def count():
    yield 1
    yield 2
def show(text): print(text)
async def later(x): return x
"""


def value(text: str) -> Expected:
    return Expected(ExpectedKind.VALUE, text)


@pytest.mark.parametrize(
    ("setup", "call", "expected", "code"),
    [
        ((), "add(1, 2)", value("3"), 0),
        ((), "add(1, 2)", value("4"), 1),
        (("x = [1]",), "add(x, [2])", value("[1, 2]"), 0),
        ((), "third()", value("0.333"), 0),
        ((), "third()", value("0.334"), 1),
        ((), "count()", value("[1, 2]"), 0),
        ((), "later(5)", value("5"), 0),
        ((), "fail()", value("5"), 1),
        ((), "fail()", Expected(ExpectedKind.EXCEPTION, None, "KeyError"), 0),
        ((), "fail()", Expected(ExpectedKind.EXCEPTION, None, "LookupError"), 0),
        ((), "fail()", Expected(ExpectedKind.EXCEPTION, "'other'", "KeyError"), 1),
        ((), "add(1, 2)", Expected(ExpectedKind.EXCEPTION, None, "KeyError"), 1),
        ((), "show('a')", Expected(ExpectedKind.OUTPUT, "a\n"), 0),
        ((), "show('a')", Expected(ExpectedKind.OUTPUT, "b\n"), 1),
        ((), "show('a  b')", Expected(ExpectedKind.OUTPUT, "a b\n", None, ("NORMALIZE_WHITESPACE",)), 0),
        ((), "add('a', 'b')", Expected(ExpectedKind.OUTPUT, "'ab'\n"), 0),
    ],
)
def test_a_script_exits_0_exactly_when_the_promise_holds(tmp_path, setup, call, expected, code) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "m.py").write_text(MODULE)
    case = Case(setup, call, expected, Origin.EXAMPLE, None)
    text = scripts.script(case, title='A """title""" with \\ in it', module="m", roots=["src"])

    done = subprocess.run([sys.executable, "-c", text], cwd=tmp_path, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (code, "")
    assert [line.partition(":")[0] for line in done.stdout.splitlines()[:3]] == ["call", "expected", "got"]


@pytest.mark.parametrize(("call", "code"), [("add(1, 2)", 0), ("fail()", 1)])
def test_a_script_for_an_undocumented_exception_asks_only_that_the_call_returns(tmp_path, call, code) -> None:
    (tmp_path / "m.py").write_text(MODULE)
    case = Case((), call, Expected(ExpectedKind.VALUE, "3"), Origin.EXAMPLE, None)
    text = scripts.returns_script(case, "3", title="t", module="m", roots=["."])

    done = subprocess.run([sys.executable, "-c", text], cwd=tmp_path, capture_output=True, text=True, check=False)

    assert done.returncode == code, done.stdout + done.stderr

"""Counterexample scripts, run as a user would."""

from __future__ import annotations

import collections
import datetime
import enum
import itertools
import subprocess
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.data import Call, Case, Expected, ExpectedKind, Job, Origin, Side
from reviewer.evidence import sandbox, scripts, worker_canon, worker_twin_values
from reviewer.evidence.behaviour import told_apart
from reviewer.evidence.examining import as_case
from reviewer.evidence.scripts_look import LOOK

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
        ((), "fail()", Expected(ExpectedKind.EXCEPTION, "'g...", "KeyError", ("ELLIPSIS",)), 0),
        ((), "fail()", Expected(ExpectedKind.EXCEPTION, "x", "KeyError", ("IGNORE_EXCEPTION_DETAIL",)), 0),
        ((), "show('a')", Expected(ExpectedKind.OUTPUT, "b\n", None, ("IGNORE_EXCEPTION_DETAIL",)), 1),
        ((), "del add([1], [2])[5]", Expected(ExpectedKind.EXCEPTION, None, "IndexError"), 0),
        ((), "del add([1], [2])[1]", Expected(ExpectedKind.EXCEPTION, None, "IndexError"), 1),
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


# ---------------------------------------------------------------- how values look


class Plain:
    def __init__(self, **fields: object) -> None:
        self.__dict__.update(fields)


class Slotted:
    __slots__ = ("__hidden", "one")

    def __init__(self) -> None:
        self.one, self.__hidden = 1, [2]


class Row(dict):  # type: ignore[type-arg]
    pass


class Text(str):
    __slots__ = ()


class Mode(enum.Enum):
    ON = 1


def a_loop() -> list[object]:
    loop: list[object] = []
    loop.append(loop)
    return loop


class Steps:
    def __init__(self) -> None:
        self.left = 3

    def __iter__(self) -> Steps:
        return self

    def __next__(self) -> int:
        self.left -= 1
        return self.left


async def aiter_():  # type: ignore[no-untyped-def]
    yield 1


LOOKED_AT: dict[str, Callable[[], object]] = {
    "atoms": lambda: [None, True, 1, 1.5, 2j, "a'b", b"c", ..., range(3)],
    "collections": lambda: ({"b", "a"}, frozenset(), {1: (2,)}, set(), [], ()),
    "long": lambda: [list(range(300)), dict.fromkeys(range(300))],
    "loop": a_loop,
    "object": lambda: Plain(b=Plain(), a=[1]),
    "slots": Slotted,
    "subclasses": lambda: [Row(a=1), Text("x"), collections.deque([1]), collections.OrderedDict(a=1)],
    "enum": lambda: Mode.ON,
    "dates": lambda: datetime.date(2020, 1, 2),
    "functions": lambda: [len, Plain, Mode.mro, enum, "".join],
    "exception": lambda: ValueError("a", Plain()),
    "iterators": lambda: [iter([1]), map(str, [1]), (one for one in [1]), zip([1], [2], strict=True)],
    "address": lambda: [f"<it at {hex(id(object()))}>", "0xabcdef123"],
    "iterators inside": lambda: Plain(a=[map(str, [1])], b=itertools.count(), c=aiter_()),
    "an iterator of one's own": Steps,
    "nothing to see": object,
    "places in the source": lambda: [traceback.extract_stack()[-1], enum.__spec__, enum.__loader__],
}


@pytest.mark.parametrize("name", LOOKED_AT)
@pytest.mark.parametrize(
    ("used", "seen"),
    [(True, lambda value: worker_canon.text(value)[0]), (False, worker_twin_values.still)],
    ids=["a-result", "an-argument"],
)
def test_a_script_sees_of_a_value_what_the_sandbox_sees(name, used, seen) -> None:
    scope: dict[str, Any] = {}
    exec(LOOK, scope)
    assert scope["same"](scope["look"](LOOKED_AT[name](), used), seen(LOOKED_AT[name]()))


def test_where_code_stands_and_how_it_was_imported_is_no_value() -> None:
    here = traceback.extract_stack()[-1]
    below = traceback.extract_stack()[-1]
    assert here.lineno != below.lineno
    assert worker_canon.text([here, enum.__spec__]) == worker_canon.text([below, itertools.__spec__])


ATOMS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9) | st.binary(max_size=9)


@given(
    st.recursive(ATOMS, lambda inner: st.lists(inner) | st.dictionaries(ATOMS, inner) | st.sets(ATOMS), max_leaves=9)
)
def test_a_script_sees_of_any_plain_value_what_the_sandbox_sees(value) -> None:
    scope: dict[str, Any] = {}
    exec(LOOK, scope)
    assert scope["same"](scope["look"](value), worker_canon.text(value)[0])


SEEN = """
import itertools
MORE = 0
NUMBERS = itertools.count(1)

class Thing:
    def __init__(self, size): self.size = size + MORE
class Ticket:
    def __init__(self): self.number = next(NUMBERS)
    def __repr__(self): return f"<Ticket {id(self)}>"

def make(size): return Thing(size)
def several(size): return {str(n) for n in range(size + MORE)}
def steps(size): yield size + MORE
async def later(size): yield Thing(size)
def said(size): return f"{object()} {size + MORE}"
def ticket(size): return [Ticket(), size + MORE]
def fill(things): things.append(Thing(1))
def fail(size): raise (KeyError if MORE else ValueError)(object(), size)
def tire(size):
    yield size
    if not MORE: raise ValueError
def grow(things):
    if not MORE: raise ValueError
    things.append(1)
"""
CALLS = ("make(1)", "several(3)", "steps(1)", "later(1)", "said(1)", "ticket(1)", "fail(1)", "fill(things)", "tire(1)")


@pytest.mark.parametrize(
    ("setup", "call"), [*((("things = []",), call) for call in CALLS), (("things = []", "grow(things)"), "things")]
)
def test_a_script_compares_what_has_no_stable_repr_by_type_and_contents(tmp_path, setup, call) -> None:
    case = as_case(Call(setup, call, "mutated"))
    job = Job("m.py", (*setup, call)[1].partition("(")[0], case)
    sides = [{"m.py": SEEN.replace("MORE = 0", f"MORE = {more}").encode()} for more in (0, 1)]
    with sandbox.open(Path(sys.executable), tmp_path, [tmp_path], *sides) as box:
        (before,), (after,) = box.run(Side.OLD, [job]), box.run(Side.NEW, [job])
    where = {"title": "t", "module": "m", "roots": ["."]}
    text = (
        scripts.changed_script(case, before.outcome, **where)
        if before.outcome != after.outcome
        else scripts.leaves_script(case, *told_apart(before.effects, after.effects), **where)
    )

    def runs(code: bytes) -> tuple[int, str]:
        (tmp_path / "m.py").write_bytes(code)
        command = [sys.executable, "-B", "-c", text]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        return done.returncode, done.stderr

    assert [runs(side["m.py"]) for side in sides] == [(0, ""), (1, "")]

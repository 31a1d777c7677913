"""Cases that share a process say what each says alone, as far as anything is told by them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from reviewer.data import Case, CaseResult, Expected, ExpectedKind, Job, Origin, Side
from reviewer.evidence import sandbox
from reviewer.evidence.examining import Examiner
from tests.changed import changed

MODULE = """
import os, tempfile, threading, time
from collections import deque
from contextvars import ContextVar
from functools import lru_cache

import elsewhere

count, items, held = 0, [], {}

def f(x):
    return x + 1

def says(x):
    print(x)

async def later(x):
    return x

def counted():
    global count
    count += 1
    return count

def collected(x):
    items.append(x)
    return len(items)

def kept(x, seen=[]):
    seen.append(x)
    return len(seen)

class Box:
    full = []

def filled(x):
    Box.full.append(x)
    return len(Box.full)

def leaves_thread():
    threading.Thread(target=time.sleep, args=(30,), daemon=True).start()
    return threading.active_count()

def leaves_child():
    if os.fork() == 0:
        time.sleep(30)
    return True

def moved():
    before = os.getcwd()
    os.chdir("/")
    return before != "/"

def set_():
    os.environ["SAID"] = os.environ.get("SAID", "") + "x"
    return os.environ["SAID"]

class Settings:
    def __init__(self):
        self.open = True

SETTINGS = Settings()

class Switch:
    __slots__ = ("on", "off")

SWITCH = Switch()

def switched():
    before, SWITCH.on = hasattr(SWITCH, "on"), True
    return before

def closed():
    before, SETTINGS.open = SETTINGS.open, False
    return before

def twice_at_most(function):
    calls = 0
    def wrapper(x):
        nonlocal calls
        calls += 1
        return function(x) if calls < 2 else None
    return wrapper

@twice_at_most
def limited(x):
    return x

MODE = ContextVar("mode", default=1)

def mode():
    before = MODE.get()
    MODE.set(2)
    return before

LATEST = deque(maxlen=9)

def latest():
    LATEST.append(1)
    return len(LATEST)

def told_elsewhere():
    elsewhere.told += 1
    return elsewhere.told

@lru_cache
def kind(x, y):
    return type(x).__name__

def written():
    path = os.path.join(tempfile.gettempdir(), "written")
    with open(path, "a") as file:
        file.write("x")
    return os.path.getsize(path)

def gone():
    os._exit(0)

def waits():
    time.sleep(30)

def hogs():
    return len(bytearray(1 << 40))
"""
VALUE, OUTPUT, NOTHING, EXCEPTION = (
    ExpectedKind.VALUE,
    ExpectedKind.OUTPUT,
    ExpectedKind.NOTHING,
    ExpectedKind.EXCEPTION,
)


def case(call: str, text: str | None = None, kind: ExpectedKind = VALUE, error: str | None = None) -> Case:
    return Case((), call, Expected(kind, text, error), Origin.EXAMPLE, None)


CASES = [
    case("f(1)", "2"),
    case("f(1)", "3"),
    case("says(1)", "1", OUTPUT),
    case("f('a')", None, EXCEPTION, "TypeError"),
    case("await later(3)", "3"),
    case("counted()", "1"),
    case("counted()", "1"),
    case("collected(1)", "1"),
    case("collected(1)", "1"),
    case("kept(1)", "1"),
    case("kept(1)", "1"),
    case("filled(1)", "1"),
    case("filled(1)", "1"),
    case("leaves_thread()", "2"),
    case("leaves_thread()", "2"),
    case("leaves_child()", "True"),
    case("f(2)", "3"),
    case("moved()", "True"),
    case("moved()", "True"),
    case("set_()", "'x'"),
    case("set_()", "'x'"),
    case("closed()", "True"),
    case("closed()", "True"),
    case("switched()", "False"),
    case("switched()", "False"),
    case("limited(1)", "1"),
    case("limited(1)", "1"),
    case("mode()", "1"),
    case("mode()", "1"),
    case("latest()", "1"),
    case("latest()", "1"),
    case("told_elsewhere()", "1"),
    case("told_elsewhere()", "1"),
    case("kind(1, 2)", "'int'"),
    case("kind(1.0, 2)", "'float'"),
    case("written()", "1"),
    case("written()", "1"),
    case("gone()", None, NOTHING),
    case("f(3)", "4"),
    case("waits()", None, NOTHING),
    case("f(4)", "5"),
    case("hogs()", None, NOTHING),
    case("missing", "1"),
    case("f(5)", "6"),
]


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sandbox.Sandbox]:
    root = tmp_path_factory.mktemp("repository")
    (root / "m.py").write_text(MODULE)
    (root / "elsewhere.py").write_text("told = 0\n")
    limits = sandbox.Limits(wall_seconds=2)
    with sandbox.open(Path(sys.executable), root, [root], {}, {}, limits=limits) as opened:
        yield opened


def shown(result: CaseResult) -> tuple[object, ...]:
    return result.outcome, result.passed, result.expected, result.effects, result.reached


@pytest.fixture(scope="module")
def results(box: sandbox.Sandbox) -> tuple[list[CaseResult], list[CaseResult]]:
    jobs = [Job("m.py", "f", one) for one in CASES]
    return box.run(Side.NEW, jobs), box.run(Side.NEW, jobs, together=True)


@pytest.mark.parametrize("index", range(len(CASES)), ids=[f"{number} {one.call}" for number, one in enumerate(CASES)])
def test_a_case_among_others_says_what_it_says_alone(results, index):
    alone, together = results
    assert shown(together[index]) == shown(alone[index])


class Noted:
    """A runner that notes how each case was run."""

    def __init__(self, box: sandbox.Sandbox) -> None:
        self.box = box
        self.calls: list[tuple[Side, bool, bool, list[str]]] = []

    def run(self, side: Side, jobs, *, hash_seed=0, deadline=None, fresh=False, together=False) -> list[CaseResult]:
        self.calls.append((side, together, fresh, [job.case.call for job in jobs]))
        return self.box.run(side, jobs, hash_seed=hash_seed, deadline=deadline, fresh=fresh, together=together)


def test_what_shows_anything_is_run_in_a_process_of_its_own(tmp_path):
    old, new = "def f(x):\n    return x + 1\n", "def f(x):\n    return x + 1 if x < 9 else 0\n"
    (tmp_path / "m.py").write_text(new)
    function = changed(old, new, "f", path="m.py")
    files = ({"m.py": old.encode()}, {"m.py": new.encode()})
    with sandbox.open(Path(sys.executable), tmp_path, [tmp_path], *files) as opened:
        runner = Noted(opened)
        cases = [case("f(1)", "2"), case("f(9)", None, NOTHING), case("f(2)", "4"), case("f('')", None, NOTHING)]
        Examiner(runner).both([(function, one) for one in cases])
    assert {(together, *calls) for _, together, _, calls in runner.calls} == {
        (True, "f(1)", "f(9)", "f(2)", "f('')"),
        (False, "f(9)", "f(2)"),
    }


def test_modules_of_the_project_that_are_named_as_ours_are_left_aside(tmp_path):
    for name in ("asyncio", "doctest"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('not this one')\n")
    (tmp_path / "m.py").write_text("async def f(x):\n    print(x)\n")
    with sandbox.open(Path(sys.executable), tmp_path, [tmp_path], {}, {}) as opened:
        (result,) = opened.run(Side.NEW, [Job("m.py", "f", case("await f(1)", "1", OUTPUT))])
    assert result.passed


LAZY = """
class Lazy:
    @property
    def __class__(self):
        raise RuntimeError("not now")
    __dict__ = __class__

class Likeness:
    __class__ = dict

lazy, likeness = Lazy(), Likeness()

def closure(empty):
    def inner():
        return empty
    del empty
    return inner

inner = closure(1)
"""


def test_cases_that_leave_nothing_behind_share_one_process(box):
    (box.settings.root / "plain.py").write_text(f"import os\n{LAZY}\ndef f(x):\n    return os.getpid()\n")
    calls = [case("f(1)", "1", OUTPUT), case("f(2)", None, NOTHING), case("f(3)", None, EXCEPTION, "ValueError")]
    results = box.run(Side.NEW, [Job("plain.py", "f", one) for one in calls], together=True)
    assert len({(result.outcome.value or "").strip() for result in results}) == 1

"""Twin runs through the real program: what is remembered of them, and how a difference is shown again."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.helpers import Run, review, reviewer
from tests.repos import Repo

pytestmark = [pytest.mark.executes, pytest.mark.slow]  # whole reviews that run pytest

OLD = '''\
"""Prices."""

from pkg import rates


def price(basket):
    """What a basket costs."""
    return sum(basket.amounts) * rates.RATE
'''
NEW = OLD.replace("sum(basket.amounts)", "sum(basket.amounts[1:])")
TESTS = """\
import json
import pathlib
import pytest
from pkg.mod import price


class Basket:
    def __init__(self, *amounts): self.amounts = list(amounts)


@pytest.fixture
def basket(more): return Basket(2, more)


def test_nothing(): pass


def test_price(basket):
    price(Basket())
    basket.amounts += json.loads((pathlib.Path(__file__).parent / "amounts.json").read_text())
    assert price(basket) > 0
"""
FILES = {
    "pkg/__init__.py": "",
    "pkg/rates.py": "RATE = 3\n",
    "tests/conftest.py": "import pytest\n\n\n@pytest.fixture\ndef more(): return 5\n",
    "tests/amounts.json": "[7]\n",
    "README.md": "A shop.\n",
    "pkg/mod.py": OLD,
    "tests/test_mod.py": TESTS,
}


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    made = Repo(tmp_path)
    for path, text in FILES.items():
        made.write(path, text)
    made.add().commit()
    return made.write("pkg/mod.py", NEW)


def values(run: Run) -> list[tuple[str, str]]:
    return [(one["old"]["value"], one["new"]["value"]) for one in run.report["behaviour_changes"]]


def fresh(run: Run) -> bool:
    """Whether the function was looked at anew."""
    (function,) = (one for one in run.report["functions"] if one["function"] == "price")
    return not function["cached"]


@pytest.mark.parametrize(
    ("path", "text", "shown"),
    [
        ("pkg/rates.py", "RATE = 4\n", ("56", "48")),
        ("tests/conftest.py", "import pytest\n\n\n@pytest.fixture\ndef more(): return 6\n", ("45", "39")),
        ("tests/amounts.json", "[8]\n", ("45", "39")),
        ("tests/amounts.json", None, None),
        ("tests/test_mod.py", TESTS.replace("Basket(2, more)", "Basket(1, more)"), ("39", "36")),
    ],
    ids=["a helper", "a fixture", "a file that a test reads", "a file that is gone", "the test"],
)
def test_what_is_remembered_is_not_stale_when_something_else_changes(repo, path, text, shown) -> None:
    first, second = review(repo, None), review(repo, None)
    if text is None:
        repo.remove(path)
    else:
        repo.write(path, text)
    # Committed, so that it is no part of the change.
    repo.git("commit", "--quiet", "--message", "another", path)
    third, fourth = review(repo, None), review(repo, None)

    assert [values(one) for one in (first, second)] == [[("42", "36")]] * 2
    assert [values(one) for one in (third, fourth)] == [[shown] if shown else []] * 2
    assert [fresh(one) for one in (first, second, third, fourth)] == [True, False, True, False]


def test_what_is_remembered_outlives_what_no_test_looked_at(repo) -> None:
    first = review(repo, None)
    repo.write("README.md", "A shop of ours.\n").git("commit", "--quiet", "--message", "another", "README.md")
    second = review(repo, None)

    assert (fresh(first), fresh(second), values(second)) == (True, False, values(first))


# ---------------------------------------------------------------- a difference, shown again

DOCTEST = """\
class Box:
    n = 5


def half(box):
    '''Half.

    >>> _ = half(Box())
    '''
    return box.n // 2
"""

CASES = {
    # name: (old, new, tests, what of the call is said)
    "an object of a fixture": (OLD, NEW, TESTS, "the 2nd call of price in tests/test_mod.py::test_price"),
    "a varied argument": (
        "def cut(thing, size=3):\n    return thing.text[:size]\n",
        "def cut(thing, size=3):\n    return thing.text[: max(size, 0)]\n",
        "from pkg.mod import cut\nclass Thing:\n    text = 'abcdefgh'\ndef test_cut(): cut(Thing())\n",
        "the 1st call of cut in tests/test_mod.py::test_cut, here with size=-3 in place of the test's own",
    ),
    "a method of a mock": (
        "class Post:\n    def send(self, client, text):\n        client.sent(text)\n        return client, text\n",
        "class Post:\n    def send(self, client, text):\n        client.sent(text)\n        return client, text[1:]\n",
        "from unittest.mock import Mock\nfrom pkg.mod import Post\n"
        "class TestPost:\n    def test_send(self):\n        Post().send(Mock(), 'hello')\n",
        "the 1st call of Post.send in tests/test_mod.py::TestPost::test_send",
    ),
    "a generator of objects": (
        "class Box:\n    def __init__(self, n): self.n = n\ndef boxes(all):\n    for one in all: yield Box(one.n)\n",
        "class Box:\n    def __init__(self, n): self.n = n\ndef boxes(all):\n    for one in all: yield Box(1)\n",
        "from pkg.mod import Box, boxes\ndef test_boxes():\n    assert len(list(boxes([Box(1), Box(2)]))) == 2\n",
        "the 1st call of boxes in tests/test_mod.py::test_boxes",
    ),
    "a coroutine": (
        "async def twice(box):\n    return box.n * 2\n",
        "async def twice(box):\n    return box.n * 3\n",
        "import asyncio, pytest\nfrom pkg.mod import twice\nclass Box: n = 2\n"
        "@pytest.mark.parametrize('box', [Box(), Box()], ids=['a b', 'c'])\n"
        "def test_twice(box):\n    async def main(): return await twice(box)\n    assert asyncio.run(main())\n",
        "the 1st call of twice in tests/test_mod.py::test_twice[a b]",
    ),
    "what is left behind": (
        "def fill(box, more):\n    box.items = [*box.items, *more]\n    return len(box.items)\n",
        "def fill(box, more):\n    box.items = [*more, *box.items]\n    return len(box.items)\n",
        "from pkg.mod import fill\nclass Box: items = [1]\n"
        "def test_fill():\n    box = Box()\n    box.items = []\n    fill(box, iter([]))\n"
        "    box.items = [7]\n    fill(box, iter([3]))\n",
        "the 2nd call of fill in tests/test_mod.py::test_fill",
    ),
    "a closure": (
        "def adder(box):\n    def add(n):\n        return box.n + n\n    return add\n",
        "def adder(box):\n    def add(n):\n        return box.n - n\n    return add\n",
        "from pkg.mod import adder\nclass Box: n = 5\ndef test_add(): adder(Box())(2)\n",
        "the 1st call of adder.<locals>.add in tests/test_mod.py::test_add",
    ),
    "a doctest": (
        DOCTEST,
        DOCTEST.replace("// 2", "/ 2"),
        "",
        "the 1st call of half in pkg/mod.py::pkg.mod.half",
    ),
    "a test of unittest": (
        OLD,
        NEW,
        "import unittest\nfrom pkg.mod import price\nclass Basket: amounts = [2, 5]\n"
        "class Test(unittest.TestCase):\n    def setUp(self): price(Basket())\n"
        "    def test_price(self): price(Basket())\n",
        "the 1st call of price in tests/test_mod.py::Test::test_price",
    ),
}


def script_of(shown: dict[str, Any], repo: Repo) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-B", "-c", shown["script"]], cwd=repo.root, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("case", CASES)
def test_a_call_that_lives_in_a_test_is_told_in_words_and_by_a_script_and_can_be_replayed(tmp_path, case) -> None:
    old, new, tests, words = CASES[case]
    repo = Repo(tmp_path)
    for path, text in {**FILES, "pkg/mod.py": old, "tests/test_mod.py": tests}.items():
        repo.write(path, text)
    repo.add().commit()
    repo.write("pkg/mod.py", new)
    changes = review(repo, None).report["behaviour_changes"]
    shown = next((one for one in changes if one["source"] == "twin" and one["made_by"]["words"] == words), None)
    assert shown is not None, [(one["call"], one["made_by"]) for one in changes]

    after = script_of(shown, repo)
    again = reviewer(repo, "review", "--replay", shown["id"])
    repo.write("pkg/mod.py", old)
    before = script_of(shown, repo)

    assert (after[0], before[0]) == (1, 0), after[1] + before[1]
    assert (again.code, again.stderr) == (0, "")
    assert f"made by: {words}\n" in again.stdout
    assert f"run the test: {shown['made_by']['command']}\n" in again.stdout
    assert "\nrun again: both versions do the same as before\n" in again.stdout
    assert shown["script"] in again.stdout


def test_the_command_of_a_difference_runs_the_test(repo) -> None:
    (shown,) = review(repo, None).report["behaviour_changes"]
    command = [sys.executable, *shown["made_by"]["command"].split()[1:]]
    done = subprocess.run(command, cwd=repo.root, capture_output=True, text=True, check=False)

    assert shown["made_by"]["command"] == "python -m pytest tests/test_mod.py::test_price"
    assert "1 passed" in done.stdout
    assert shown["setup"] == ["# the 2nd call of price in tests/test_mod.py::test_price"]

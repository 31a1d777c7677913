"""Twin runs through the real program: what is remembered of them, and how a difference is shown again."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.helpers import Run, review, reviewer
from tests.repos import Repo

pytestmark = pytest.mark.executes

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

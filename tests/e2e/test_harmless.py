"""Refactorings of the kinds that real histories hold: a review shows no difference for them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.repos import Repo

SCRIPT = str(Path(sys.executable).with_name("reviewer"))
Files = Mapping[str, str | None]

DICE = '''
import random


def throw(sides):
    """A number from 1 to sides.

    >>> 1 <= throw(6) <= 6
    True
    """
    return random.randint(1, sides)
'''
DICE_TYPED = DICE.replace("throw(sides)", "throw(sides: int) -> int")
DICE_SPELT = DICE.replace("random.randint(1, sides)", "1 + random.randrange(sides)")

CART = '''
class Cart:
    """What somebody buys."""

    def __init__(self, owner="nobody"):
        self.owner = owner

    def copy(self, owner="nobody"):
        """Another one."""
        return Cart(owner)


def start(owner="nobody"):
    """An empty cart.

    >>> start("a").owner
    'a'
    """
    return Cart(owner)
'''
CACHED = CART.replace("self.owner = owner", "self.owner = owner\n        self._prices = {}")
TYPED = CART.replace('owner="nobody"', 'owner: str = "nobody"')
MOVED = {"shop.py": None, "shop/__init__.py": "from .carts import Cart, start\n", "shop/carts.py": TYPED}


RACK = '''
class Rack:
    """Where goods stand.

    >>> rack = Rack()
    >>> rack.count(0)
    0
    """

    def __init__(self):
        self.goods = []
        self.size = 3

    def count(self, least):
        """How many, or the least."""
        return max(len(self.goods), least)
'''
WIDER = RACK.replace("size = 3", "size = 4").replace("max(len(self.goods), least)", "max(least, len(self.goods))")
LOUDER = RACK.replace("return max(", "warnings.warn('ask for goods', DeprecationWarning)\n        return max(")


def review(tmp_path: Path, old: Files, new: Files) -> dict[str, Any]:
    repo = Repo(tmp_path)
    for version in (old, new):
        for path, text in version.items():
            if text is None:
                (repo.root / path).unlink()
            else:
                repo.write(path, text)
        repo.add()
        if version is old:
            repo.commit()
    environment = repo.env | {"REVIEWER_CACHE_DIR": str(tmp_path / "cache"), "PATH": os.environ["PATH"]}
    command = [SCRIPT, "review", "--staged", "--model", "none", "--format", "json"]
    done = subprocess.run(command, cwd=repo.root, env=environment, capture_output=True, check=False)
    assert done.stdout, done.stderr.decode()
    report: dict[str, Any] = json.loads(done.stdout)
    return report


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"dice.py": DICE}, {"dice.py": DICE_TYPED}),
        ({"dice.py": DICE}, {"dice.py": DICE_SPELT}),
        ({"carts.py": CART}, {"carts.py": CACHED}),
        ({"shop.py": CART}, MOVED),
    ],
    ids=["type hints on what draws", "drawn otherwise", "one private attribute more", "a class moved in its package"],
)
def test_nothing_is_shown(tmp_path, old, new) -> None:
    report = review(tmp_path, old, new)

    assert (report["findings"], report["behaviour_changes"]) == ([], [])
    assert report["stats"]["cases_run"]


@pytest.mark.parametrize(
    ("new", "functions"),
    [(WIDER, {"Rack.__init__"}), ("import warnings\n" + LOUDER, set())],
    ids=["of another function", "in the books of the warnings module"],
)
def test_a_difference_that_is_not_the_calls_is_not_shown_with_it(tmp_path, new, functions) -> None:
    report = review(tmp_path, {"racks.py": RACK}, {"racks.py": new})

    assert {one["function"] for one in report["behaviour_changes"]} == functions
    assert report["stats"]["cases_run"]


STATUS = """
def name(code):
    from codes import OLD

    return OLD.get(code, "unknown")
"""
LOUD = """
import warnings

NEW = {1: "one", 2: "two"}


def __getattr__(name):
    if name == "OLD":
        warnings.warn("OLD is deprecated", DeprecationWarning, stacklevel=2)
        return NEW
    raise AttributeError(name)
"""
CODES = {"status.py": STATUS, "codes.py": 'OLD = {1: "one", 2: "two"}\n'}
HELPED = {
    "status.py": "from codes import text\n\n\ndef name(code):\n    return text(code)\n",
    "codes.py": "from operator import index\n\n\ndef text(code):\n    return str(index(code))\n",
}
ARGUED = {
    "status.py": "def maker(form):\n    def made(code, form):\n        return form % code\n\n"
    "    return lambda code: made(code, form)\n\n\ndef name(code):\n    return maker('%s')(code)\n",
}
SPARED = {
    "status.py": "def maker(form):\n    def made(code):\n        return form % code\n\n"
    "    return made\n\n\ndef name(code):\n    return maker('%s')(code)\n",
}
UNITS = {
    "status.py": "UNITS = {'mass': ['g', 'kg']}\n\n\ndef name(code):\n    return f\"{code} {UNITS['mass'][0]}\"\n",
}
SPACED = {
    "status.py": "UNITS = {'mass': [' g', ' kg']}\n\n\ndef name(code):\n    return f\"{code}{UNITS['mass'][0]}\"\n",
}
RANKS = {
    "status.py": "import enum\n\n\nclass _Rank(enum.Enum):\n    LOW = 1\n    HIGH = 2\n\n\n"
    "def last(rank):\n    return rank is _Rank.HIGH\n\n\n"
    "def name(code):\n    return last(list(_Rank)[code % 2])\n\n\nclass Rank:\n    until = 2\n",
}
ALIAS = "\n\nclass Rank:\n    until = 2\n"
RANKED = {"status.py": RANKS["status.py"].replace(ALIAS, "").replace("_Rank", "Rank")}
KEPT_IN_A_DICT = "class Kept(dict):\n    def __init__(self, code):\n        dict.__init__(self, code=code)\n"
KEPT_APART = (
    "class Kept:\n    def __init__(self, code):\n        self.code = code\n\n"
    "    def __getitem__(self, name):\n        return getattr(self, name)\n"
)
NAMED = "\n\ndef name(code):\n    return Kept(code)['code']\n"
BASED = {"status.py": KEPT_IN_A_DICT + NAMED}
UNBASED = {"status.py": KEPT_APART + NAMED}
UNHELPED = {
    "status.py": HELPED["status.py"].replace("return text(code)", "found = text(code)\n    return found"),
    "codes.py": "def text(code):\n    return str(code)\n",
}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (CODES, {"status.py": STATUS.replace("OLD", "NEW"), "codes.py": LOUD}),
        (CODES, {"status.py": STATUS.replace("OLD", "NEW"), "codes.py": 'NEW = {1: "one", 2: "two"}\n'}),
        (HELPED, UNHELPED),
        (ARGUED, SPARED),
        (UNITS, SPACED),
        (RANKS, RANKED),
        (BASED, UNBASED),
    ],
    ids=[
        "a name they warn of",
        "a name that is gone",
        "a name that is no longer imported",
        "a parameter",
        "what a table held",
        "a class's name",
        "a built-in class to be made from",
    ],
)
def test_what_new_modules_lack_is_no_difference(tmp_path, old, new) -> None:
    """The old code of a twin run meets the new modules; these tests turn a warning into an error."""
    tests = {
        "tests/test_status.py": "from status import name\n\n\ndef test_names():\n    name(1)\n    name(3)\n",
        "pytest.ini": "[pytest]\nfilterwarnings = error\n",
    }
    report = review(tmp_path, {**old, **tests}, new)

    assert (report["findings"], report["behaviour_changes"]) == ([], [])
    assert report["stats"]["twin_comparisons"]

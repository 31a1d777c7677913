"""What a review without a model proves, and what it must not: cases met in real histories."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.repos import Repo

SCRIPT = str(Path(sys.executable).with_name("reviewer"))

COUNTER = '''
COUNT = 0


def ticket(prefix=""):
    """A new number each time.

    >>> ticket()
    '1'
    >>> ticket("a-")
    'a-2'
    """
    global COUNT
    COUNT += 1
    return f"{prefix}{COUNT}"
'''
TEMPLATE = '''
def share(part: float, whole: float, form: str = "%.1f"):
    """A share in percent.

    >>> share(1, 4)
    '25.0'
    """
    return form % (100 * part / whole)
'''
CALLERS = '''
def fare(zone):
    """What a ride costs.

    >>> fare(2)
    5
    """
    return base() + add_on(zone)


def base():
    return 3


def add_on(zone):
    return zone
'''


def review(tmp_path: Path, old: str, new: str, path: str = "code.py") -> dict[str, Any]:
    repo = Repo(tmp_path)
    repo.write(path, old).add().commit()
    repo.write(path, new)
    environment = repo.env | {"REVIEWER_CACHE_DIR": str(tmp_path / "cache"), "PATH": os.environ["PATH"]}
    command = [SCRIPT, "review", "--model", "none", "--format", "json"]
    done = subprocess.run(command, cwd=repo.root, env=environment, capture_output=True, check=False)
    assert done.stdout, done.stderr.decode()
    report: dict[str, Any] = json.loads(done.stdout)
    assert report["execution"]["state"] == "sandboxed"
    return report


SHELF = '''
class Shelf:
    """Goods.

    >>> Shelf().shown()
    '<shelf at 0x7f3c5e6d8a90>'
    >>> Shelf()
    <code.Shelf object at 0x7f3c5e6d8a90>
    >>> Shelf().number()
    139898337402128
    """

    def shown(self):
        """How it is shown."""
        return "<shelf at %s>" % hex(id(self))

    def number(self):
        """Its number."""
        return id(self)

    def copies(self, count: int):
        """As many shelves."""
        return [Shelf() for _ in range(count)]
'''
OTHER_SHELF = (
    SHELF.replace('"<shelf at %s>" % hex(id(self))', 'f"<shelf at {hex(id(self))}>"')
    .replace("return id(self)", "number = id(self)\n        return number")
    .replace("[Shelf() for _ in range(count)]", "list(map(lambda _: Shelf(), range(count)))")
)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (COUNTER, COUNTER.replace('f"{prefix}{COUNT}"', "prefix + str(COUNT)")),
        (COUNTER.replace("'a-2'", "'a2'"), COUNTER),
        (TEMPLATE, TEMPLATE.replace("100 * part / whole", "part / whole * 100")),
        (TEMPLATE, TEMPLATE.replace("return form % (", 'return (form or "%s") % (')),
    ],
    ids=["examples in one session", "a docstring mended", "a rewrite", "a template's directives"],
)
def test_a_harmless_change_proves_nothing(tmp_path, old, new) -> None:
    assert review(tmp_path, old, new)["findings"] == []


def test_addresses_and_identities_are_no_difference(tmp_path) -> None:
    report = review(tmp_path, SHELF, OTHER_SHELF)

    assert (report["findings"], report["behaviour_changes"]) == ([], [])
    assert report["stats"]["cases_run"] >= 3


PARSER = '''
class Words(list):
    """Words of a line.

    >>> words = split("a b")
    >>> words.place("b")
    1
    """

    def place(self, word):
        """Where a word stands. Raises LookupError if it does not."""
        if word not in self:
            raise LookupError(word)
        return self.index(word)


def split(line):
    """The words of a line.

    >>> words = split("a b")
    >>> words.place("b")
    1
    """
    return Words(line.split(" "))
'''


def test_what_another_function_documents_is_no_undocumented_exception(tmp_path) -> None:
    """Seen when a parser stopped making empty items: looking one up raises as documented, in another function."""
    report = review(tmp_path, PARSER, PARSER.replace('line.split(" ")', "line.split()"))

    assert report["findings"] == []


def test_a_helper_that_broke_is_shown_through_its_documented_caller_once(tmp_path) -> None:
    report = review(tmp_path, CALLERS, CALLERS.replace("return zone", "return zone * 2"))

    assert [(one["function"], one["verdict"], one["counterexample"]["through"]) for one in report["findings"]] == [
        ("add_on", "regression", "code.py::fare")
    ]


def test_where_caller_and_helper_changed_the_call_is_the_callers(tmp_path) -> None:
    new = CALLERS.replace("return zone", "return zone * 2").replace("base() + add_on(zone)", "add_on(zone) + base()")
    report = review(tmp_path, CALLERS, new)

    assert [(one["function"], one["counterexample"]["through"]) for one in report["findings"]] == [("fare", None)]


def test_tests_are_left_to_pytest(tmp_path) -> None:
    old = "def test_one():\n    assert True\n"
    report = review(tmp_path, old, old.replace("True", "False"), path="tests/test_code.py")

    assert (report["findings"], report["behaviour_changes"]) == ([], [])


def test_examples_of_a_file_that_cannot_be_imported_are_named_as_not_tried(tmp_path) -> None:
    old = 'def add(a: int) -> int:\n    """One more.\n\n    >>> add(1)\n    2\n    """\n    return a + 1\n'
    report = review(tmp_path, old, old.replace("a + 1", "a + 2"), path="add-one.py")

    assert [(one["call"], one["reason"]) for one in report["not_run"]] == [
        ("add(1)", "its file cannot be imported as a module")
    ]


def test_a_script_of_a_proved_finding_fails_while_the_promise_is_broken(tmp_path) -> None:
    report = review(tmp_path, COUNTER, COUNTER.replace("COUNT += 1", "COUNT += 2"))

    (found,) = report["findings"]
    run = subprocess.run([sys.executable, "-c", found["counterexample"]["script"]], cwd=tmp_path / "repo", check=False)
    assert (found["introduced"], run.returncode) == (True, 1)


LABEL = '''
def label(text: str, charset: str | None = None) -> bytes:
    """The text as bytes."""
    return text.encode()
'''


@pytest.mark.parametrize(
    ("encoding", "proved"),
    [("charset or 'utf-16'", []), ("'utf-8' if charset else 'utf-eight'", ["LookupError"])],
    ids=["a made up text is no encoding", "the function's own text is none"],
)
def test_a_made_up_name_of_an_encoding_proves_nothing(tmp_path, encoding, proved) -> None:
    report = review(tmp_path, LABEL, LABEL.replace("encode()", f"encode({encoding})"))

    raised = [finding["counterexample"]["new"]["type"] for finding in report["findings"]]
    assert raised == proved
    assert report["behaviour_changes"]

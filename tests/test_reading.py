"""Which functions a PATHS argument with `::` names, and when it names none."""

from pathlib import Path

import pytest
from repos import Repo

from reviewer.config import Config
from reviewer.data import Selection, SelectionKind
from reviewer.errors import UsageError
from reviewer.reading import read_subject

PROPERTY = """class A:
    @property
    def x(self):
        return 1

    @x.setter
    def x(self, value):
        self.y = 1
"""


@pytest.fixture
def repo(tmp_path, monkeypatch):
    repo = Repo(tmp_path).isolate(monkeypatch)
    for name in ("changed.py", "unchanged.py", "deleted.py", "odd::name.py"):
        repo.write(name, PROPERTY + "\n\ndef f():\n    return 1\n")
    repo.write("broken.py", b"# coding: nowhere\n").add().commit()
    for name in ("changed.py", "odd::name.py"):
        repo.edit(name, lambda text: text.replace("1", "2").replace("def f", "def g"))
    return repo.remove("deleted.py").add()


def named(*paths, kind="staged"):
    subject = read_subject(Config(), Selection(SelectionKind(kind), "HEAD~1..HEAD"), paths, Path.cwd())
    return [function.id for function in subject.functions]


@pytest.mark.parametrize(
    ("argument", "ids"),
    [
        ("changed.py::A.x", ["changed.py::A.x", "changed.py::A.x#2"]),
        ("changed.py::A.x#2", ["changed.py::A.x#2"]),
        ("changed.py::g", ["changed.py::g"]),
        ("changed.py::f", ["changed.py::f"]),
        ("deleted.py::A.x#2", ["deleted.py::A.x#2"]),
        ("deleted.py::f", ["deleted.py::f"]),
        ("unchanged.py::A.x", []),
        ("unchanged.py::A.x#2", []),
        ("odd::name.py::g", ["odd::name.py::g"]),
        ("odd::name.py", [f"odd::name.py::{name}" for name in ("A.x", "A.x#2", "f", "g")]),
        ("broken.py::f", []),
    ],
)
@pytest.mark.parametrize("kind", ["staged", "worktree", "range"])
def test_a_function_of_either_side_can_be_named(repo, argument, ids, kind):
    if kind == "range":
        repo.commit()
    assert named(argument, kind=kind) == ids


@pytest.mark.parametrize("function", ["nope", "A", "A.x#3", "A.x#1", "x"])
@pytest.mark.parametrize("kind", ["staged", "worktree", "range", "all"])
def test_a_function_that_no_version_has_is_wrong_use(repo, function, kind):
    if kind == "range":
        repo.commit()
    for file in ("changed.py", "unchanged.py", "deleted.py", "odd::name.py"):
        with pytest.raises(UsageError, match=r"no function of that name|neither on disk"):
            named(f"{file}::{function}", kind=kind)


def test_what_is_staged_decides_which_functions_there_are(repo):
    repo.write("unchanged.py", "def later(): pass\n")
    assert named("unchanged.py::f") == []
    with pytest.raises(UsageError, match="no function of that name"):
        named("unchanged.py::later")

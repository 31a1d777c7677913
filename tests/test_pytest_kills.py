"""Mutants run by small pytest files, through the real sandbox."""

from __future__ import annotations

import sys
import textwrap
from pathlib import Path

import pytest

from reviewer.data import Mutant
from reviewer.evidence import sandbox
from reviewer.evidence.import_roots import import_roots
from reviewer.evidence.pytest_kills import Unusable, kills_by_tests

SOURCE = "def larger(a, b=1):\n    return a if a > b else b\n"
TESTS = """
    import pytest
    from pkg.mod import larger

    @pytest.fixture
    def three(tmp_path, capsys):
        (tmp_path / "number").write_text("3")
        return int((tmp_path / "number").read_text())

    def test_fixture(three):
        assert larger(three, 2) == 3

    @pytest.mark.parametrize(("a", "wanted"), [(1, 2), (5, 5)], ids=["small", "large"])
    def test_rows(a, wanted):
        assert larger(a, 2) == wanted

    class TestDefault:
        def test_default(self):
            assert larger(0) == 1

    @pytest.mark.skip
    def test_skipped():
        assert False
"""
FIXTURE, SMALL, LARGE, DEFAULT = (
    f"tests/test_mod.py::{one}"
    for one in ("test_fixture", "test_rows[small]", "test_rows[large]", "TestDefault::test_default")
)
HEAD = "def larger(a, b=1):\n"
BODY = "    return a if a > b else b"


def changed(source: str) -> Mutant:
    return Mutant("id", "test", 1, "a change", source + "\n")


def kills(
    root: Path, *mutants: str, text: str = TESTS, path: str = "tests/test_mod.py", **files: str
) -> list[frozenset[str] | None]:
    whole = {"pkg/mod.py": SOURCE, "pkg/__init__.py": "", **files}
    for name, content in whole.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(textwrap.dedent(content))
    sides: dict[str, bytes | None] = {"pkg/mod.py": SOURCE.encode()}
    roots = import_roots(root, "pkg/mod.py")
    with sandbox.open(Path(sys.executable), root, roots, sides, sides) as box:
        tests = {path: textwrap.dedent(text)}
        return kills_by_tests(box, "pkg/mod.py", "larger", [changed(one) for one in mutants], tests)


MUTANTS = {
    "survives": (f"{HEAD}    return a if a >= b else b", frozenset()),
    "kills all": (f"{HEAD}    return a if a < b else b", frozenset({FIXTURE, SMALL, LARGE, DEFAULT})),
    "kills one row": (f"{HEAD}    return a if a != 1 else a", frozenset({SMALL, DEFAULT})),
    "another default": (f"def larger(a, b=2):\n{BODY}", frozenset({DEFAULT})),
    "raises": (f"{HEAD}    if a == 3: raise KeyError(a)\n{BODY}", frozenset({FIXTURE})),
    "skips": (f"{HEAD}    import pytest; pytest.skip('no')", frozenset()),
    "ends the process": (f"{HEAD}    import os; os._exit(0)", None),
    "does not end": (f"{HEAD}    while True: pass", None),
    "no syntax": ("def larger(a, b=1)\n    return a", None),
    "survives at the end": (f"{HEAD}    return max(a, b)", frozenset()),
}


def test_each_mutant_is_killed_by_the_tests_that_fail(tmp_path: Path) -> None:
    found = kills(tmp_path, *(source for source, _ in MUTANTS.values()))
    assert dict(zip(MUTANTS, found, strict=True)) == {name: killed for name, (_, killed) in MUTANTS.items()}
    assert sorted(one.name for one in tmp_path.iterdir()) == ["pkg"]  # nothing is written there


WRONG = MUTANTS["kills all"][0]


def test_many_mutants_keep_their_order(tmp_path: Path) -> None:
    usual = [one for name, one in MUTANTS.items() if name != "does not end"]
    found = kills(tmp_path, *[source for source, _ in usual * 3])
    assert found == [killed for _, killed in usual * 3]


def test_a_test_file_of_the_project_runs_where_it_is(tmp_path: Path) -> None:
    text = 'from .helper import larger\ndef test_it(five):\n    assert larger(five, 2) == 5 and "/tests/" in __file__\n'
    found = kills(
        tmp_path,
        WRONG,
        text=text,
        **{
            "tests/__init__.py": "",
            "tests/test_mod.py": text,
            "tests/helper.py": "from pkg.mod import larger\n",
            "tests/conftest.py": "import pytest\n@pytest.fixture\ndef five(): return 5\n",
        },
    )
    assert found == [frozenset({"tests/test_mod.py::test_it"})]


def test_a_new_test_file_has_the_fixtures_and_helpers_of_its_folder(tmp_path: Path) -> None:
    text = "from helper import larger\ndef test_it(five):\n    assert larger(five, 2) == 5\n"
    found = kills(
        tmp_path,
        WRONG,
        text=text,
        path="tests/unit/test_new.py",
        **{
            "tests/unit/helper.py": "from pkg.mod import larger\n",
            "tests/conftest.py": "import pytest\n@pytest.fixture\ndef five(): return 5\n",
        },
    )
    assert found == [frozenset({"tests/unit/test_new.py::test_it"})]


def test_an_error_of_a_fixture_kills_nothing(tmp_path: Path) -> None:
    text = """
        import pytest
        from pkg.mod import larger
        @pytest.fixture
        def two(): return larger(2) + 0
        def test_of_fixture(two): assert two == 2
        def test_call(): assert larger(3) == 3
    """
    mutant = f"{HEAD}    return None if a == 2 else a"
    assert kills(tmp_path, mutant, text=text) == [frozenset()]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("from pkg.mod import larger\ndef test_it(): assert larger(1, 2) == 1", "the clean run fails for 1 of 1"),
        ("from pkg.mod import larger\ndef test_it(absent): larger(1)", "the clean run fails for 1 of 1"),
        ("import os\ndef test_it(): os._exit(0)", "the clean run ended the process"),
        ("def test_it(): pass", "a forced failure is not noticed"),
        ("import no_such_module", "cannot be collected"),
        ("import os; os._exit(0)", "collecting the tests ended the process"),
        ("def helper(): pass", "no test is collected"),
    ],
    ids=["fails", "no fixture", "ends", "does not call", "cannot be imported", "ends at import", "no test"],
)
def test_tests_that_say_nothing_are_unusable(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(Unusable, match=reason):
        kills(tmp_path, WRONG, text=text)

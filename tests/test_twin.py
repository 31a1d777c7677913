"""Twin runs on a small repository with its own pytest suite, through the real sandbox."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from reviewer.data import ChangedFunction
from reviewer.evidence import sandbox, twin
from reviewer.evidence.import_roots import import_roots
from reviewer.evidence.twin import Difference, TwinResult
from tests.changed import changed
from tests.twin_samples import CHANGES, HARMLESS, HEAD, NAMES, OTHERS, SUITE, SUITE_NEW, SUITE_OLD

OPTIONS = ["-p", "no:cacheprovider", "-v", "--tb=no", "--no-header", "--no-summary", "--continue-on-collection-errors"]
Files = dict[str, str]


class Repository:
    """Files on disk as the new side has them, and what they were."""

    def __init__(self, root: Path, new: Files, old: Files, tests: Files) -> None:
        self.root = root
        self.new = {path: textwrap.dedent(text) for path, text in new.items()}
        self.old = {path: textwrap.dedent(text) for path, text in old.items()}
        self.tests = {path: textwrap.dedent(text) for path, text in tests.items()}
        for path, text in {**self.new, **self.tests}.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text)

    def function(self, name: str, path: str = "pkg/mod.py") -> ChangedFunction:
        return changed(self.old[path], self.new[path], name, path)

    def compare(self, *names: str, path: str = "pkg/mod.py", **more: object) -> TwinResult:
        return self.compare_all([self.function(name, path) for name in names], **more)

    def compare_all(
        self, functions: list[ChangedFunction], python: Path = Path(sys.executable), **more: object
    ) -> TwinResult:
        tests = [one for one in self.tests if "test_" in one]
        roots = import_roots(self.root, *self.new)
        sides = [{path: text.encode() for path, text in files.items()} for files in (self.old, self.new)]
        with sandbox.open(python, self.root, roots, *sides) as box:
            return twin.compare(box, functions, tests, **more)  # type: ignore[arg-type]


def repository(root: Path, old: str, new: str, tests: str, **more: str) -> Repository:
    """One module, `pkg.mod`, and its tests."""
    others = {path.replace("__", "/") + ".py": text for path, text in more.items()}
    return Repository(root, {"pkg/mod.py": new}, {"pkg/mod.py": old}, {"tests/test_mod.py": tests, **others})


def differences(result: TwinResult, name: str, path: str = "pkg/mod.py") -> tuple[Difference, ...]:
    return result.differences.get(f"{path}::{name}", ())


def reasons(result: TwinResult, name: str, path: str = "pkg/mod.py") -> set[str]:
    return set(result.not_twinned.get(f"{path}::{name}", ()))


# ---------------------------------------------------------------- one change, one outcome


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> TwinResult:
    """All of them as one change, each in a module of its own with its own tests."""
    changes = [*((case, *one[:4]) for case, one in CHANGES.items()), *((case, *one) for case, one in HARMLESS.items())]
    old, new, tests, functions = {}, {}, {}, []
    for case, _, before, after, test in changes:
        old[path_of(case)], new[path_of(case)] = f"{HEAD}{before}\n", f"{HEAD}{after}\n"
        tests[f"tests/test_{case.replace('-', '_')}.py"] = f"from pkg.{case.replace('-', '_')} import *\n{test}\n"
    whole = Repository(tmp_path_factory.mktemp("changes"), new, old, tests)
    functions = [whole.function(name, path_of(case)) for case, name, *_ in changes]
    return whole.compare_all(functions)


def path_of(case: str) -> str:
    return f"pkg/{case.replace('-', '_')}.py"


@pytest.mark.parametrize("case", CHANGES)
def test_a_difference_is_found(case: str, found: TwinResult) -> None:
    name, _, _, _, call = CHANGES[case]
    shown = differences(found, name, path_of(case))
    trouble = reasons(found, name, path_of(case))
    assert call in {one.call for one in shown} or (not call and shown), (shown, trouble)
    assert all(one.old_effects != one.new_effects or one.old != one.new for one in shown)


@pytest.mark.parametrize("case", ["an-endless-loop", "a-crash"])
def test_of_a_call_that_does_not_come_to_its_end_nothing_is_said_to_be_left(case: str, found: TwinResult) -> None:
    shown = differences(found, CHANGES[case][0], path_of(case))
    ended = [one for one in shown if one.new.kind.value in ("timed_out", "crashed")]
    assert {(one.old_effects, one.new_effects) for one in ended} == {((), ())}


@pytest.mark.parametrize("case", HARMLESS)
def test_nothing_plausible_is_found_in_a_harmless_change(case: str, found: TwinResult) -> None:
    name = HARMLESS[case][0]
    assert found.compared[f"{path_of(case)}::{name}"] > 0
    assert [one for one in differences(found, name, path_of(case)) if one.plausible] == []


def test_all_tests_passed(found: TwinResult) -> None:
    assert set(found.outcomes.values()) == {"passed"}
    assert not found.not_collected
    assert len(found.outcomes) == len(CHANGES) + len(HARMLESS) + 13


# ---------------------------------------------------------------- the user's tests notice nothing


@pytest.fixture(scope="module")
def suite(tmp_path_factory: pytest.TempPathFactory) -> tuple[TwinResult, dict[str, str]]:
    """The suite in twin runs, and the outcomes of its tests as pytest alone has them."""
    root = tmp_path_factory.mktemp("suite")
    whole = Repository(
        root, {"pkg/mod.py": SUITE_NEW}, {"pkg/mod.py": SUITE_OLD}, {"tests/test_mod.py": SUITE, **OTHERS}
    )
    alone = subprocess.run(
        [sys.executable, "-m", "pytest", *OPTIONS, *(path for path in whole.tests if "test_" in path)],
        cwd=root, capture_output=True, text=True, env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    ).stdout  # fmt: skip
    words = [line.split() for line in alone.splitlines() if "::" in line]
    names = {"XFAIL": "skipped", "ERROR": "error", "FAILED": "failed", "PASSED": "passed", "SKIPPED": "skipped"}
    return whole.compare(*NAMES), {one[0]: names[one[1]] for one in words}


def test_the_tests_do_what_they_do_without_us(suite: tuple[TwinResult, dict[str, str]]) -> None:
    result, alone = suite
    assert result.outcomes == alone
    assert set(alone.values()) == {"passed", "failed", "error", "skipped"}
    assert sorted(test for test, how in alone.items() if how in ("failed", "error")) == [
        "tests/test_mod.py::test_error",
        "tests/test_mod.py::test_fails",
    ]


def test_a_file_that_cannot_be_collected_is_named(suite: tuple[TwinResult, dict[str, str]]) -> None:
    assert set(suite[0].not_collected) == {"tests/test_broken.py"}
    assert "no_such_module_anywhere" in suite[0].not_collected["tests/test_broken.py"]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("with_thread", "other threads are alive"),
        ("outer.<locals>.inner", "its free variables differ between the versions"),
        ("tick", "its outcome differs from run to run"),
        ("write", "it writes files"),
        ("upper", "the test watches for ended processes"),
        ("upper", "a tracer is set"),
        ("only_documented", "only its decorators, its docstring or its layout changed"),
    ],
)
def test_what_cannot_be_compared_is_counted(name: str, reason: str, suite: tuple[TwinResult, dict[str, str]]) -> None:
    assert reason in reasons(suite[0], name)


@pytest.mark.parametrize(
    "name", ["with_thread", "outer.<locals>.inner", "tick", "Names.add", "cached", "unique", "start"]
)
def test_nothing_is_found_where_there_is_nothing(name: str, suite: tuple[TwinResult, dict[str, str]]) -> None:
    assert differences(suite[0], name) == ()


@pytest.mark.parametrize("name", ["upper", "read", "draw", "keep"])
def test_something_is_found_among_traps(name: str, suite: tuple[TwinResult, dict[str, str]]) -> None:
    assert differences(suite[0], name), reasons(suite[0], name)


def test_equal_arguments_are_compared_once(suite: tuple[TwinResult, dict[str, str]]) -> None:
    assert suite[0].duplicates >= 290
    assert suite[0].compared["pkg/mod.py::unique"] <= 40


def test_it_is_known_which_tests_reach_a_function(suite: tuple[TwinResult, dict[str, str]]) -> None:
    reached = suite[0].reached
    assert reached["pkg/mod.py::cached"] == ("tests/test_mod.py::test_cache",)
    assert reached["pkg/mod.py::start"] == ()


# ---------------------------------------------------------------- tests that end badly, and projects without pytest

SIMPLE_OLD = 'def half(n):\n    """Half.\n\n    >>> half(4)\n    2\n    """\n    return n // 2\n'
SIMPLE_NEW = SIMPLE_OLD.replace("n // 2", "int(n / 2)")


def simple(root: Path, tests: str) -> Repository:
    packages = {"pkg/__init__.py": "", "tests/test_mod.py": tests}
    return Repository(root, {"pkg/mod.py": SIMPLE_NEW}, {"pkg/mod.py": SIMPLE_OLD}, packages)


def test_a_test_that_ends_the_process_does_not_silence_the_others(tmp_path: Path) -> None:
    tests = (
        "import os\nfrom pkg.mod import half\n"
        "def test_leaves(): half(2); os._exit(0)\n"
        "def test_dies(): os.abort()\n"
        "def test_stays(): assert half(-3) == -1\n"
    )
    result = simple(tmp_path, tests).compare("half", per_function=500)
    assert result.outcomes == {
        "pkg/mod.py::pkg.mod.half": "passed",
        "tests/test_mod.py::test_leaves": "ended the process with status 0",
        "tests/test_mod.py::test_dies": "died of signal 6 (SIGABRT)",
        "tests/test_mod.py::test_stays": "passed",
    }
    (found,) = (one for one in differences(result, "half") if one.old.type == "int" and one.new.type == "int")
    assert (found.old.value, found.new.value) != (None, None)


def test_what_differed_before_the_process_ended_was_compared(tmp_path: Path) -> None:
    old, new = SIMPLE_OLD.replace(">>>", ">"), SIMPLE_NEW.replace(">>>", ">")
    tests = "import os\nfrom pkg.mod import half\ndef test_leaves():\n    half(-3)\n    os._exit(0)\n"
    files = {"pkg/__init__.py": "", "tests/test_mod.py": tests}
    result = Repository(tmp_path, {"pkg/mod.py": new}, {"pkg/mod.py": old}, files).compare("half")
    assert differences(result, "half")
    assert result.comparisons == sum(result.compared.values()) >= 1


@pytest.mark.slow
def test_a_test_that_hangs_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(twin, "BATCH_SECONDS", 4.0)
    tests = "import time\ndef test_hangs(): time.sleep(600)\n"
    result = simple(tmp_path, tests).compare("half", per_function=500)
    assert result.outcomes["tests/test_mod.py::test_hangs"].startswith("took longer than")


def test_a_property_has_no_deadline(tmp_path: Path) -> None:
    tests = (
        "import time, hypothesis\nfrom pkg.mod import half\nhurried = hypothesis.settings(deadline=1, max_examples=2)\n"
        "@hurried\n@hypothesis.given(hypothesis.strategies.just(-3))\ndef test_one(n): time.sleep(0.01); half(n)\n"
        "class TestTwo:\n    @hypothesis.given(hypothesis.strategies.just(-3))\n    @hurried\n"
        "    def test_two(self, n): time.sleep(0.01); half(n)\n"
    )
    result = simple(tmp_path, tests).compare("half")
    names = ("test_one", "TestTwo::test_two")
    assert [result.outcomes[f"tests/test_mod.py::{name}"] for name in names] == ["passed", "passed"]


def test_far_tests_are_left_where_near_ones_showed_enough(tmp_path: Path) -> None:
    near = "from pkg.mod import half\ndef test(): half(5), half(70)\n"
    tests = {"tests/test_mod.py": near, **{f"tests/test_{n}.py": "def test(): pass\n" for n in range(9)}}
    packages = {"pkg/__init__.py": "", **tests}
    few = dict(packages, **{"tests/test_mod.py": "from pkg.mod import half\ndef test(): half(5)\n"})
    same = ({"pkg/mod.py": "def half(n):\n    return n + 0\n"}, {"pkg/mod.py": "def half(n):\n    return n\n"})
    files = [
        sum(map(len, Repository(tmp_path / name, *same, rest).compare("half", per_function=limit).batches))
        for name, rest, limit in (("enough", packages, 12), ("few", few, 500))
    ]
    assert files == [3, 10]


def test_paths_are_the_repositorys_where_pytests_root_is_another(tmp_path: Path) -> None:
    whole = simple(tmp_path, "import no_such_module_anywhere\n")
    (tmp_path / "tests" / "pytest.ini").write_text("[pytest]\n")
    assert set(whole.compare("half", per_function=500).not_collected) == {"tests/test_mod.py"}


def test_doctests_drive_too(tmp_path: Path) -> None:
    result = simple(tmp_path, "").compare("half")
    assert next(one.test for one in differences(result, "half")) == "pkg/mod.py::pkg.mod.half"


def test_tests_of_unittest_drive_where_there_is_no_pytest(tmp_path: Path) -> None:
    python = next((one for one in ("/usr/bin/python3", "/usr/bin/python3.11") if Path(one).exists()), None)
    if python is None or subprocess.run([python, "-c", "import pytest"], capture_output=True).returncode == 0:
        pytest.skip("needs a Python without pytest")
    tests = (
        "import unittest\nfrom pkg.mod import half\n"
        "class Test(unittest.TestCase):\n"
        "    def test_one(self): self.assertEqual(half(-3), -1)\n"
        "    def test_two(self): self.fail()\n"
        "    @unittest.skip('later')\n    def test_three(self): pass\n"
    )
    whole = simple(tmp_path, tests)
    result = whole.compare_all([whole.function("half")], python=Path(python), per_function=500)
    names = {name.rpartition("::")[2]: how for name, how in result.outcomes.items()}
    assert names == {"pkg.mod.half": "passed", "test_one": "passed", "test_two": "failed", "test_three": "skipped"}
    assert "tests/test_mod.py::Test::test_one" in result.outcomes
    assert differences(result, "half")


def test_nothing_runs_after_the_deadline(tmp_path: Path) -> None:
    result = simple(tmp_path, "def test(): pass\n").compare("half", deadline=time.monotonic() - 1)
    assert (result.comparisons, result.differences, result.batches) == (0, {}, ())


def test_a_function_without_an_old_version_is_passed_over(tmp_path: Path) -> None:
    whole = simple(tmp_path, "")
    assert whole.compare_all([changed(None, SIMPLE_NEW, "half")]).compared == {}


# ---------------------------------------------------------------- nearest first

LISTING = {
    "tests/test_other.py": "def test(): pass\n",
    "tests/test_all.py": "from pkg.mod import half\ndef test(): half(1)\n",
    "tests/test_uses.py": "import pkg\ndef test(): pkg.half(1)\n",
    "tests/test_module.py": "from pkg import mod\ndef test(): mod\n",
    "tests/test_mod.py": "from pkg import mod\ndef test(): mod.half(1)\n",
    "other/tests/mod_test.py": "def test(): pass\n",
    "tests/helpers.py": "from pkg.mod import half\n",
    "tests/conftest.py": "from pkg.mod import half\ndef test_like(): pass\n",
    "pkg/mod.py": "def half(n): pass\ndef test(): pass\n",
}


def test_the_nearest_tests_come_first() -> None:
    assert twin.order_tests(LISTING, changed(SIMPLE_OLD, SIMPLE_NEW, "half")) == (
        "tests/test_mod.py",
        "other/tests/mod_test.py",
        "tests/test_all.py",
        "tests/test_module.py",
        "tests/test_uses.py",
        "tests/test_other.py",
    )

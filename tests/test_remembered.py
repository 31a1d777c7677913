from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from reviewer.cache import Cache
from reviewer.data import Case, CaseResult, Expected, ExpectedKind, Job, Mutant, Origin, OutcomeKind, Side
from reviewer.evidence import interpreter, kept, sandbox
from reviewer.evidence.circumstances import circumstances, interpreter_stamp, trouble_remembered
from reviewer.evidence.dependencies import ABSENT, Contents, needed
from reviewer.evidence.remembered import Remembered
from tests.repos import Repo

FILES = {
    "pkg/__init__.py": "",
    "pkg/mod.py": """
from pathlib import Path

from pkg.near import number
try:
    from pkg import extra
except ImportError:
    extra = None

def f(x):
    import pkg.late
    return x + number() + pkg.late.more + len(Path("data.txt").read_text()) + (extra is not None)
""",
    "pkg/near.py": "from .far import base\n\ndef number():\n    return base\n",
    "pkg/far.py": "base = 10\n",
    "pkg/late.py": "more = 100\n",
    "pkg/neighbour.py": "from pkg.aside import value\n\ndef g():\n    return value\n",
    "pkg/aside.py": "value = 1\n",
    "docs/notes.txt": "",
    "data.txt": "",
}


def case(call: str, text: str | None = None, setup: tuple[str, ...] = ()) -> Case:
    kind = ExpectedKind.NOTHING if text is None else ExpectedKind.VALUE
    return Case(setup, call, Expected(kind, text), Origin.EXAMPLE, None)


F = Job("pkg/mod.py", "f", case("f(1)", "111"))
G = Job("pkg/neighbour.py", "g", case("g()"))


@dataclass
class World:
    """A repository on disk, a cache, and a count of the sandboxes that were opened."""

    root: Path
    store: Cache
    python: Path = Path(sys.executable)
    limits: sandbox.Limits | None = None
    started: int = 0
    boxes: list[Remembered] = field(default_factory=list)

    def write(self, **files: str) -> World:
        for path, text in files.items():
            (self.root / path).parent.mkdir(parents=True, exist_ok=True)
            (self.root / path).write_text(text)
        # Files are stamped by a clock that stands still for some milliseconds.
        time.sleep(0.02)
        return self

    def remembered(
        self, new: dict[str, bytes | None] | None = None, old: dict[str, bytes | None] | None = None
    ) -> Remembered:
        sides = {Side.OLD: old or {}, Side.NEW: new or {}}

        def make() -> sandbox.Sandbox:
            self.started += 1
            return sandbox.open(self.python, self.root, [self.root], *sides.values(), limits=self.limits)

        where = circumstances(self.python, os.environ, (self.root, self.limits))
        contents = {side: Contents(self.root, files) for side, files in sides.items()}
        self.boxes.append(Remembered(make, self.store, where, contents))
        return self.boxes[-1]

    def run(self, *jobs: Job, side: Side = Side.NEW, **options: object) -> list[CaseResult]:
        with self.remembered() as box:
            return box.run(side, jobs, **options)  # type: ignore[arg-type]

    def runs_again(self, *jobs: Job, side: Side = Side.NEW, box: Remembered | None = None, **options: object) -> bool:
        """Whether these jobs would be run, without running them."""
        box = box or self.remembered()
        box._make = lambda: "not now"
        box.run(side, jobs, **options)  # type: ignore[arg-type]
        return box.failure is not None


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with Cache.open(tmp_path / "cache", warn=pytest.fail) as store:
        yield World(tmp_path / "repository", store).write(**FILES)


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository and its cache after a run of both functions."""
    folder = tmp_path_factory.mktemp("ran")
    with Cache.open(folder / "cache", warn=pytest.fail) as store:
        World(folder / "repository", store).write(**FILES).run(F, G)
    return folder


@pytest.fixture
def again(ran: Path, tmp_path: Path) -> Iterator[World]:
    """The same repository with a cache of its own; what the test does to the files is undone."""
    shutil.copytree(ran / "cache", tmp_path / "cache")
    with Cache.open(tmp_path / "cache", warn=pytest.fail) as store:
        yield World(ran / "repository", store)
    for path in (ran / "repository").rglob("*"):
        if path.is_file() and str(path.relative_to(ran / "repository")) not in FILES:
            path.unlink()
    World(ran / "repository", store).write(**FILES)


def test_a_second_run_opens_nothing_and_tells_the_same(world):
    first, second = world.remembered(), world.remembered()

    with first, second:
        results = first.run(Side.NEW, [F, G])
        assert [result.passed for result in results] == [True, True]
        assert results[0].reached == (11, 12)
        second = world.remembered()
        assert second.run(Side.NEW, [F, G]) == results

    assert world.started == 1
    assert (first.executed, second.executed) == ({("pkg/mod.py", "f"), ("pkg/neighbour.py", "g")}, set())
    assert second.isolation == first.isolation


def test_only_what_is_new_is_run(again):
    box = again.remembered()
    box._make = lambda: "not now"

    known, new = box.run(Side.NEW, [F, Job("pkg/mod.py", "f", case("f(2)"))])

    assert known.passed
    assert (new.outcome.kind, new.outcome.message) == (OutcomeKind.NOT_RUN, "not now")


@pytest.mark.parametrize(
    ("path", "text", "f_again", "g_again"),
    [
        pytest.param("pkg/mod.py", FILES["pkg/mod.py"] + "\n", True, False, id="the module"),
        pytest.param("pkg/near.py", "def number():\n    return 11\n", True, False, id="what it imports"),
        pytest.param("pkg/far.py", "base = 11\n", True, False, id="what that imports"),
        pytest.param("pkg/late.py", "more = 101\n", True, False, id="what the function imports"),
        pytest.param("pkg/__init__.py", "VERSION = 1\n", True, True, id="its package"),
        pytest.param("data.txt", "1", True, True, id="a file that is read"),
        pytest.param("pkg/extra.py", "", True, True, id="a module that was missing"),
        pytest.param("pkg/aside.py", "value = 2\n", False, True, id="what a neighbour imports"),
        pytest.param("docs/notes.txt", "1", False, False, id="a file that nobody reads"),
        pytest.param("docs/more.py", "", False, False, id="a new file elsewhere"),
        pytest.param(".coverage", "", False, False, id="what tools leave behind"),
    ],
)
def test_an_edit_costs_the_results_that_depend_on_it(again, path, text, f_again, g_again):
    again.write(**{path: text})

    assert (again.runs_again(F), again.runs_again(G)) == (f_again, g_again)


@pytest.mark.parametrize("path", ["pkg/mod.py", "pkg/near.py", "data.txt"])
def test_what_is_staged_counts_and_not_what_is_on_the_disk(again, path):
    before = FILES[path].encode()
    again.write(**{path: "broken ("})

    assert not again.runs_again(F, box=again.remembered({path: before}))
    assert again.runs_again(F, box=again.remembered({path: before + b"\n"}))
    assert again.runs_again(F, box=again.remembered({path: None}))


def test_a_side_counts_by_what_it_holds(again):
    other = {"pkg/far.py": b"base = 11\n"}

    assert not again.runs_again(F, side=Side.OLD)
    assert again.runs_again(F, side=Side.OLD, box=again.remembered(old=other))
    assert not again.runs_again(F, box=again.remembered(old=other))


def test_both_versions_of_what_a_module_imports_are_remembered(again):
    other: dict[str, bytes | None] = {"pkg/far.py": b"base = 11\n"}
    with again.remembered(other) as box:
        (result,) = box.run(Side.NEW, [F])
    assert result.passed is False

    assert not again.runs_again(F)
    assert not again.runs_again(F, box=again.remembered(other))


@pytest.mark.parametrize(
    ("job", "options"),
    [
        pytest.param(replace(F, function="g"), {}, id="function"),
        pytest.param(replace(F, case=case("f(2)", "111")), {}, id="call"),
        pytest.param(replace(F, case=case("f(1)", "112")), {}, id="expectation"),
        pytest.param(replace(F, case=case("f(1)", "111", ("x = 1",))), {}, id="setup"),
        pytest.param(replace(F, case=replace(F.case, names={"os": "import os"})), {}, id="imports"),
        pytest.param(F, {"hash_seed": 1}, id="hash seed"),
        pytest.param(F, {"fresh": True}, id="fresh process"),
    ],
)
def test_another_question_is_run(again, job, options):
    assert again.runs_again(job, **options)


def test_other_circumstances_run_everything_again(again, tmp_path, monkeypatch):
    again.limits = sandbox.Limits(wall_seconds=4)
    assert again.runs_again(F)
    again.limits = None
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    assert again.runs_again(F)
    monkeypatch.undo()
    assert not again.runs_again(F)

    again.python = tmp_path / "python"
    again.python.symlink_to(os.path.realpath(sys.executable))
    assert again.runs_again(F)


def test_without_circumstances_nothing_is_remembered(again):
    script = again.root.parent / "shim"
    script.write_text("#!/bin/sh\nexec python\n")
    again.python = script

    assert interpreter_stamp(script) is None
    assert not again.remembered().known
    assert again.runs_again(F)


@pytest.mark.parametrize("kind", ["result", "result-files"])
@pytest.mark.parametrize(
    "damage",
    [
        lambda text: "",
        lambda text: text[:-1],
        lambda text: text.replace("1", "2", 1) if text[-1] != "2" else text + " ",
        lambda text: text[:32],
        lambda text: kept.signed("[]"),
        lambda text: kept.signed('{"a": 1}'),
        lambda text: kept.signed('[["x", []], 3, null, {}]'),
        lambda text: kept.signed("[" * 10_000),
    ],
    ids=["empty", "cut", "changed", "headless", "another list", "another mapping", "nonsense", "deep"],
)
def test_a_damaged_entry_counts_as_absent(again, kind, damage):
    for key in again.store.keys(kind):  # a cache is no mapping
        again.store.put(kind, key, damage(again.store.get(kind, key) or ""))

    assert again.runs_again(F)


@pytest.mark.parametrize("text", ["", "{}", "[1]", "nonsense"])
def test_walls_that_cannot_be_read_are_not_known(again, text):
    (key,) = again.store.keys("walls")
    again.store.put("walls", key, text)

    assert not again.remembered().known


def test_what_time_or_the_sandbox_decided_is_not_remembered(world):
    world.limits = sandbox.Limits(wall_seconds=0.5, cpu_seconds=1)
    world.write(
        **{
            "m.py": "import os, time\n\ndef slow():\n    time.sleep(9)\n\ndef gone():\n    os._exit(3)\n\n"
            "def full():\n    raise MemoryError\n\ndef quick():\n    return 1\n",
            "odd.py": "import os\nos._exit(1)\n",
        }
    )
    jobs = {name: Job("m.py", name, case(f"{name}()")) for name in ("slow", "gone", "full", "quick")}
    jobs["odd"] = Job("odd.py", "h", case("h()"))
    late = Job("m.py", "quick", case("quick() + 1"))

    results = world.run(*jobs.values())
    world.run(late, deadline=time.monotonic() - 1)

    kinds = [result.outcome.kind for result in results]
    assert kinds == ["timed_out", "crashed", "raised", "returned", "not_run"]
    again = {name: world.runs_again(job) for name, job in jobs.items()}
    assert again == {"slow": True, "gone": True, "full": True, "quick": False, "odd": True}
    assert world.runs_again(late)


def test_a_failed_import_is_remembered_until_what_it_missed_is_there(world):
    world.write(**{"m.py": "import missing_thing\n\ndef f():\n    return 1\n"})
    job = Job("m.py", "f", case("f()"))
    (result,) = world.run(job)
    assert (result.outcome.message or "").startswith("missing dependency: ")

    assert not world.runs_again(job)
    world.write(**{"missing_thing.py": ""})
    assert world.runs_again(job)


def test_a_file_that_was_edited_meanwhile_is_not_believed(world):
    box = world.remembered()
    world.write(**{"pkg/far.py": "base = 11\n"})
    with box:
        (result,) = box.run(Side.NEW, [F])

    assert result.passed is False
    assert world.runs_again(F)


def test_code_that_chooses_its_imports_depends_on_all_that_was_opened(world):
    text = "from importlib import import_module\n\ndef f():\n    return import_module('pkg.' + 'a' + 'side').value\n"
    world.write(**{"m.py": text})
    job = Job("m.py", "f", case("f()"))
    world.run(G, job)  # the neighbour has imported it already
    assert not world.runs_again(job)

    world.write(**{"pkg/aside.py": "value = 2\n"})
    assert world.runs_again(job)


@pytest.mark.parametrize(
    "body",
    [
        "for file in Path(__file__).parent.glob('pkg/*side.py'):\n    exec(file.read_text())",
        "for name in os.listdir(Path(__file__).parent / 'pkg'):\n"
        "    value = len(Path(__file__).with_name('pkg').joinpath(name).read_text()) if 'sid' in name else value",
    ],
    ids=["runs what a pattern fits", "reads what a folder lists"],
)
def test_code_that_finds_python_files_depends_on_all_that_was_opened(world, body):
    world.write(**{"m.py": f"import os\nfrom pathlib import Path\n\nvalue = 0\n{body}\n\ndef f():\n    return value\n"})
    job = Job("m.py", "f", case("f()"))
    world.run(job)
    assert not world.runs_again(job)

    world.write(**{"pkg/aside.py": "value = 1 + 1\n"})
    assert world.runs_again(job)


@pytest.mark.parametrize(("before", "again"), [(b"value = 0\n", True), (b"value = 1\n", False)], ids=["other", "same"])
def test_a_changed_file_that_code_reads_from_the_disk_is_not_taken_for_what_it_was(world, before, again):
    text = "from pathlib import Path\n\ndef f():\n    return Path(__file__).with_name('aside.py').read_text()\n"
    world.write(**{"pkg/reads.py": text})
    job = Job("pkg/reads.py", "f", case("f()"))
    with world.remembered(old={"pkg/aside.py": before}) as box:
        box.run(Side.OLD, [job])

    assert world.runs_again(job, side=Side.OLD, box=world.remembered(old={"pkg/aside.py": before})) == again


def test_after_the_end_nothing_is_run(world):
    box = world.remembered()
    box.close()

    (result,) = box.run(Side.NEW, [F])

    assert (result.passed, result.outcome.kind) == (None, OutcomeKind.NOT_RUN)
    assert world.started == 0


def test_a_sandbox_that_cannot_be_opened_any_more_is_not_known(again):
    assert again.remembered().known
    assert again.runs_again(replace(F, function="other"))
    assert not again.remembered().known


def test_kills_are_remembered_as_a_whole(world):
    mutants = [
        Mutant("1", "constant", 5, "1 -> 2", "def g():\n    return value + 1\n"),
        Mutant("2", "none", 5, "nothing", "def g():\n    return value\n"),
        Mutant("3", "wrong", 5, "no such function", "def h(:\n"),
    ]
    cases = [case("g()", "1"), case("g() + 1", "2")]
    jobs = [Job(G.path, G.function, one) for one in cases]

    def kills() -> list[frozenset[int] | None]:
        with world.remembered() as box:
            box.run(Side.NEW, jobs)
            return box.kills(Side.NEW, G.path, G.function, mutants, cases)

    assert kills() == kills() == [frozenset({0, 1}), frozenset(), None]
    assert world.started == 1
    world.write(**{"pkg/aside.py": "value = 1  # edited\n"})
    assert kills() == [frozenset({0, 1}), frozenset(), None]
    assert world.started == 2


@pytest.mark.parametrize(
    ("files", "also", "expected"),
    [
        ({"a.py": "import b", "b.py": "", "c.py": ""}, (), {"a.py", "b.py"}),
        ({"a.py": "", "b.py": "", "c.py": "import b"}, ("c",), {"a.py", "b.py", "c.py"}),
        ({"a.py": "from p.q import r", "p/__init__.py": "", "p/q.py": ""}, (), {"a.py", "p/__init__.py", "p/q.py"}),
        ({"a.py": "import pkgutil", "b.py": "", "c.py": ""}, (), {"a.py", "b.py", "c.py"}),
        ({"a.py": "", "b.py": "", "data.json": "", "__pycache__/b.cpython-311.pyc": ""}, (), {"a.py", "data.json"}),
        ({"a.py": "import a, b", "b.py": "import a"}, (), {"a.py", "b.py"}),
    ],
    ids=["mentioned", "by the case", "packages", "chosen while running", "data", "in a circle"],
)
def test_a_module_needs_what_it_mentions(tmp_path, files, also, expected):
    contents = Contents(tmp_path, {path: text.encode() for path, text in files.items()})

    assert needed("a.py", also, files, contents) == expected


@pytest.mark.parametrize("path", ["nul\0", "lone \ud800", "x" * 5000], ids=["null", "surrogate", "long"])
def test_what_is_no_path_at_all_was_not_changed(tmp_path, path):
    contents = Contents(tmp_path, {})

    assert contents.unchanged_since(1, [path])
    assert contents.digest(path) == ABSENT


def test_a_folder_is_what_it_lists_on_its_side(tmp_path):
    for name in ("a.py", ".hidden", "__pycache__"):
        (tmp_path / "pkg" / name).mkdir(parents=True)

    def listed(**files: bytes | None) -> str:
        return Contents(tmp_path, {f"pkg/{name}": data for name, data in files.items()}).digest("pkg")

    assert listed() == listed(**{"a.py": b"other"}) != listed(**{"a.py": None}) != listed(**{"b.py": b""})
    assert listed() != listed(**{"sub/b.py": b""})
    assert Contents(tmp_path, {"new/b.py": b""}).digest("new") != ABSENT
    assert Contents(tmp_path, {"new/b.py": None}).digest("new") == ABSENT


def test_an_interpreter_that_works_is_asked_once(tmp_path):
    asked: list[Path] = []

    def trouble(path: Path) -> str | None:
        asked.append(path)
        return interpreter.trouble(path)

    link, shim, none = tmp_path / "python", tmp_path / "shim", tmp_path / "none"
    link.symlink_to(os.path.realpath(sys.executable))
    shim.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    shim.chmod(0o755)
    with Cache.open(tmp_path / "cache", warn=pytest.fail) as store:
        for _ in range(2):
            ask = trouble_remembered(store, trouble)
            assert ask(link) is None
            assert ask(shim) is None
            assert ask(none) is not None

    assert (asked.count(link), asked.count(shim), asked.count(none)) == (1, 2, 2)


# ---------------------------------------------------------------- the whole program

SPY = """
import sys
started = []
sys.addaudithook(lambda event, args: started.append(args[1][0]) if event == "subprocess.Popen" else None)
from reviewer.__main__ import main
code = main(["review", "--model", "none", "--format", "json"])
sys.stderr.write(" ".join(started))
sys.exit(code)
"""


@pytest.fixture
def review(tmp_path: Path) -> Callable[..., subprocess.Popen[bytes]]:
    """Starts a review of a repository with two changed functions, one of them in a file of its own."""
    repo = Repo(tmp_path)
    text = 'def {0}(x):\n    """Add.\n\n    >>> {0}(1)\n    2\n    """\n    return x + 1\n'
    repo.write("one.py", text.format("one")).write("two.py", text.format("two")).add().commit()
    for name in ("one", "two"):
        repo.edit(f"{name}.py", lambda old: old.replace("x + 1", "1 + x"))

    def start(change: Callable[[Repo], object] = lambda repo: None) -> subprocess.Popen[bytes]:
        change(repo)
        time.sleep(0.02)
        environment = repo.env | {"REVIEWER_CACHE_DIR": str(tmp_path / "cache"), "VIRTUAL_ENV": sys.prefix}
        return subprocess.Popen(
            [sys.executable, "-c", SPY], cwd=repo.root, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )

    return start


def report(process: subprocess.Popen[bytes]) -> tuple[dict[str, bool], dict[str, object], set[str]]:
    """Which functions were cached, how code was executed, and which programs were started."""
    out, err = process.communicate(timeout=100)
    assert process.returncode == 0, err
    found = json.loads(out)
    cached = {function["function"]: function["cached"] for function in found["functions"]}
    return cached, found["execution"], {Path(name).name for name in err.decode().splitlines()[-1].split()}


def test_a_review_that_was_made_before_starts_nothing_but_git(review):
    first, execution, _ = report(review())
    second = report(review())

    assert first == {"one": False, "two": False}
    assert second == ({"one": True, "two": True}, execution, {"git"})


def test_an_edit_of_one_function_leaves_what_is_remembered_of_another_one(review):
    def without_twins(repo: Repo) -> None:
        repo.write(".reviewer.toml", "twin-seconds = 0\n")

    def edited(repo: Repo) -> None:
        repo.edit("two.py", lambda text: text.replace("1 + x", "x + 1 + 0"))

    report(review(without_twins))
    cached, _, _ = report(review(edited))

    assert cached == {"one": True, "two": False}


def test_the_tests_drive_every_function_again_after_an_edit_of_one(review):
    report(review())
    cached, _, _ = report(review(lambda repo: repo.edit("two.py", lambda text: text.replace("1 + x", "x + 1 + 0"))))

    assert cached == {"one": False, "two": False}


def test_two_reviews_at_once_share_what_they_find(review):
    for process in [review(), review()]:
        report(process)

    cached, _, started = report(review())
    assert (cached, started) == ({"one": True, "two": True}, {"git"})

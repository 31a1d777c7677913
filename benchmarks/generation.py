"""What `reviewer tests` makes of real packages without a model, and how fast mutants and functions go.

The installed packages are copied into git repositories of their own; of a large one the first functions count.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.table import Table, share
from reviewer import config, functions, generation
from reviewer.boxes import OpenBox, open_box
from reviewer.data import ChangedFunction, Selection, SelectionKind, Side
from reviewer.evidence import mutants, pytest_kills, sandbox, witness
from reviewer.evidence.remembered import Box
from reviewer.evidence.runner import MutantRunner
from reviewer.generation import Maker, Options
from reviewer.made import Made
from reviewer.reading import Subject, read_subject
from reviewer.reporting import Asked
from reviewer.testplans import Result, opened_project, planned
from tests.repos import Repo

SCRIPT = str(Path(sys.executable).with_name("reviewer"))
PACKAGES = ("humanize", "inflection", "pydash")
FUNCTIONS = 60
RUNS = 3
MANY = 240  # further mutants, the same ones again
FIXTURE = """

import pytest


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
"""


def measure() -> Iterator[Table]:
    """Every figure."""
    os.environ.pop("OLLAMA_HOST", None)
    found = [name for name in PACKAGES if importlib.util.find_spec(name)]
    with tempfile.TemporaryDirectory(prefix="reviewer-bench-") as folder:
        repos = {name: copied(name, Path(folder)) for name in found}
        columns = ("package", "functions", "with a case", "with a kept test", "mutants killed", "s a function")
        rows = tuple(package(name, repo) for name, repo in repos.items())
        remark = f"--model none; the first {FUNCTIONS} functions of each package by file order; not installed: "
        missing = ", ".join(name for name in PACKAGES if name not in found) or "none"
        yield Table("Tests made from docstrings", columns, rows, (remark + missing,))
        if found:
            speeds = tuple(speed(repos["inflection" if "inflection" in repos else found[0]]))
            yield Table("Speed of making tests", ("what", "measured", "wanted"), speeds)


def copied(name: str, parent: Path) -> Repo:
    """A repository with the installed package's source as its one commit."""
    spec = importlib.util.find_spec(name)
    assert spec is not None
    assert spec.origin is not None
    repo = Repo(parent, name)
    shutil.copytree(Path(spec.origin).parent, repo.root / name, ignore=shutil.ignore_patterns("__pycache__"))
    repo.add().commit()
    return repo


def first(repo: Repo) -> list[str]:
    """The package's first functions that have a body of their own, as PATHS arguments."""
    found: dict[str, None] = {}
    for path in sorted(repo.root.rglob("*.py")):
        name = path.relative_to(repo.root).as_posix()
        for function in functions.parse(name, path.read_bytes()).functions:
            found.setdefault(f"{name}::{function.name}")
    return list(found)[:FUNCTIONS]


def package(name: str, repo: Repo) -> tuple[object, ...]:
    """One row: what the real program makes of a package."""
    began = time.perf_counter()
    command = [SCRIPT, "tests", *first(repo), "--model", "none", "--format", "json"]
    environment = repo.env | {"REVIEWER_CACHE_DIR": str(repo.root.parent / "cache")}
    done = subprocess.run(command, cwd=repo.root, env=environment, capture_output=True, check=False)
    took = time.perf_counter() - began
    if done.returncode not in (0, 3):
        raise RuntimeError(done.stderr.decode())
    report: dict[str, Any] = json.loads(done.stdout)
    gates = report["stats"]["gates"]
    overloads = {item["function_id"] for item in report["not_run"] if "overload" in item["reason"]}
    listed = {item["id"] for item in report["functions"]} - overloads
    none = {item["function_id"] for item in report["not_run"] if item["reason"].startswith(("it has no", "its doc"))}
    kept = {test["function_id"] for test in report["tests"]}
    total, killed = gates["mutants"], gates["mutants_killed"]
    cases = len(listed - none)
    return name, len(listed), cases, share(len(kept), len(listed)), share(killed, total), f"{took / len(listed):.2f}"


@dataclass(frozen=True)
class Warm:
    """An open sandbox and the functions of a package."""

    subject: Subject
    maker: Maker
    opened: OpenBox
    box: MutantRunner

    def make(self, function: ChangedFunction) -> Made:
        """One function's tests."""
        return self.maker.made(function, self.box, self.opened.places[function.path], frozenset(), Asked())


@contextmanager
def warm(repo: Repo) -> Iterator[Warm]:
    """The package's sandbox, each of its servers used once."""
    settings = config.load(repo.root, {"model": "none"}, {})
    subject = read_subject(settings, Selection(SelectionKind.ALL), (), repo.root)
    maker = Maker(subject, opened_project(settings, subject), Options(), None, b"", None)
    opened = open_box(settings, subject.change, subject.todo)
    if opened.box is None:
        raise RuntimeError(opened.execution.reason)
    with opened.box as box:
        found = Warm(subject, maker, opened, box)
        for function in subject.todo:
            found.make(function)
        yield found


def speed(repo: Repo) -> Iterator[tuple[object, ...]]:
    """Seconds of one function whose cases come from examples, and mutants a second."""
    with warm(repo) as found:
        seconds, plenty = [], []
        for function in found.subject.todo:
            began = time.perf_counter()
            made = found.make(function)
            if made.gated.kept:
                seconds.append(time.perf_counter() - began)
                plenty.append(function)
        shown = f"{statistics.median(seconds):.2f} s median, {max(seconds):.2f} s the slowest of {len(seconds)}"
        yield "one function, cases from examples alone, warm", shown, "<= 0.5 s"
        box = found.opened.box.open() if found.opened.box else None  # nothing remembered: each mutant is run
        assert box is not None
        rate, count = max(rates(found, box, plenty) for _ in range(RUNS))
        measured = f"{rate:.0f}/s of {count}{load()}"
        yield "mutants by direct call, all cases of the function each", measured, ">= 100/s"
        yield by_tests(found, repo, plenty)


def load() -> str:
    """How busy the machine is, for figures that hang on it."""
    return f"; load average {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""


def rates(found: Warm, box: Box, plenty: Sequence[ChangedFunction]) -> tuple[float, int]:
    """Mutants a second over these functions, and how many mutants that were."""
    count, took = 0, 0.0
    for function in plenty:
        assert function.new is not None
        module = found.subject.modules[function.path]
        cases, _ = witness.documented(function, module)
        changed = mutants.mutants(function.new, module, cap=generation.MUTANTS)
        began = time.perf_counter()
        box.kills(Side.NEW, function.path, function.name, changed, cases)
        took += time.perf_counter() - began
        count += len(changed)
    return count / took, count


def by_tests(found: Warm, repo: Repo, plenty: Sequence[ChangedFunction]) -> tuple[object, ...]:
    """Mutants a second with the written test file of the function that has most of them, and a fixture around each."""
    modules = found.subject.modules
    candidates = [
        (function, mutants.mutants(function.new, modules[function.path], cap=generation.MUTANTS))
        for function in plenty
        if function.new is not None
    ]
    function, changed = max(candidates, key=lambda one: len(one[1]))
    made = found.make(function)
    project = opened_project(config.load(repo.root, {"model": "none"}, {}), found.subject)
    plans = planned(project, [Result(function, made.gated.kept, len(changed), made.settled)], prune=False)
    tests = {plan.path: plan.text + FIXTURE for plan in plans.files if plan.text}
    opened = found.opened
    with sandbox.open(opened.python, opened.root, opened.roots, opened.new, opened.new) as box:

        def seconds(count: int) -> float:
            began = time.perf_counter()
            killed = pytest_kills.kills_by_tests(box, function.path, function.name, (changed * count)[:count], tests)
            if not any(killed):
                raise RuntimeError(f"no mutant of {function.id} is killed")
            return time.perf_counter() - began

        start = min(seconds(len(changed)) for _ in range(RUNS))
        whole = min(seconds(len(changed) + MANY) for _ in range(RUNS))
    measured = f"{MANY / (whole - start):.0f}/s once collected; {start:.1f} s for the first {len(changed)}{load()}"
    return "mutants by tests with pytest's fixtures", measured, ">= 60/s"

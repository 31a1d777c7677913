"""Tests made for real packages pass under plain pytest, in any order, and satisfy ruff."""

import random
import shutil
import sys
from importlib import import_module
from pathlib import Path

import pytest

from tests.e2e.helpers import SCRIPTS, Run, program, reviewer
from tests.repos import Repo

pytestmark = [pytest.mark.executes, pytest.mark.slow, pytest.mark.timeout(1800)]

# A package, what of it to make tests for, and how many functions at least get one: those with examples in prose or
# doctest notation, less a few that the machine's language or clock decides.
PACKAGES = {
    "humanize": (["humanize"], 15),
    "inflection": (["inflection"], 12),
    "pydash": (["pydash/arrays.py", "pydash/numerical.py", "pydash/predicates.py"], 100),
}
RULES = "E4,E7,E9,F,I"


def copied(name: str, parent: Path) -> Repo:
    """A fresh repository with the installed package's source as its one commit."""
    repo = Repo(parent)
    source = Path(import_module(name).__file__).parent
    shutil.copytree(source, repo.root / name, ignore=shutil.ignore_patterns("__pycache__"))
    repo.add().commit()
    return repo


@pytest.mark.parametrize("name", PACKAGES)
def test_every_test_passes_outside_the_sandbox_in_any_order_and_ruff_is_content(name, tmp_path):
    repo = copied(name, tmp_path)
    paths, least = PACKAGES[name]

    run = reviewer(repo, "tests", *paths, "--model", "none", "--write", "--format", "json")

    assert run.code == 0, run.stderr
    tests = run.report["tests"]
    assert all(test["mutants_killed"] or test["origin"] == "example" for test in tests)
    assert len({test["function_id"] for test in tests}) >= least
    nodes = collected(repo)
    assert {node.partition("[")[0] for node in nodes} == {f"{test['path']}::{test['name']}" for test in tests}
    for seed in (1, 2):
        random.Random(seed).shuffle(nodes)
        order = repo.root.parent / f"order{seed}.txt"
        order.write_text("\n".join(nodes))
        done = plain(repo, f"@{order}", PYTHONHASHSEED=str(seed))
        assert done.code == 0, done.stdout
        assert f"{len(nodes)} passed" in done.stdout
    for command in (("format", "--check"), ("check", "--select", RULES)):
        ruff = program(SCRIPTS / "ruff", *command, "--no-cache", "--isolated", "tests", cwd=repo.root)
        assert ruff.code == 0, ruff.stdout
    before = {path: path.read_bytes() for path in (repo.root / "tests").rglob("*.py")}
    again = reviewer(repo, "tests", paths[0], "--model", "none", "--write", "--prune")
    assert again.code == 0
    assert {path: path.read_bytes() for path in (repo.root / "tests").rglob("*.py")} == before


def plain(repo: Repo, *arguments: str, **env: str) -> Run:
    """pytest as a user of the package runs it."""
    command = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly")
    return program(*command, *arguments, cwd=repo.root, timeout=900, **env)


def collected(repo: Repo) -> list[str]:
    """The node ids of all emitted tests."""
    done = plain(repo, "--collect-only", "tests")
    assert done.code == 0, done.stdout
    return [line for line in done.stdout.splitlines() if "::" in line]

"""The corpus keeps its word: bugs differ where it says so, harmless changes do not, and the old versions are right."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

CORPUS = Path(__file__).parent / "corpus"
PAIRS: list[dict[str, Any]] = tomllib.loads((CORPUS / "index.toml").read_text(encoding="utf-8"))["pair"]
BUGS = [pair for pair in PAIRS if pair["group"] == "bug"]
HARMLESS = [pair for pair in PAIRS if pair["group"] == "harmless"]
SHOWN_BY_DOCTEST = [pair for pair in BUGS if pair["documented"] and pair["notation"] == "doctest"]

RUNNER = r"""
import contextlib, copy, doctest, importlib.util, io, json, sys

def load(path):
    spec = importlib.util.spec_from_file_location("corpus_module", path)
    module = sys.modules["corpus_module"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module

def outcome(path, setup, call, renamed):
    names = vars(load(path))
    names.update({new: names[old] for new, old in renamed.items() if old in names})
    before = set(names)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        try:
            for statement in setup:
                exec(statement, names)
            value = eval(call, names)
            result = ["returned", type(value).__name__, repr(value)]
        except Exception as error:
            result = ["raised", type(error).__name__]
    plain = (list, dict, set, str, int)
    variables = {name: repr(names[name]) for name in sorted(set(names) - before) if isinstance(names[name], plain)}
    return [result, printed.getvalue(), variables]

def failing_examples(path):
    runner = doctest.DocTestRunner(verbose=False)
    for test in doctest.DocTestFinder().find(load(path)):
        runner.run(test, out=lambda text: None)
    return [runner.failures, runner.tries]

job = json.load(sys.stdin)
calls = [outcome(*call) for call in job["calls"]]
json.dump({"calls": calls, "examples": [failing_examples(path) for path in job["modules"]]}, sys.stdout)
"""


def module(pair: dict[str, Any], version: str) -> str:
    return str(CORPUS / pair["slug"] / f"{version}.py")


def calls(pair: dict[str, Any]) -> list[tuple[list[str], str]]:
    if pair["group"] == "bug":
        return [(pair["witness"].get("setup", []), pair["witness"]["call"])]
    return [(pair.get("setup", []), call) for call in pair["same"]]


@pytest.fixture(scope="module")
def ran() -> dict[str, Any]:
    """Every call and every doctest of the corpus, run in one process: outcomes by (slug, version)."""
    sides = [(pair, version) for pair in PAIRS for version in ("old", "new")]
    asked = []
    for pair, version in sides:
        renamed = {pair["function"]: pair["renamed_from"]} if "renamed_from" in pair and version == "old" else {}
        asked += [(module(pair, version), setup, call, renamed) for setup, call in calls(pair)]
    job = {"calls": asked, "modules": [module(*side) for side in sides]}
    environment = os.environ | {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONUTF8": "1"}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", RUNNER],
        input=json.dumps(job),
        env=environment,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    outcomes = iter(answer["calls"])
    return {
        "outcomes": {(pair["slug"], version): [next(outcomes) for _ in calls(pair)] for pair, version in sides},
        "examples": {
            (pair["slug"], version): tuple(counts)
            for (pair, version), counts in zip(sides, answer["examples"], strict=True)
        },
    }


def ids(pair: dict[str, Any]) -> str:
    return str(pair["slug"])


def test_every_folder_has_one_entry_and_every_entry_a_folder() -> None:
    folders = sorted(folder.name for folder in CORPUS.iterdir() if folder.is_dir() and folder.name != "__pycache__")
    assert sorted(pair["slug"] for pair in PAIRS) == folders


@pytest.mark.parametrize("pair", PAIRS, ids=ids)
def test_modules_are_small_and_differ(pair: dict[str, Any]) -> None:
    old, new = (Path(module(pair, version)).read_text(encoding="utf-8") for version in ("old", "new"))
    assert old != new
    assert max(old.count("\n"), new.count("\n")) < 40


def test_the_groups_are_large_and_of_many_kinds() -> None:
    assert len(BUGS) >= 36
    assert len(HARMLESS) >= 28
    assert len(Counter(pair["kind"] for pair in BUGS)) >= 20
    assert len(Counter(pair["kind"] for pair in HARMLESS)) >= 15


def test_examples_show_some_bugs_and_miss_others() -> None:
    with_example = [pair for pair in BUGS if pair["notation"] != "none"]
    showing = [pair for pair in with_example if pair["documented"]]
    assert 0.6 < len(with_example) / len(BUGS) < 0.95
    assert 0.35 < len(showing) / len(with_example) < 0.65


@pytest.mark.parametrize("pair", PAIRS, ids=ids)
def test_old_versions_pass_their_doctests(pair: dict[str, Any], ran: dict[str, Any]) -> None:
    assert ran["examples"][pair["slug"], "old"][0] == 0


@pytest.mark.parametrize("pair", PAIRS, ids=ids)
def test_new_doctests_fail_exactly_where_the_index_says(pair: dict[str, Any], ran: dict[str, Any]) -> None:
    assert (ran["examples"][pair["slug"], "new"][0] > 0) == (pair in SHOWN_BY_DOCTEST)


@pytest.mark.parametrize("pair", [pair for pair in BUGS if "promised" not in pair["witness"]], ids=ids)
def test_a_witness_tells_old_from_new(pair: dict[str, Any], ran: dict[str, Any]) -> None:
    assert ran["outcomes"][pair["slug"], "old"] != ran["outcomes"][pair["slug"], "new"]


@pytest.mark.parametrize("pair", [pair for pair in BUGS if "promised" in pair["witness"]], ids=ids)
def test_new_code_does_not_do_what_its_new_docstring_promises(pair: dict[str, Any], ran: dict[str, Any]) -> None:
    [(result, *_)] = ran["outcomes"][pair["slug"], "new"]
    assert result[-1] != pair["witness"]["promised"]


@pytest.mark.parametrize("pair", [pair for pair in BUGS if pair["expect"] == "proved"], ids=ids)
def test_provable_bugs_break_an_example_or_raise_where_old_returned(pair: dict[str, Any], ran: dict[str, Any]) -> None:
    [(old, *_)], [(new, *_)] = (ran["outcomes"][pair["slug"], version] for version in ("old", "new"))
    raises = (old[0], new[0]) == ("returned", "raised")
    assert pair["documented"] or raises
    if pair["documented"] and pair["notation"] != "doctest":
        assert pair["witness"]["call"] in Path(module(pair, "new")).read_text(encoding="utf-8")


@pytest.mark.parametrize("pair", [pair for pair in BUGS if pair["notation"] == "doctest"], ids=ids)
def test_doctest_notation_is_read_by_doctest(pair: dict[str, Any], ran: dict[str, Any]) -> None:
    assert ran["examples"][pair["slug"], "new"][1] > 0


@pytest.mark.parametrize("pair", HARMLESS, ids=ids)
def test_harmless_changes_change_no_outcome(pair: dict[str, Any], ran: dict[str, Any]) -> None:
    assert len(pair["same"]) >= 3
    assert ran["outcomes"][pair["slug"], "old"] == ran["outcomes"][pair["slug"], "new"]

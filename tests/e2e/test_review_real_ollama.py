"""A whole review through a real Ollama server. What the model says is never asserted."""

import pytest

from tests.e2e.helpers import CHANGED, one_function, reviewer, shop
from tests.repos import Repo


@pytest.fixture(scope="module")
def repo(tmp_path_factory):
    return shop(tmp_path_factory.mktemp("real"))


@pytest.fixture
def options(ollama_server):
    """The server, and the one cache that the tests of this module share."""
    return {"OLLAMA_HOST": ollama_server.host}


def json_review(repo: Repo, model: str, env, *options: str):
    return reviewer(repo, "review", "--model", model, "--format", "json", *options, **env)


def test_a_review_within_a_deadline(tmp_path, ollama_server, options):
    run = json_review(one_function(tmp_path), ollama_server.model, options, "--deadline", "4")

    report = run.report
    assert report["model"]["provider"] == "ollama"
    assert report["model"]["endpoint"] == f"http://{ollama_server.host}"
    assert len(report["model"]["digest"].removeprefix("sha256:")) == 64
    assert report["stats"]["model_calls"] >= 1
    assert (report["stats"]["reviewed"], run.code) in ((1, 0), (0, 3))
    assert {item["reason"] for item in report["unreviewed"]} <= {"invalid_reply", "deadline"}


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_every_function_is_asked_about_and_then_never_again(repo, ollama_server, options, tmp_path):
    env = options | {"REVIEWER_CACHE_DIR": str(tmp_path / "cache")}
    first = json_review(repo, ollama_server.model, env, "--deadline", "120")
    again = json_review(repo, ollama_server.model, env, "--deadline", "120")
    shown = reviewer(repo, "review", "--model", ollama_server.model, "--deadline", "5", **env)

    report, later = first.report, again.report
    assert [function["function"] for function in report["functions"]] == CHANGED
    assert report["stats"]["model_calls"] >= len(CHANGED) - len(first.functions("deadline"))
    assert_all_accounted_for(first)
    # A reply that cannot be read is not kept: only those functions are asked about again.
    assert later["stats"]["cache_hits"] == report["stats"]["reviewed"]
    cached = {function["function"] for function in later["functions"] if function["cached"]}
    assert cached == {function["function"] for function in report["functions"] if function["reviewed"]}
    assert_all_accounted_for(again)
    if report["stats"]["reviewed"] == len(CHANGED):
        assert later["stats"]["model_calls"] == 0
    assert "\x1b" not in shown.stdout
    # The deadline of the third run decides between the first two; what an unlicensed model says is folded.
    closing = "nothing shown" if later["findings"] else "clean"
    assert not any(not finding["folded"] for finding in later["findings"])
    assert shown.stdout.splitlines()[-1].startswith((closing, "incomplete"))


def assert_all_accounted_for(run):
    """Every function is reviewed, or named with what a small model on a busy machine may cause."""
    report = run.report
    reviewed = {function["function"] for function in report["functions"] if function["reviewed"]}
    missed = {item["function"] for item in report["unreviewed"]}
    assert reviewed | missed == set(CHANGED)
    assert not reviewed & missed
    assert {item["reason"] for item in report["unreviewed"]} <= {"invalid_reply", "deadline"}
    assert run.code == (3 if missed else 0)


def test_auto_takes_the_configured_model(tmp_path, ollama_server, options):
    repo = shop(tmp_path).write(".reviewer.toml", f'ollama-model = "{ollama_server.model}"\n')
    run = reviewer(repo, "review", "--format", "json", "--deadline", "2", "shop.py::tax", **options)

    assert run.report["model"]["name"] == f"{ollama_server.model}:latest"
    assert run.report["model"]["provider"] == "ollama"


def test_a_model_that_is_not_held_is_wrong_use_and_never_pulled(repo, options):
    run = json_review(repo, "qwen2.5-coder:7b", options)

    assert (run.code, run.stdout) == (2, "")
    assert "ollama pull qwen2.5-coder:7b" in run.stderr


def test_a_cloud_name_is_refused(repo, options):
    run = json_review(repo, "gpt-oss:120b-cloud", options)

    assert (run.code, run.stdout) == (2, "")
    assert "cloud" in run.stderr


def test_doctor_asks_one_tiny_question(repo, ollama_server, options):
    run = reviewer(repo, "doctor", "--model", ollama_server.model, **options)

    assert "ok      server       Ollama " in run.stdout
    assert "forwarding is off" in run.stdout
    assert "tokens in" in run.stdout.splitlines()[-1] or run.code == 2

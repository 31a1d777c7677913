"""Commands that set up and diagnose: their output may be cut short, and they say what the model is worth."""

import subprocess

import pytest

from tests.e2e.helpers import NO_SERVER, SCRIPTS, environment, program
from tests.repos import Repo
from tests.servers import MODEL, played


@pytest.mark.parametrize(
    "arguments",
    [("doctor",), ("cache", "size"), ("cache", "clear"), ("models",), ("init", "--dry-run"), ("completion", "bash")],
    ids=" ".join,
)
def test_a_reader_that_goes_away_changes_nothing_about_the_exit_code(tmp_path, arguments):
    repo = Repo(tmp_path)
    with played() as server:
        process = subprocess.Popen(
            [SCRIPTS / "reviewer", *arguments],
            cwd=repo.root,
            env=environment(OLLAMA_HOST=server.host, REVIEWER_MODEL="none"),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        process.stdout.close()
        said = process.stderr.read()
        process.stderr.close()

        assert (process.wait(60), said) == (0, b"")


@pytest.mark.parametrize(
    ("own", "said"),
    [
        (f'trusted-models = ["{MODEL}"]\n', f"what {MODEL} suspects is listed: your `trusted-models` names {MODEL}"),
        ("", f"what {MODEL} suspects is only counted, `--show all` lists it: not measured"),
    ],
    ids=["trusted", "not measured"],
)
def test_doctor_says_whether_the_model_is_listened_to(tmp_path, own, said):
    file = tmp_path / "config" / "reviewer" / "config.toml"
    file.parent.mkdir(parents=True)
    file.write_text(own)
    with played() as server:
        env = {"OLLAMA_HOST": server.host, "REVIEWER_MODEL": MODEL, "XDG_CONFIG_HOME": str(tmp_path / "config")}
        run = program(SCRIPTS / "reviewer", "doctor", cwd=tmp_path, **env)

    assert f"ok      suspicions   {said}\n" in run.stdout


def test_doctor_says_of_the_packaged_model_why_it_is_not_listened_to(tmp_path, packaged_model):
    run = program(SCRIPTS / "reviewer", "doctor", "--model", "embedded", cwd=tmp_path, OLLAMA_HOST=NO_SERVER)

    assert "is only counted" in run.stdout
    assert "it cannot review code" in run.stdout


def test_a_wrong_configuration_stops_the_commit_with_one_sentence_and_staging_is_silent(tmp_path):
    repo = Repo(tmp_path)
    repo.write("a.py", "def f():\n    return 1\n")
    assert program(SCRIPTS / "reviewer", "init", "--hooks", cwd=repo.root).code == 0
    repo.write(".reviewer.toml", "nonsense = 1\n")
    env = {name: repo.env[name] for name in repo.env if name.startswith("GIT_")} | {"REVIEWER_MODEL": "none"}
    staged = program("git", "add", ".", cwd=repo.root, **env)
    stopped = program("git", "commit", "-m", "x", cwd=repo.root, **env)

    assert (staged.code, staged.stderr) == (0, "")
    assert stopped.code == 1
    assert stopped.stderr.startswith("reviewer: .reviewer.toml: unknown setting 'nonsense'")
    assert len(stopped.stderr.splitlines()) == 1
    repo.write(".reviewer.toml", "")
    assert program("git", "commit", "-m", "x", cwd=repo.root, **env).code == 0

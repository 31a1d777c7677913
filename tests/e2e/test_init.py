"""`reviewer init` in real repositories: what it writes, what it leaves, and that git and pre-commit take it."""

import json
import os
import shutil
import stat
import subprocess
import sys
import tomllib

import pytest
import yaml

from reviewer.commands.found import address
from tests.e2e.helpers import ROOT, SCRIPTS, environment, program, reviewer
from tests.repos import Repo
from tests.servers import DETAILS, DIGEST, played

pytestmark = pytest.mark.slow  # runs git and pre-commit

PYPROJECT = "[project]\nname = 'shop' # the shop\n\n[tool.ruff]\nline-length = 100\n"
HOOKS = ("pre-commit", "pre-push", "post-index-change")


@pytest.fixture
def repo(tmp_path):
    return Repo(tmp_path)


def files(repo: Repo) -> dict[str, bytes]:
    """Every file of the worktree and every hook, with its mode."""
    found = {}
    for folder in (repo.root, repo.root / ".git" / "hooks"):
        for path in sorted(folder.rglob("*")):
            inside = path.relative_to(repo.root)
            if path.is_file() and (inside.parts[0] != ".git" or inside.parts[1] == "hooks"):
                found[f"{inside} {stat.S_IMODE(path.lstat().st_mode):o}"] = path.read_bytes()
    return found


def holding(*names: str) -> dict[str, object]:
    """What /api/tags says of a server that holds these models."""
    sizes = enumerate(names, start=10**9)
    return {"models": [{"name": name, "digest": DIGEST, "details": DETAILS, "size": size} for size, name in sizes]}


def valid(path) -> None:
    """Pre-commit itself takes this configuration."""
    done = program(sys.executable, "-m", "pre_commit", "validate-config", path, cwd=path.parent)
    assert done.code == 0, done.stdout


def test_a_new_repository_gets_a_configuration_and_an_entry(repo):
    run = reviewer(repo, "init")

    assert (run.code, run.stderr) == (0, "")
    assert tomllib.loads((repo.root / ".reviewer.toml").read_text()) == {"tests": "tests/test_<module>_docs.py"}
    entry = yaml.safe_load((repo.root / ".pre-commit-config.yaml").read_text())["repos"][0]
    assert [hook["id"] for hook in entry["hooks"]] == ["reviewer", "reviewer-push"]
    valid(repo.root / ".pre-commit-config.yaml")
    assert "wrote          .reviewer.toml" in run.stdout
    assert "wrote          .pre-commit-config.yaml" in run.stdout
    assert "pre-commit install --hook-type pre-commit --hook-type pre-push" in run.stdout


def test_what_is_there_keeps_every_byte(repo):
    existing = "# ours\nrepos:\n- repo: local\n  hooks:\n  - {id: a, name: a, entry: 'true', language: system}\n"
    repo.write("pyproject.toml", PYPROJECT).write(".pre-commit-config.yaml", existing)
    (repo.root / "pyproject.toml").chmod(0o640)
    run = reviewer(repo, "init")

    assert run.code == 0, run.stderr
    assert (repo.root / "pyproject.toml").read_text().startswith(PYPROJECT)
    assert stat.S_IMODE((repo.root / "pyproject.toml").stat().st_mode) == 0o640
    assert (repo.root / ".pre-commit-config.yaml").read_text().startswith(existing)
    assert not (repo.root / ".reviewer.toml").exists()
    valid(repo.root / ".pre-commit-config.yaml")


@pytest.mark.parametrize("options", [(), ("--hooks",)], ids=["entry", "hooks"])
def test_a_second_run_changes_nothing_and_says_so(repo, options):
    repo.write("pyproject.toml", PYPROJECT)
    reviewer(repo, "init", *options)
    before = files(repo)
    run = reviewer(repo, "init", *options)

    assert run.code == 0
    assert files(repo) == before
    assert {line[:15].strip() for line in run.stdout.splitlines()} - {"next"} == {"nothing to do"}


@pytest.mark.parametrize("options", [(), ("--hooks",)], ids=["entry", "hooks"])
def test_a_dry_run_prints_what_would_change_and_changes_nothing(repo, options):
    repo.write("pyproject.toml", PYPROJECT)
    before = files(repo)
    run = reviewer(repo, "init", "--dry-run", *options)

    assert run.code == 0
    assert files(repo) == before
    assert "+[tool.reviewer]\n" in run.stdout
    assert ("would be installed pre-push\n" in run.stdout) is bool(options)


def test_the_users_own_settings_are_never_touched(repo):
    repo.write("pyproject.toml", PYPROJECT + "[tool.reviewer]\ntests = 'checks/test_<module>.py'\n")
    repo.write(".pre-commit-config.yaml", "repos:\n- repo: local\n  hooks:\n  - {id: reviewer, name: mine}\n")
    before = files(repo)
    run = reviewer(repo, "init")

    assert run.code == 0
    assert files(repo) == before


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ({"checks/test_a.py": "", "pytest.ini": "[pytest]\ntestpaths = checks\n"}, "checks"),
        ({"src/t/a.py": "", "pyproject.toml": "[tool.pytest.ini_options]\ntestpaths = ['gone', 'src/t']\n"}, "src/t"),
        ({"test/a.py": "", "setup.cfg": "[tool:pytest]\ntestpaths = ../elsewhere\n"}, "test"),
        ({"tests/a.py": "", "test/a.py": ""}, "tests"),
        ({"a.py": ""}, "tests"),
        ({"test/a.py": "", "tox.ini": "no [section\n"}, "test"),
    ],
    ids=["pytest.ini", "pyproject.toml", "outside", "both usual", "none", "broken file"],
)
def test_the_folder_of_tests_is_found(repo, written, expected):
    for path, content in written.items():
        repo.write(path, content)
    reviewer(repo, "init")
    pyproject, own = repo.root / "pyproject.toml", repo.root / ".reviewer.toml"
    table = tomllib.loads(own.read_text()) if own.exists() else tomllib.loads(pyproject.read_text())["tool"]["reviewer"]

    assert table["tests"] == f"{expected}/test_<module>_docs.py"


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        (["other:1b", "qwen2.5-coder:7b"], "qwen2.5-coder:7b"),
        (["other:1b", "codegemma:2b", "deepseek-coder:6.7b"], "deepseek-coder:6.7b"),
        (["other:1b"], None),
        (["qwen2.5-coder:7b-cloud"], None),
    ],
    ids=["recommended", "another coder", "none for code", "only in the cloud"],
)
def test_the_model_is_one_that_the_server_holds(repo, held, expected):
    with played(tags=holding(*held)) as server:
        run = reviewer(repo, "init", OLLAMA_HOST=server.host)

        assert not server.prompts()
    assert tomllib.loads((repo.root / ".reviewer.toml").read_text()).get("ollama-model") == expected
    assert ("no model is set" in run.stdout) is (expected is None)


def test_a_model_of_the_users_own_configuration_is_not_given_to_everybody(repo):
    own = environment()["XDG_CONFIG_HOME"] + "/reviewer/config.toml"
    with open(own, "a") as file:  # noqa: PTH123
        file.write('ollama-model = "mine:7b"\n')
    with played(tags=holding("qwen2.5-coder:7b")) as server:
        reviewer(repo, "init", OLLAMA_HOST=server.host)

    assert "ollama-model" not in (repo.root / ".reviewer.toml").read_text()


@pytest.mark.parametrize(
    ("path", "content", "said"),
    [
        (".pre-commit-config.yaml", "repos: [{repo: meta, hooks: [{id: identity}]}]\n", "add our entry yourself"),
        (".pre-commit-config.yaml", b"repos: []\n# caf\xe9\n", "not UTF-8"),
        (".pre-commit-config.yaml", "repos:\n\t- repo: local\n", "tabs"),
        (".pre-commit-config.yaml", "repos:\n- repo: local\n", "pre-commit would not take it"),
        ("pyproject.toml", "[tool.ruff\n", "not valid TOML"),
    ],
    ids=["flow", "latin-1", "tabs", "not valid before", "broken TOML"],
)
def test_what_cannot_be_edited_is_said_in_one_sentence_and_nothing_is_written(repo, path, content, said):
    repo.write(path, content)
    before = files(repo)
    run = reviewer(repo, "init")

    assert (run.code, run.stdout) == (2, "")
    assert said in run.stderr
    assert len(run.stderr.splitlines()) == 1
    assert files(repo) == before


@pytest.mark.parametrize("name", ["pyproject.toml", ".reviewer.toml", ".pre-commit-config.yaml"])
def test_a_link_out_of_the_repository_is_never_written_through(repo, name, tmp_path):
    outside = tmp_path / "outside"
    (repo.root / name).symlink_to(outside)
    run = reviewer(repo, "init")

    assert run.code == 2
    assert "it is not a file of this repository" in run.stderr
    assert not outside.exists()


def test_pre_commit_runs_what_was_written(repo):
    repo.write("a.py", "def f():\n    return 1\n")
    reviewer(repo, "init")
    program(sys.executable, "-m", "pre_commit", "install", cwd=repo.root)
    repo.add()
    env = repo.env | {"PATH": f"{SCRIPTS}:{os.environ['PATH']}", "OLLAMA_HOST": "127.0.0.1:1", "REVIEWER_MODEL": "none"}
    done = subprocess.run(["git", "commit", "-m", "x"], cwd=repo.root, env=env, capture_output=True, text=True)

    assert done.returncode == 0, done.stderr
    assert "reviewer" in done.stderr
    assert "reviewer: ***" in done.stderr


def test_the_local_entry_says_what_the_shipped_hooks_say(repo):
    reviewer(repo, "init")
    entry = yaml.safe_load((repo.root / ".pre-commit-config.yaml").read_text())["repos"][0]
    shipped = {hook["id"]: hook for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())}
    own = {"name", "language", "description", "minimum_pre_commit_version"}
    for hook in entry["hooks"]:
        wanted = {key: value for key, value in shipped[hook["id"]].items() if key not in own}
        assert wanted | {"language": "system", "name": hook["name"]} == hook


VCS = {"url": "https://example.invalid/r.git", "vcs_info": {"vcs": "git", "commit_id": "c0ffee"}}


@pytest.mark.parametrize(
    ("direct", "urls", "expected"),
    [
        (None, [], None),
        (json.dumps(VCS), [], ("https://example.invalid/r.git", "c0ffee")),
        (json.dumps({"url": "file:///x", "dir_info": {}}), [], None),
        (None, ["Repository, https://example.invalid/r"], ("https://example.invalid/r", "v1.2.0")),
        (None, ["Changelog, https://example.invalid/c"], None),
        ("not JSON", [], None),
        ("[]", [], None),
    ],
    ids=["unknown", "git", "a folder", "metadata", "another address", "broken", "odd"],
)
def test_where_the_program_comes_from(direct, urls, expected):
    assert address(direct, urls, "1.2.0") == expected


# ---------------------------------------------------------------- plain git hooks


def installed(repo: Repo, folder: str = ".git/hooks") -> list[str]:
    return [name for name in HOOKS if (repo.root / folder / name).exists()]


def test_hooks_are_installed_run_and_removed(repo):
    repo.write("a.py", "def f():\n    return 1\n").add()
    before = files(repo)
    run = reviewer(repo, "init", "--hooks", REVIEWER_MODEL="none")

    assert run.code == 0, run.stderr
    assert installed(repo) == list(HOOKS)
    env = repo.env | {"PATH": os.environ["PATH"], "OLLAMA_HOST": "127.0.0.1:1", "REVIEWER_MODEL": "none"}
    env["REVIEWER_CACHE_DIR"] = os.environ["REVIEWER_CACHE_DIR"]
    done = subprocess.run(["git", "commit", "-m", "x"], cwd=repo.root, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "reviewer: ***" in done.stderr
    (repo.root / ".reviewer.toml").unlink()
    assert reviewer(repo, "init", "--remove-hooks").code == 0
    assert files(repo) == before


def test_no_entry_for_pre_commit_is_written_beside_the_hooks_of_git(repo):
    reviewer(repo, "init", "--hooks")
    run = reviewer(repo, "init")

    assert not (repo.root / ".pre-commit-config.yaml").exists()
    assert "not needed, installed as git hooks: pre-commit and pre-push" in run.stdout
    assert "next" not in run.stdout


def test_a_hook_of_pre_commit_is_left_and_the_way_is_said(repo):
    repo.write(".pre-commit-config.yaml", "repos: []\n")
    program(sys.executable, "-m", "pre_commit", "install", cwd=repo.root)
    before = (repo.root / ".git/hooks/pre-commit").read_bytes()
    run = reviewer(repo, "init", "--hooks")

    assert run.code == 0
    assert (repo.root / ".git/hooks/pre-commit").read_bytes() == before
    assert "left           pre-commit: pre-commit owns this hook" in run.stdout
    assert installed(repo) == list(HOOKS)
    assert not (repo.root / ".git/hooks/pre-commit.before-reviewer").exists()


def test_worktrees_share_the_hooks(repo, tmp_path):
    repo.write("a.py", "x = 1\n").add().commit()
    repo.git("worktree", "add", "-q", str(tmp_path / "second"))
    second = Repo(tmp_path, "second")
    run = reviewer(second, "init", "--hooks")

    assert run.code == 0, run.stderr
    assert installed(repo) == list(HOOKS)
    assert (second.root / ".reviewer.toml").exists()
    assert reviewer(second, "init", "--remove-hooks").code == 0
    assert installed(repo) == []


@pytest.mark.parametrize("where", ["relative", "absolute"])
def test_a_folder_of_hooks_inside_the_repository_is_used(repo, where):
    repo.write(".githooks/pre-commit", "#!/bin/sh\nexit 0\n")
    repo.config("core.hooksPath", ".githooks" if where == "relative" else str(repo.root / ".githooks"))
    (repo.root / "sub").mkdir()
    run = reviewer(repo, "init", "--hooks", cwd="sub")

    assert run.code == 0, run.stderr
    assert installed(repo, ".githooks") == list(HOOKS)
    assert installed(repo) == []
    assert (repo.root / ".githooks/pre-commit.before-reviewer").exists()
    assert "it is in the worktree" in run.stdout
    assert "it is in the worktree" not in reviewer(repo, "init", "--remove-hooks").stdout


def test_a_folder_of_hooks_that_others_share_is_refused_unless_forced(repo, tmp_path):
    shared = tmp_path / "shared"
    repo.config("core.hooksPath", str(shared))
    run = reviewer(repo, "init", "--hooks")

    assert (run.code, run.stdout) == (2, "")
    assert "other repositories may share them" in run.stderr
    assert not shared.exists()
    assert reviewer(repo, "init", "--hooks", "--force").code == 0
    assert sorted(path.name for path in shared.iterdir()) == sorted(HOOKS)


def test_a_link_to_a_folder_elsewhere_is_a_folder_elsewhere(repo, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    shutil.rmtree(repo.root / ".git/hooks")
    (repo.root / ".git/hooks").symlink_to(tmp_path / "elsewhere")
    run = reviewer(repo, "init", "--hooks")

    assert run.code == 2
    assert "outside of this repository" in run.stderr


def test_a_folder_that_cannot_be_written_is_one_sentence(repo):
    shutil.rmtree(repo.root / ".git/hooks")
    repo.write(".git/hooks", "a file where a folder should be\n")
    run = reviewer(repo, "init", "--hooks")

    assert run.code == 2
    assert len(run.stderr.splitlines()) == 1
    assert ".git/hooks" in run.stderr
    assert not (repo.root / ".reviewer.toml").exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder_is_one_sentence(repo):
    (repo.root / ".git/hooks").chmod(0o500)
    run = reviewer(repo, "init", "--hooks")
    (repo.root / ".git/hooks").chmod(0o700)

    assert run.code == 2
    assert len(run.stderr.splitlines()) == 1
    assert "Permission denied" in run.stderr


def test_only_one_of_the_two_can_be_wished_for(repo):
    assert reviewer(repo, "init", "--hooks", "--remove-hooks").code == 2


def test_outside_of_a_repository_there_is_nothing_to_set_up(tmp_path):
    run = program(SCRIPTS / "reviewer", "init", cwd=tmp_path)

    assert (run.code, run.stdout) == (2, "")
    assert "is not in a git repository" in run.stderr


@pytest.mark.parametrize(
    ("place", "hook", "said"),
    [
        (".husky/_", '. "${0%/*}/h"', 'add the line `reviewer hook pre-commit "$@"` to .husky/pre-commit; husky: '),
        (".git/hooks", 'lefthook run pre-commit "$@"', "add `run: reviewer hook pre-commit {0}` to the commands of"),
    ],
    ids=["husky", "lefthook"],
)
def test_where_another_manager_runs_the_hooks_pre_commit_is_not_brought_in(repo, place, hook, said):
    repo.git("config", "core.hooksPath", place)
    repo.write(f"{place}/pre-commit", f"#!/bin/sh\n{hook}\n")

    run = reviewer(repo, "init")

    assert run.code == 0
    assert said in run.stdout
    assert "pre-commit install" not in run.stdout
    assert not (repo.root / ".pre-commit-config.yaml").exists()

"""The hooks as pre-commit installs them from this repository, offline, from wheels that are laid out before."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.e2e.helpers import NOTHING, ROOT, one_function, program, says
from tests.e2e.test_hook import SHOWN, WRONG, clean, commit, identity, managed, said
from tests.e2e.test_hook_push import push
from tests.repos import Repo
from tests.servers import MODEL, played

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

CONFIGURATION = """\
repos:
- repo: {source}
  rev: {revision}
  hooks:
  - id: reviewer
  - id: reviewer-push
  - id: reviewer-tests
"""

DOUBLE = '''\
def double(number):
    """Twice.

    >>> double(2)
    4
    """
    return 2 * number
'''


@pytest.fixture(scope="session")
def offline(tmp_path_factory) -> dict[str, str]:
    """Variables under which pip installs from a folder of wheels and asks no index."""
    folder = tmp_path_factory.mktemp("wheels")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = [*project["project"]["dependencies"], *project["build-system"]["requires"]]
    own = {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "SSL_CERT_"))}
    options = ("--only-binary=:all:", "--quiet", "--retries=1", "--timeout=15", "--dest", str(folder))
    done = program(sys.executable, "-m", "pip", "download", *options, *wanted, cwd=folder, **own)
    if done.code:
        pytest.skip(f"pip does not reach a package index: {done.stderr.strip().splitlines()[-1:]}")
    return {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(folder), "PIP_DISABLE_PIP_VERSION_CHECK": "1"}


@pytest.fixture(scope="session")
def source(tmp_path_factory) -> Repo:
    """This repository as it is here, edits included, as one commit."""
    folder = tmp_path_factory.mktemp("source")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True)
    if listed.returncode:
        pytest.skip("the tests do not run from a clone of the repository")
    repo = Repo(folder, "reviewer")
    for name in filter(None, os.fsdecode(listed.stdout).split("\0")):
        if not name.startswith("tests/") and (ROOT / name).is_file():
            (repo.root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, repo.root / name)
    repo.add().commit()
    return repo


@pytest.fixture(scope="session")
def home(tmp_path_factory) -> str:
    """Where pre-commit keeps what it has installed."""
    return str(tmp_path_factory.mktemp("pre-commit"))


@pytest.fixture
def repo(tmp_path, source) -> Repo:
    """A repository with a change of one function, a bare remote, and all the hooks."""
    repo = one_function(tmp_path)
    Repo(tmp_path, "remote.git", init=("--bare",))
    repo.git("remote", "add", "origin", "../remote.git")
    repo.git("push", "--quiet", "origin", "main")
    text = CONFIGURATION.format(source=source.root, revision=source.head)
    return managed(repo, text, "--hook-type", "pre-commit", "--hook-type", "pre-push").add()


def test_committing_and_pushing(repo, offline, home):
    env = {"PRE_COMMIT_HOME": home, **offline}
    with played(says(WRONG)) as server:
        run = commit(repo, server=server, timeout=500, **env)

        assert run.code == 0, said(run)
        assert SHOWN in said(run)
        assert clean(repo)
        pushed = push(repo, "origin", "main", server=server, **env)

        assert len(server.prompts()) == 1  # the reply is in the cache
    assert pushed.code == 0, said(pushed)
    assert SHOWN in said(pushed)

    repo.edit("shop.py", lambda text: text.replace("amount * RATE", "amount / RATE")).add()
    down = commit(repo, **env)

    assert down.code == 0
    assert "NOTHING WAS REVIEWED" in said(down)
    assert clean(repo)


@pytest.mark.parametrize("skipped", ["SKIP", "REVIEWER_SKIP"])
def test_skipping(repo, offline, home, skipped):
    value = "reviewer" if skipped == "SKIP" else "1"
    with played(says(WRONG)) as server:
        run = commit(repo, server=server, timeout=500, PRE_COMMIT_HOME=home, **offline, **{skipped: value})

        assert server.seen == []
    assert run.code == 0, said(run)


@pytest.mark.executes
def test_making_tests(repo, offline, home):
    repo.commit("total", "--no-verify")
    repo.write("double.py", DOUBLE).add("double.py")
    options = ("run", "reviewer-tests", "--hook-stage", "manual", "--config", ".git/pre-commit-config.yaml")
    command = (sys.executable, "-m", "pre_commit", *options)
    env = {"PRE_COMMIT_HOME": home, "REVIEWER_MODEL": "none", **identity(repo), **offline}
    run = program(*command, cwd=repo.root, timeout=500, **env)

    assert run.code == 0, said(run)
    assert "+    assert double(2) == 4" in run.stdout
    assert not (repo.root / "tests").exists()


def test_trying_the_repository(tmp_path, source, offline):
    repo = one_function(tmp_path).add()
    command = (sys.executable, "-m", "pre_commit", "try-repo", str(source.root), "reviewer", "--verbose")
    with played(says(NOTHING)) as server:
        env = {"REVIEWER_MODEL": MODEL, "OLLAMA_HOST": server.host, **identity(repo), **offline}
        run = program(*command, cwd=repo.root, timeout=500, **env)

        assert len(server.prompts()) == 1
    assert run.code == 0, said(run)
    assert "Passed" in run.stdout


def test_the_installed_program_is_the_one_of_this_repository(repo, offline, home):
    with played(says(NOTHING)) as server:
        commit(repo, server=server, timeout=500, PRE_COMMIT_HOME=home, **offline)
    installed = list(Path(home).glob("repo*/py_env-*/lib/python*/site-packages/reviewer/pushing.py"))

    assert [path.read_bytes() for path in installed] == [(ROOT / "reviewer/pushing.py").read_bytes()]

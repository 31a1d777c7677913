from __future__ import annotations

import base64
import hashlib
import os
import shutil
import sys
import venv
from pathlib import Path

import pytest

from reviewer.errors import ConfigError
from reviewer.evidence import interpreter


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("environments") / "env"
    venv.create(folder, symlinks=os.name == "posix", with_pip=False)
    return folder


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    folder.mkdir()
    return folder


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


def link(environment: Path, to: Path) -> Path:
    to.parent.mkdir(parents=True, exist_ok=True)
    to.symlink_to(environment)
    return to / "bin" / "python"


def digest(root: Path, resolved: bool) -> str:
    text = os.path.realpath(root) if resolved else str(root)
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode()[:8]


def test_the_users_setting_comes_first(root: Path, environment: Path) -> None:
    link(environment, root / ".venv")
    python = str(environment / "bin" / "python")
    found = interpreter.find(root, "python-that-is-not-there", {"REVIEWER_PYTHON": python, "VIRTUAL_ENV": "/nowhere"})
    assert (str(found.path), found.why) == (python, "REVIEWER_PYTHON")


def test_then_the_users_configuration(root: Path, environment: Path) -> None:
    found = interpreter.find(root, str(environment), {"VIRTUAL_ENV": "/nowhere"})
    assert (found.path, found.why) == (environment / "bin" / "python", "your configuration")


def test_a_name_is_looked_up_on_the_path(root: Path, environment: Path) -> None:
    found = interpreter.find(root, "python", {"PATH": str(environment / "bin")})
    assert found.path == environment / "bin" / "python"


@pytest.mark.parametrize("name", ["/no/such/python", "no-such-python", shutil.which("false") or "/bin/false"])
def test_what_the_user_names_must_work(root: Path, name: str) -> None:
    with pytest.raises(ConfigError, match=r"REVIEWER_PYTHON.*cannot be used: it does not run"):
        interpreter.find(root, None, {"REVIEWER_PYTHON": name})


def test_an_interpreter_that_is_too_old_is_refused(root: Path, tmp_path: Path) -> None:
    old = tmp_path / "python"
    old.write_text("#!/bin/sh\necho 3 8\n")
    old.chmod(0o755)
    with pytest.raises(ConfigError, match=r"it is Python 3\.8, the sandbox needs 3\.9 or newer"):
        interpreter.find(root, str(old), {})


@pytest.mark.parametrize(
    ("where", "environ", "why"),
    [
        ("{out}/active", {"VIRTUAL_ENV": "{out}/active"}, "VIRTUAL_ENV"),
        ("{root}/.venv", {}, ".venv in the repository"),
        ("{root}/venv", {}, "venv in the repository"),
        ("{out}/uv", {"UV_PROJECT_ENVIRONMENT": "{out}/uv"}, "uv's environment (UV_PROJECT_ENVIRONMENT)"),
        ("{out}/.cache/pypoetry/virtualenvs/my-app-{real}-py3.11", {}, "poetry's environment"),
        ("{out}/poetry/my-app-{real}-py3.11", {"POETRY_VIRTUALENVS_PATH": "{out}/poetry"}, "poetry's environment"),
        ("{out}/.local/share/hatch/env/virtual/my-app/{plain}/my-app", {}, "hatch's environment"),
    ],
)
@pytest.mark.skipif(sys.platform != "linux", reason="the folders are Linux's")
def test_an_environment_is_found_where_its_tool_puts_it(
    root: Path, tmp_path: Path, environment: Path, where: str, environ: dict[str, str], why: str
) -> None:
    (root / "pyproject.toml").write_text('[project]\nname = "my-app"\n')
    words = {"root": root, "out": tmp_path, "real": digest(root, True), "plain": digest(root, False)}
    python = link(environment, Path(where.format(**words)))
    given = {name: value.format(**words) for name, value in environ.items()}
    found = interpreter.find(root, None, {"HOME": str(tmp_path), **given})
    assert (found.path, found.why) == (python, why)


def test_a_broken_environment_is_passed_over(root: Path, environment: Path) -> None:
    (root / ".venv" / "bin").mkdir(parents=True)
    (root / ".venv" / "bin" / "python").symlink_to("/no/such/python")
    python = link(environment, root / "venv")
    assert interpreter.find(root, None, {"HOME": "/nonexistent"}).path == python


def test_a_program_of_the_repository_is_never_started(root: Path) -> None:
    mark = root / "started"
    write(root, {".venv/bin/python": f"#!/bin/sh\ntouch {mark}\necho 3 11\n"})
    (root / ".venv" / "bin" / "python").chmod(0o755)
    assert interpreter.find(root, None, {"HOME": "/nonexistent"}).path == Path(sys.executable)
    assert not mark.exists()


def test_the_tools_own_is_the_last_resort(root: Path) -> None:
    found = interpreter.find(root, None, {"HOME": "/nonexistent"})
    assert found.path == Path(sys.executable)
    assert "tool's own" in found.why

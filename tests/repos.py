"""Real git repositories for the tests: pinned identity, dates, branch and configuration, nothing of the user's own."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest


def environment(home: Path) -> dict[str, str]:
    """The process's environment without any `GIT_*`, with a home of its own and a pinned git identity and clock."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    who = {f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER") for key, value in _IDENTITY.items()}
    pinned = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull, "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
    return kept | who | pinned | {"HOME": str(home), "XDG_CONFIG_HOME": str(home / ".config")}


_IDENTITY = {"NAME": "Test", "EMAIL": "test@example.invalid", "DATE": "2024-01-02T03:04:05+00:00"}


class Repo:
    """A repository in `parent/name`, made on construction unless it is there already.

    `repo.write("a.py", "x = 1\\n").add().commit()`: writing methods return the repository itself.
    """

    def __init__(self, parent: Path, name: str = "repo", *, init: tuple[str, ...] = ()) -> None:
        self.root = parent / name
        self.home = parent / "home"
        self.home.mkdir(parents=True, exist_ok=True)
        self.env = environment(self.home)
        if not (self.root / ".git").exists() and not (self.root / "HEAD").exists():
            self.root.mkdir(parents=True, exist_ok=True)
            self.git("init", "--quiet", "--initial-branch=main", *init)

    def isolate(self, monkeypatch: pytest.MonkeyPatch) -> Repo:
        """Give the test's own process this repository's environment, and make its top the current folder."""
        for name in [name for name in os.environ if name.startswith("GIT_")]:
            monkeypatch.delenv(name)
        for name, value in self.env.items():
            monkeypatch.setenv(name, value)
        monkeypatch.chdir(self.root)
        return self

    def run(self, *args: str | bytes, data: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
        """Run git here, whatever its exit code."""
        return subprocess.run(["git", *args], cwd=self.root, env=self.env, input=data, capture_output=True, check=False)

    def git(self, *args: str | bytes, data: bytes | None = None) -> str:
        """Run git here and return its output without the last newline; a failure is an AssertionError with stderr."""
        done = self.run(*args, data=data)
        assert done.returncode == 0, f"git {args}: {os.fsdecode(done.stderr)}"
        return os.fsdecode(done.stdout).removesuffix("\n")

    def write(self, path: str, content: str | bytes) -> Repo:
        """Write a file of the worktree, its folders too; text is UTF-8 and keeps its newlines."""
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.encode() if isinstance(content, str) else content)
        return self

    def edit(self, path: str, change: Callable[[str], str]) -> Repo:
        """Rewrite a text file of the worktree."""
        return self.write(path, change((self.root / path).read_bytes().decode()))

    def remove(self, path: str) -> Repo:
        """Delete a file or folder of the worktree."""
        target = self.root / path
        shutil.rmtree(target) if target.is_dir() and not target.is_symlink() else target.unlink()
        return self

    def add(self, *paths: str) -> Repo:
        """Stage these paths, or everything."""
        self.git("add", "--", *paths) if paths else self.git("add", "--all")
        return self

    def commit(self, message: str = "change", *options: str) -> str:
        """Commit what is staged (an empty commit is allowed) and return the commit's hash."""
        self.git("commit", "--quiet", "--allow-empty", "--message", message, *options)
        return self.head

    @property
    def head(self) -> str:
        """The current commit's hash."""
        return self.git("rev-parse", "HEAD")

    def config(self, name: str, value: str) -> Repo:
        """Set one setting of the repository's own configuration."""
        self.git("config", name, value)
        return self

    def branch(self, name: str) -> Repo:
        """Make a branch here and switch to it."""
        self.git("checkout", "--quiet", "-b", name)
        return self

    def clone(self, name: str = "clone", *options: str) -> Repo:
        """Clone over the file transport (so that `--depth` and `--filter` count) into a folder beside this one."""
        self.git("clone", "--quiet", *options, self.root.as_uri(), str(self.root.parent / name))
        return Repo(self.root.parent, name)

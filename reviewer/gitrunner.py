"""Git commands that an untrusted repository cannot bend: the one user of GitPython, under `changes`.

A repository's configuration and attributes can name programs that git runs on its own: `core.fsmonitor`, hooks,
filters. What one command alone would run (textconv, external diffs) is switched off where that command is written.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from reviewer.errors import GitError

if TYPE_CHECKING:
    import git

_SETTINGS = (
    "core.fsmonitor=false",
    f"core.hooksPath={os.devnull}",
    "core.quotePath=false",
    "diff.autoRefreshIndex=false",
)
# The index is never refreshed on disk: that takes its lock, and calls a hook.
_OPTIONS = ("--no-pager", *(option for setting in _SETTINGS for option in ("-c", setting)))
_NOTHING = "REVIEWER_NOTHING"  # the empty string, for settings whose name holds a `=`
_ENVIRONMENT = {
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_REPLACE_OBJECTS": "1",  # what is reviewed is what a push would bring, not what stands in for it here
    "GIT_NO_LAZY_FETCH": "1",  # a partial clone would ask its remote for what is missing
    "GIT_ALLOW_PROTOCOL": "none",  # the same, for a git that does not know the variable above
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_DIFF_OPTS": "",  # may hold `--unified=3`
    "GIT_LITERAL_PATHSPECS": "0",
    "GIT_GLOB_PATHSPECS": "0",
    "GIT_NOGLOB_PATHSPECS": "0",
    "GIT_ICASE_PATHSPECS": "0",
    _NOTHING: "",
}
_FOLDERS = ("GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR")
_NO_GIT = "git was not found: install it, or put it on PATH"
_EXPLANATIONS = (
    ("dubious ownership", "the repository around {cwd} belongs to somebody else, so git will not read it; if you trust "
     "it: git config --global --add safe.directory FOLDER"),
    ("not a git repository", "{cwd} is not in a git repository"),
    ("must be run in a work tree", "{cwd} is in a repository without a worktree (bare, or inside .git): run this in a "
     "worktree"),
    ("promisor", "objects of this change are not in this partial clone; fetch them: git fetch --refetch --no-filter"),
    ("unable to read", "objects of this change are missing; in a partial clone: git fetch --refetch --no-filter"),
)  # fmt: skip


class Answer(NamedTuple):
    """What one git command returned."""

    status: int
    output: bytes
    error: str


class Git:
    """Runs git in one folder, with the user's own `GIT_*` variables: hooks point at another index with them."""

    def __init__(self, cwd: Path) -> None:
        """Raise GitError when there is no git or no such folder."""
        if not cwd.is_dir():
            raise GitError(f"{cwd} is not a folder")
        self.cwd = cwd
        self._git = _client(cwd)
        named = {name: os.environ.get(name) for name in _FOLDERS}
        # They are meant from this process's own folder, and git is run in `cwd`.
        self._environment = _ENVIRONMENT | {name: str(Path.cwd() / value) for name, value in named.items() if value}

    def run(self, *arguments: str, settings: tuple[str, ...] = (), data: bytes = b"") -> Answer:
        """Run one command, whatever its exit code; `settings` are options of git itself."""
        command = [self._git.GIT_PYTHON_GIT_EXECUTABLE or "git", *_OPTIONS, *settings, *arguments]
        if not data:
            return self._execute(command, None)
        with tempfile.TemporaryFile() as stdin:  # GitPython hands over files, not bytes
            stdin.write(data)
            stdin.seek(0)
            return self._execute(command, stdin.fileno())

    def answer(self, *arguments: str, settings: tuple[str, ...] = (), data: bytes = b"") -> bytes:
        """The output of one command. Raises GitError, with what to do about it, when it fails."""
        answer = self.run(*arguments, settings=settings, data=data)
        if answer.status != 0:
            raise self.failure(answer, arguments[0])
        return answer.output

    def failure(self, answer: Answer, command: str) -> GitError:
        """A failed command as one sentence."""
        for sign, explanation in _EXPLANATIONS:
            if sign in answer.error:
                return GitError(explanation.format(cwd=self.cwd))
        lines = answer.error.splitlines()
        said = next((line for line in lines if line.startswith(("fatal:", "error:"))), lines[0] if lines else "")
        return GitError(f"git {command} failed: {said or f'exit code {answer.status}'}")

    def without_filters(self) -> tuple[str, ...]:
        """Settings that keep git from running the filters of this repository's configuration on worktree files."""
        listed = self.run("config", "-z", "--name-only", "--get-regexp", r"^filter\.")
        names = {key.split(".", 1)[1].rpartition(".")[0] for key in os.fsdecode(listed.output).split("\0") if key}
        return tuple(
            f"--config-env=filter.{name}.{key}={_NOTHING}"
            for name in sorted(names - {""})
            for key in ("clean", "process", "required")
        )

    def _execute(self, command: list[str], stdin: int | None) -> Answer:
        from git.exc import GitCommandNotFound

        try:
            status, output, error = self._git.execute(
                command,
                istream=stdin,
                with_extended_output=True,
                with_exceptions=False,
                stdout_as_string=False,
                strip_newline_in_stdout=False,
                env=self._environment,
            )
        except GitCommandNotFound as error_:
            raise GitError(_NO_GIT) from error_
        return Answer(status, output, error)


def _client(cwd: Path) -> git.Git:
    try:
        import git
    except ImportError as error:  # GitPython looks for git when it is imported
        raise GitError(_NO_GIT) from error
    return git.Git(cwd)

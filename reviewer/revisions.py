"""Git: the commits that a change leads from and to, and the files an earlier one holds. Outside texts are hostile."""

from __future__ import annotations

import os
from pathlib import Path

from reviewer.errors import ConfigError, GitError
from reviewer.gitrunner import Git

MAX_FILE_BYTES = 20_000_000


class Revisions:
    """The history of the repository around a folder, with HEAD as the change's end."""

    def __init__(self, cwd: Path) -> None:
        """Raise GitError where there is no worktree, or no commit yet."""
        git = Git(cwd)
        self.root = Path(os.fsdecode(git.answer("rev-parse", "--show-toplevel")).removesuffix("\n"))
        self.git = Git(self.root)
        self.shallow = git.answer("rev-parse", "--is-shallow-repository").strip() == b"true"
        head = self.commit("HEAD")
        if head is None:
            raise GitError("there is no commit yet, so there is nothing to review")
        self.head = head

    def commit(self, ref: str) -> str | None:
        """The commit that a text names, None if it names none that is here."""
        name = f"{ref}^{{commit}}".replace("\0", " ")  # no argument can hold a NUL, no reference a space
        answer = self.git.run("rev-parse", "--verify", "--quiet", "--end-of-options", name)
        return os.fsdecode(answer.output).strip() if answer.status == 0 else None

    def parents(self) -> tuple[str, ...]:
        """HEAD's parents; none for a root commit, and none where a shallow clone ends."""
        listed = self.git.answer("rev-list", "--parents", "--max-count=1", self.head)
        return tuple(os.fsdecode(listed).split()[1:])

    def contains(self, commit: str) -> bool:
        """Whether HEAD is in the history of a commit."""
        return self.git.run("merge-base", "--is-ancestor", self.head, commit).status == 0

    def related(self, commit: str) -> bool:
        """Whether a commit and HEAD have a common one, as far as this clone goes."""
        return self.git.run("merge-base", commit, self.head).status == 0

    def file(self, commit: str, path: str) -> bytes | None:
        """A file as a commit has it, `path` from the top; None where it has none. Raises ConfigError for a link."""
        listed = self.git.answer("ls-tree", "-z", "-l", "--full-tree", commit, "--", path)
        for line in listed.split(b"\0"):
            facts, _, name = line.partition(b"\t")
            if os.fsdecode(name) != path:
                continue
            mode, _, sha, size = facts.split()
            if mode not in (b"100644", b"100755") or int(size) > MAX_FILE_BYTES:
                raise ConfigError(f"{path}: at {commit[:12]} it is not a plain file of a sensible size")
            return self.git.answer("cat-file", "blob", os.fsdecode(sha))
        return None

"""`reviewer completion SHELL`: a script for the shell, made from the commands as they are."""

from __future__ import annotations

from typing import Any

from reviewer import completions
from reviewer.commands.output import say
from reviewer.commandtree import git_review, tree
from reviewer.emitters import FORMATS
from reviewer.errors import ExitCode, UsageError


def completion(root: Any, shell: str | None) -> int:
    """Print the script; `root` is the Click command at the top. Raises UsageError for a shell we do not know."""
    if shell not in completions.SHELLS:
        problem = f"{shell} is no shell that is known here" if shell else "name a shell"
        raise UsageError(f"completion: {problem}; choose from {', '.join(completions.SHELLS)}")
    commands = tree(root)
    script = completions.SHELLS[shell]((commands, git_review(commands)), tuple(FORMATS))
    say(script.encode())
    return ExitCode.CLEAN

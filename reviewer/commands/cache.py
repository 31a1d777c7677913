"""`reviewer cache`: how large it is, and forgetting it."""

from __future__ import annotations

import os

from reviewer import cache as store
from reviewer import config
from reviewer.commands.output import say_line
from reviewer.errors import ConfigError, ExitCode


def cache(action: str) -> int:
    """Do `size` or `clear` on the user's cache."""
    folder = config.load(None, {}, os.environ).cache_dir or store.default_folder()
    problems: list[str] = []
    with store.Cache.open(folder, warn=problems.append) as opened:
        if problems:
            raise ConfigError(problems[0])
        before = opened.size()
        if action == "clear":
            opened.clear()
            say_line(f"forgot {before} bytes in {folder}")
        else:
            say_line(f"{before} bytes in {folder}")
    return ExitCode.CLEAN

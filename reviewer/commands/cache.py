"""`reviewer cache`: how large it is, and forgetting it."""

from __future__ import annotations

import os
import sys

from reviewer import cache as store
from reviewer import config
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
            sys.stdout.write(f"forgot {before} bytes in {folder}\n")
        else:
            sys.stdout.write(f"{before} bytes in {folder}\n")
    return ExitCode.CLEAN

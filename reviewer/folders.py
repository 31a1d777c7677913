"""Where the platform keeps a user's own files for this program (only importer of platformdirs)."""

from __future__ import annotations

from pathlib import Path

NAME = "reviewer"


def caches() -> Path:
    """The folder of what can be made again, whether or not it exists."""
    from platformdirs import user_cache_path

    return user_cache_path(NAME, appauthor=False)


def configuration() -> Path:
    """The folder of the user's own settings, whether or not it exists."""
    from platformdirs import user_config_path

    return user_config_path(NAME, appauthor=False)

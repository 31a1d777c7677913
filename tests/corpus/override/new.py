"""Settings changed for a while."""

from collections.abc import Iterator
from contextlib import contextmanager

MISSING = object()


@contextmanager
def override(settings: dict, key: str, value: object) -> Iterator[dict]:
    """Set a key within a ``with`` block; afterwards the settings are as before.

    >>> settings = {"debug": False}
    >>> with override(settings, "debug", True):
    ...     print(settings["debug"])
    True
    >>> settings
    {'debug': False}
    """
    before = settings.get(key)
    settings[key] = value
    try:
        yield settings
    finally:
        settings[key] = before

"""Checking for updates."""


def newer(candidate: str, installed: str) -> bool:
    """Tell whether a dotted version is newer than the installed one.

    >>> newer("1.3", "1.2")
    True
    >>> newer("2.0", "2.0")
    False
    """
    return candidate.split(".") > installed.split(".")

"""Levels of verbosity."""

LEVELS = {"quiet": 0, "normal": 1, "loud": 2}


def read_level(name: str) -> int:
    """Return the number of a level.

    :raises ValueError: for names that are none

    read_level("loud") -> 2
    """
    try:
        return LEVELS[name]
    except KeyError:
        raise ValueError(name)

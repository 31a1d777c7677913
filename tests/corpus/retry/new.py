"""Calling what fails now and then."""

from collections.abc import Callable


def retry(action: Callable[[], object], attempts: int = 3) -> object:
    """Call `action` until it succeeds and return its result.

    >>> retry(lambda: 42)
    42

    Raises:
        OSError: the one of the last attempt, when every attempt failed.
    """
    for left in reversed(range(attempts)):
        try:
            return action()
        except OSError:
            continue
    if attempts > 0:
        return None
    raise ValueError("at least one attempt is needed")

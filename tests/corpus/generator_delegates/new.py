"""Rocket launches."""

from collections.abc import Iterator


def countdown(start: int) -> Iterator[str]:
    """Yield the numbers down to one, then the last word.

    >>> list(countdown(2))
    ['2', '1', 'go']
    """
    yield from map(str, range(start, 0, -1))
    yield "go"

"""Rocket launches."""

from collections.abc import Iterator


def countdown(start: int) -> Iterator[str]:
    """Yield the numbers down to one, then the last word.

    >>> list(countdown(2))
    ['2', '1', 'go']
    """
    number = start
    while number > 0:
        yield str(number)
        number -= 1
    yield "go"

"""Rabbits."""

from functools import cache


@cache
def fibonacci(n: int) -> int:
    """Return how many pairs of rabbits there are after `n` months.

    >>> fibonacci(10)
    55
    """
    if n < 2:
        return n
    return fibonacci(n - 1) + fibonacci(n - 2)

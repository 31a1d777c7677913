"""Amounts of money, in cents."""

from __future__ import annotations


def split_evenly(total: int, people: int) -> list[int]:
    """Split an amount into shares that differ by at most one cent and add up to it.

    >>> split_evenly(100, 3)
    [34, 33, 33]
    >>> split_evenly(90, 3)
    [30, 30, 30]

    Raises:
        ValueError: if people is not positive.
    """
    if people <= 0:
        raise ValueError("somebody has to pay")
    share, rest = divmod(total, people)
    return [share + 1] * rest + [share] * (people - rest)


def format_amount(cents: int) -> str:
    """The amount as people write it, e.g. format_amount(1205) -> '12.05'."""
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02}"

"""Amounts in free text."""

import re


def total_of(lines: list[str]) -> int:
    """Add up the first whole number of every line that has one.

    >>> total_of(["2 apples", "bread", "about 3"])
    5
    """
    return sum(int(match.group()) for line in lines if (match := re.search(r"\d+", line)))

"""Amounts in free text."""

import re


def total_of(lines: list[str]) -> int:
    """Add up the first whole number of every line that has one.

    >>> total_of(["2 apples", "bread", "about 3"])
    5
    """
    total = 0
    for line in lines:
        match = re.search(r"\d+", line)
        if match is not None:
            total += int(match.group())
    return total

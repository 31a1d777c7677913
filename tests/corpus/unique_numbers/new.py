"""Cleaning lists of identifiers."""


def unique(numbers: list[int]) -> list[int]:
    """Drop repetitions, keeping the order of first appearance.

    >>> unique([3, 1, 3, 2, 1])
    [3, 1, 2]
    """
    return sorted(set(numbers))

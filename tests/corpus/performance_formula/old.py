"""Stacking cans."""


def triangle(rows: int) -> int:
    """Return how many cans a triangle of that many rows has.

    >>> triangle(4)
    10
    """
    cans = 0
    for row in range(1, rows + 1):
        cans += row
    return cans

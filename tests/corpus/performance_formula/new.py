"""Stacking cans."""


def triangle(rows: int) -> int:
    """Return how many cans a triangle of that many rows has.

    >>> triangle(4)
    10
    """
    return rows * (rows + 1) // 2 if rows > 0 else 0

"""Seating plans."""


def middle(items: list[int]) -> list[int]:
    """Return everything but the first and the last item.

    Example:
        middle([1, 2, 3, 4]) == [2, 3]
    """
    return items[1:-1]

"""Seating plans."""


def middle(items: list[int]) -> list[int]:
    """Return everything but the first and the last item."""
    return items[1:-1]

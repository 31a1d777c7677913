"""Points in the plane."""

from math import hypot


def distance(
    a: tuple[float, float],
    b: tuple[float, float],
) -> float:
    """Return how far two points are from each other: distance((0, 0), (3, 4)) == 5.0."""
    return hypot(
        a[0] - b[0],
        a[1] - b[1],
    )

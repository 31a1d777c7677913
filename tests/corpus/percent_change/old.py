"""Changes from one month to the next."""


def percent_change(before: float, after: float) -> float:
    """Return by how many percent of its size a number has grown; less than zero if it has shrunk.

    A loss that gets smaller is growth too. Nothing can be said from zero: 0.0.

    Examples:
        percent_change(80, 100) == 25.0
        percent_change(100, 50) == -50.0
    """
    if not before:
        return 0.0
    return (after - before) / abs(before) * 100

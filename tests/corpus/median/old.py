"""Statistics for the dashboard."""


def median(values: list[int]) -> float:
    """Return the value in the middle, or the mean of the two in the middle; 0.0 of an empty list."""
    if not values:
        return 0.0
    ordered = sorted(values)
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return float(ordered[middle])
    return (ordered[middle - 1] + ordered[middle]) / 2

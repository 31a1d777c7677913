"""Sliders."""


def clamp(value: float, low: float, high: float) -> float:
    """Return the number between `low` and `high` that is nearest to `value`.

    clamp(7, 0, 5) -> 5
    clamp(-1, 0, 5) -> 0
    clamp(3, 0, 5) -> 3
    """
    return max(low, min(value, high))

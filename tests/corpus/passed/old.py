"""Exams."""


def passed(points: list[int], needed: int) -> bool:
    """Tell whether every part of an exam reached the needed points.

    Examples
    --------
    >>> passed([60, 75], 50)
    True
    >>> passed([20, 10], 50)
    False
    """
    return all(part >= needed for part in points)

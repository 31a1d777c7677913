"""Campaign prices."""


def discounted(cents: int, percent: int) -> int:
    """Return a price after a discount, rounded down to a whole cent.

    Args:
        cents: the full price
        percent: the discount, 0 to 100

    Example:
        >>> discounted(1999, 15)
        1699
    """
    return cents - cents * percent // 100

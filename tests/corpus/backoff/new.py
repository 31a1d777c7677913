"""Waiting between attempts."""


def delays(attempts: int, first: float = 1.0, longest: float = 30.0) -> list[float]:
    """Return the pauses in seconds between `attempts` attempts: each twice the one before.

    Args:
        attempts: how often something is tried; the last attempt has no pause after it.
        first: the first pause.
        longest: no pause is longer than this.

    Examples:
        >>> delays(4)
        [1.0, 2.0, 4.0]
        >>> delays(4, first=20.0)
        [20.0, 30.0, 30.0]
    """
    return [max(first, first * 2**n) for n in range(attempts - 1)]

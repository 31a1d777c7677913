"""Results of polls."""


def shares(votes: list[int]) -> list[float]:
    """Return the share of each candidate, from 0 to 1.

    ``shares([1, 3])`` returns ``[0.25, 0.75]``. Where nobody has voted all shares are zero.
    """
    total = sum(votes)
    if not total:
        return [0.0 for _ in votes]
    return [count / total for count in votes]

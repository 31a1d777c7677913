"""Sharing bills."""


def split_cents(total: int, people: int) -> list[int]:
    """Share an amount in cents as evenly as whole cents allow.

    The first ones pay the cents that are left over, so nothing is lost:
    ``split_cents(1000, 3) == [334, 333, 333]``.

    :param total: the amount in cents
    :param people: how many share it, at least one
    """
    share, rest = divmod(total, people)
    return [share + 1] * rest + [share] * (people - rest)

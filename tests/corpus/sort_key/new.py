"""Sorting offers."""

from operator import itemgetter


def by_price(offers: list[tuple[str, int]]) -> list[tuple[str, int]]:
    """Sort offers of a name and a price, the cheapest first; equals keep their order.

    >>> by_price([("b", 2), ("a", 2), ("c", 1)])
    [('c', 1), ('b', 2), ('a', 2)]
    """
    return sorted(offers, key=itemgetter(1))

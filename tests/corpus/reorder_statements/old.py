"""Reports about orders."""


def summary(prices: list[int]) -> dict[str, int]:
    """Return the number of items, their total and the highest price.

    >>> summary([3, 5])
    {'items': 2, 'total': 8, 'highest': 5}
    """
    items = len(prices)
    total = sum(prices)
    highest = max(prices, default=0)
    return {"items": items, "total": total, "highest": highest}

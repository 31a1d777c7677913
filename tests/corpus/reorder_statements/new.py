"""Reports about orders."""


def summary(prices: list[int]) -> dict[str, int]:
    """Return the number of items, their total and the highest price.

    >>> summary([3, 5])
    {'items': 2, 'total': 8, 'highest': 5}
    """
    highest = max(prices, default=0)
    total = sum(prices)
    items = len(prices)
    return {"items": items, "total": total, "highest": highest}

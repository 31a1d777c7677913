"""What lies on the shelves."""

from __future__ import annotations


class Shelf:
    """Goods by name.

    >>> shelf = Shelf({"tea": 3})
    >>> shelf.take("tea", 2)
    1
    """

    def __init__(self, goods: dict[str, int]) -> None:
        self.goods = goods

    def take(self, name: str, amount: int) -> int:
        """Take goods off the shelf and return how many of them are left."""
        left = self.goods.get(name, 0) - amount
        if left < 0:
            raise LookupError(f"not enough {name}")
        self.goods[name] = left
        return left

    def cheapest(self, prices: dict[str, int]) -> str | None:
        """The cheapest of the goods that are there, None if the shelf is empty."""
        there = [name for name, amount in self.goods.items() if amount]
        return min(there, key=lambda name: prices[name])

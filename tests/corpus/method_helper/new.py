"""A basket in a shop."""


class Basket:
    """Articles with their price and number."""

    def __init__(self) -> None:
        self.lines: list[tuple[int, int]] = []

    def add(self, price: int, number: int = 1) -> None:
        """Put articles into the basket."""
        self.lines.append((price, number))

    def total(self) -> int:
        """Return what everything costs; ten of a kind cost as much as nine.

        >>> basket = Basket()
        >>> basket.add(100, 10)
        >>> basket.total()
        900
        """
        return sum(self._cost(price, number) for price, number in self.lines)

    @staticmethod
    def _cost(price: int, number: int) -> int:
        return price * (number - number // 10)

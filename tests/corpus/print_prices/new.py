"""The price list on the terminal."""


def print_prices(prices: dict[str, float], width: int = 8) -> None:
    """Print one line per article: the name to the left, the price to the right.

    >>> print_prices({"tea": 2.5, "coffee": 3})
    tea...........2.50
    coffee........3.00
    """
    for name, price in prices.items():
        print(name.rjust(width, ".") + f"{price:.2f}".ljust(width + 2, "."))

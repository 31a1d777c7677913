"""Currency conversion with a table of rates."""

RATES = {("EUR", "USD"): 1.25, ("EUR", "GBP"): 0.75}
_known: dict[tuple[str, ...], float] = {}


def convert(amount: float, source: str, target: str) -> float:
    """Convert an amount of money, remembering the rates already looked up.

    >>> convert(100, "EUR", "USD")
    125.0
    >>> convert(100, "EUR", "GBP")
    75.0
    """
    key = (source,)
    if key not in _known:
        _known[key] = RATES[source, target]
    return amount * _known[key]

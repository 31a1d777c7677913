"""Prices on receipts."""

from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal

ROUNDINGS = {"retail": ROUND_HALF_UP, "bank": ROUND_HALF_EVEN}


def round_price(amount: str) -> str:
    """Round an amount to whole cents as shops do: half a cent goes up.

    Examples
    --------
    >>> round_price("3.14159")
    '3.14'
    >>> round_price("2")
    '2.00'
    """
    return str(Decimal(amount).quantize(Decimal("0.01"), rounding=ROUNDINGS["retail"]))

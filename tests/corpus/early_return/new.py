"""Shipping costs."""


def shipping(total: int, express: bool = False) -> int:
    """Return what shipping costs in cents: free from 50.00 on, 4.90 below, 5.00 more for express.

    shipping(1000) -> 490
    """
    extra = 500 if express else 0
    if total >= 5000:
        return extra
    return 490 + extra

"""Accounts."""


def withdraw(balance: int, amount: int) -> int:
    """Return what is left after taking out an amount.

    >>> withdraw(100, 30)
    70

    Raises:
        ValueError: if the amount is more than the balance.
    """
    if amount > balance:
        raise ValueError("not enough")
    return balance - amount

"""Bookkeeping that cannot be tampered with."""


class Ledger:
    """Amounts in the order they were booked."""

    def __init__(self) -> None:
        self._entries: list[int] = []

    def book(self, amount: int) -> None:
        """Add an amount."""
        self._entries.append(amount)

    @property
    def entries(self) -> list[int]:
        """The amounts booked so far, as a list of the caller's own.

        >>> ledger = Ledger()
        >>> ledger.book(3)
        >>> ledger.entries
        [3]
        """
        return list(self._entries)

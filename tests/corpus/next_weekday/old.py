"""Recurring appointments."""

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def days_until(today: str, wanted: str) -> int:
    """Return in how many days the wanted weekday comes next; today does not count.

    Example: ``days_until("mon", "fri") == 4`` and ``days_until("fri", "mon") == 3``.
    """
    return (DAYS.index(wanted) - DAYS.index(today)) % 7 or 7

"""Bookings."""

from datetime import date, timedelta


def nights(arrival: date, departure: date) -> list[str]:
    """List the nights of a stay as ISO dates: the arrival's, but not the departure's.

    nights(date(2024, 2, 28), date(2024, 3, 1)) -> ["2024-02-28", "2024-02-29"]
    """
    length = (departure - arrival).days
    return [(arrival + timedelta(days=n)).isoformat() for n in range(length + 1)]

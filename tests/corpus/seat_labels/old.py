"""Seats in a theatre."""


def seat_labels(rows: int, seats: int, prefix: str = "") -> list[str]:
    """Label the seats row by row, A1, A2, ..., B1, with the prefix before each."""
    labels = []
    for row in range(rows):
        letter = chr(ord("A") + row)
        for seat in range(1, seats + 1):
            labels.append(f"{prefix}{letter}{seat}")
    return labels

"""Fiscal reports."""


def quarter_of(month: int) -> str:
    """Name the quarter that a month (1 to 12) belongs to: Q1 to Q4."""
    return f"Q{month // 3 + 1}"

"""Loan arithmetic."""


def monthly_rate(principal: int, months: int) -> float:
    """Return what is paid back per month when `principal` is spread over `months` equal parts.

    Without a term (zero or fewer months) everything is due at once.
    """
    if months <= 0:
        return float(principal)
    return float(principal // months)

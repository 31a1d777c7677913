"""Labels for parcels."""


def full_address(street: str, town: str, country: str = "") -> str:
    """Return an address on one line, leaving out empty parts.

    >>> full_address(" Main St 1", "Springfield ")
    'Main St 1, Springfield'
    """
    parts = [street.strip(), town.strip(), country.strip()]
    return ", ".join(part for part in parts if part)

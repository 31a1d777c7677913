"""Labels for parcels."""


def _joined(*parts: str) -> str:
    """Join the parts that are not blank with commas."""
    return ", ".join(part.strip() for part in parts if part.strip())


def full_address(street: str, town: str, country: str = "") -> str:
    """Return an address on one line, leaving out empty parts.

    >>> full_address(" Main St 1", "Springfield ")
    'Main St 1, Springfield'
    """
    return _joined(street, town, country)

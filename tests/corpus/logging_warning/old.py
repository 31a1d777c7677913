"""Numbers typed by people."""


def to_number(text: str) -> float | None:
    """Read a number with a point or a comma; anything else gives None.

    to_number("3,5") -> 3.5
    to_number("many") -> None
    """
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return None

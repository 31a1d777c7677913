"""Numbers typed by people."""

import logging

log = logging.getLogger(__name__)


def to_number(text: str) -> float | None:
    """Read a number with a point or a comma; anything else gives None.

    to_number("3,5") -> 3.5
    to_number("many") -> None
    """
    try:
        return float(text.replace(",", "."))
    except ValueError:
        log.warning("not a number: %r", text)
        return None

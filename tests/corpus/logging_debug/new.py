"""Importing tables."""

import logging

log = logging.getLogger(__name__)


def parse_row(line: str, separator: str = ",") -> list[str]:
    """Split one line of a table into trimmed cells.

    >>> parse_row("a, b ,c")
    ['a', 'b', 'c']
    """
    cells = [cell.strip() for cell in line.split(separator)]
    log.debug("read %d cells", len(cells))
    return cells

"""Importing tables."""


def parse_row(line: str, separator: str = ",") -> list[str]:
    """Split one line of a table into trimmed cells.

    >>> parse_row("a, b ,c")
    ['a', 'b', 'c']
    """
    return [cell.strip() for cell in line.split(separator)]

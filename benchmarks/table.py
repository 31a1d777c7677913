"""Tables as plain text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Table:
    """A title, the column heads, rows of as many cells, and remarks that stand below."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]
    remarks: tuple[str, ...] = ()

    def text(self) -> str:
        """Return the table with aligned columns, the first to the left and the others to the right, a line end last."""
        cells = [self.columns, *(tuple(_cell(value) for value in row) for row in self.rows)]
        widths = [max(len(row[column]) for row in cells) for column in range(len(self.columns))]
        head, *body = [_line(row, widths) for row in cells]
        rule = "  ".join("-" * width for width in widths)
        return "\n".join([self.title, "", head, rule, *body, *(["", *self.remarks] if self.remarks else [])]) + "\n"


def share(part: int, whole: int) -> str:
    """Write how many of how many: `3/4  75%`, and `-` where there is nothing to count."""
    return f"{part}/{whole} {part / whole:4.0%}" if whole else "-"


def _cell(value: object) -> str:
    return f"{value:.1f}" if isinstance(value, float) else str(value)


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    first, *others = (
        cell.ljust(width) if not number else cell.rjust(width)
        for number, (cell, width) in enumerate(zip(row, widths, strict=True))
    )
    return "  ".join([first, *others]).rstrip()

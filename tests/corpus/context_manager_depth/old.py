"""Nested output."""

from contextlib import contextmanager


class Printer:
    """Prints lines at a depth."""

    def __init__(self) -> None:
        self.depth = 0

    def line(self, text: str) -> None:
        """Print a line at the current depth."""
        print("  " * self.depth + text)


@contextmanager
def indented(printer: Printer):
    """Print one level deeper within the block.

    >>> printer = Printer()
    >>> with indented(printer):
    ...     printer.line("inner")
      inner
    """
    printer.depth += 1
    try:
        yield printer
    finally:
        printer.depth -= 1

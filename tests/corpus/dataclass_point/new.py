"""Positions on a map."""

from dataclasses import dataclass


@dataclass
class Point:
    """A position.

    >>> Point(1, 2).moved(3)
    Point(x=4, y=2)
    """

    x: int
    y: int = 0

    def moved(self, right: int) -> "Point":
        """Return the position that many steps to the right."""
        return Point(x=self.x + right, y=self.y)

"""Positions on a map."""


class Point:
    """A position.

    >>> Point(1, 2).moved(3)
    Point(x=4, y=2)
    """

    def __init__(self, x: int, y: int = 0) -> None:
        self.x = x
        self.y = y

    def __repr__(self) -> str:
        return f"Point(x={self.x!r}, y={self.y!r})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Point):
            return NotImplemented
        return (self.x, self.y) == (other.x, other.y)

    def moved(self, right: int) -> "Point":
        """Return the position that many steps to the right."""
        return Point(self.x + right, self.y)

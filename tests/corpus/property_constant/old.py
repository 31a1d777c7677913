"""Shapes."""


class Circle:
    """A circle of some radius."""

    def __init__(self, radius: float) -> None:
        self.radius = radius

    @property
    def area(self) -> float:
        """The area, to two decimal places.

        >>> Circle(2).area
        12.57
        """
        return round(3.141592653589793 * self.radius**2, 2)

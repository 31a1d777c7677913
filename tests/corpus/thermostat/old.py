"""Heating."""


class Thermostat:
    """Holds the temperature that a room shall have, in degrees Celsius.

    >>> Thermostat(31)
    Traceback (most recent call last):
        ...
    ValueError: out of range: 31
    """

    def __init__(self, target: float = 20.0) -> None:
        self.target = target

    @property
    def target(self) -> float:
        """The wanted temperature, between 5 and 30 degrees."""
        return self._target

    @target.setter
    def target(self, degrees: float) -> None:
        """Set the wanted temperature; ValueError when it is out of range."""
        if not 5 <= degrees <= 30:
            raise ValueError(f"out of range: {degrees}")
        self._target = degrees

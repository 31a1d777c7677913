"""Compass directions."""


def opposite(direction: str) -> str:
    """Return the direction to the back.

    >>> opposite("north")
    'south'

    Raises:
        KeyError: for what is not one of the four directions.
    """
    pairs = {"north": "south", "south": "north", "east": "west", "west": "east"}
    return pairs[direction]

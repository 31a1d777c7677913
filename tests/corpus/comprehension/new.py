"""Street numbers."""


def evens(numbers: list[int]) -> list[int]:
    """Return the numbers of the even side of a street.

    Returns
    -------
    list of int
        ``evens([1, 2, 4])`` returns ``[2, 4]``
    """
    return [number for number in numbers if number % 2 == 0]

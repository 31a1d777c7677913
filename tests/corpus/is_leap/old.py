"""The calendar."""


def is_leap(year: int) -> bool:
    """Tell whether a year of the Gregorian calendar has a 29th of February.

    >>> is_leap(2024), is_leap(2023)
    (True, False)
    """
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)

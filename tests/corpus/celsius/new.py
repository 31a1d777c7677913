"""Weather from abroad."""


def celsius(fahrenheit: float) -> float:
    """Convert degrees Fahrenheit to degrees Celsius, to two decimal places.

    celsius(212) -> 100.0
    celsius(100) -> 37.78
    """
    return round((fahrenheit - 32) * 5 / 9, 1)

"""Weather from abroad."""


def celsius(fahrenheit: float) -> float:
    """Convert degrees Fahrenheit to degrees Celsius, to one decimal place.

    celsius(212) -> 100.0
    celsius(100) -> 37.8
    """
    return round((fahrenheit - 32) * 5 / 9, 1)

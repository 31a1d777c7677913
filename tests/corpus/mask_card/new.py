"""Card numbers on invoices."""


def mask_card(number: str, shown: int = 4) -> str:
    """Hide all but the last digits of a card number, spaces ignored.

    Example:
        mask_card("4929 1234 5678 9012") == "************9012"
    """
    digits = number.replace(" ", "")
    return "*" * len(number[:-shown]) + digits[-shown:]

"""Short names of organisations."""


def get_acronym(name: str) -> str:
    """Take the capital letters of a name: "European Space Agency" returns "ESA"."""
    return "".join(letter for letter in name if letter.isupper())

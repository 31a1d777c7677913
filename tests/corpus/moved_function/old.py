"""Reading measurements: name, colon, number."""


def parse_line(line: str) -> tuple[str, float]:
    """Read one line: parse_line("depth: 2.5") == ("depth", 2.5)."""
    name, _, number = line.partition(":")
    return name.strip(), float(number)


def parse_lines(text: str) -> dict[str, float]:
    """Read every line that is not blank.

    >>> parse_lines("a: 1\\n\\nb: 2")
    {'a': 1.0, 'b': 2.0}
    """
    return dict(parse_line(line) for line in text.splitlines() if line.strip())

"""What `--version` prints."""


def version_line(program: str, *parts: int) -> None:
    """Print the program's name and its version.

    >>> version_line("tool", 1, 2)
    tool 1.2
    """
    print("{} {}".format(program, ".".join(str(part) for part in parts)))

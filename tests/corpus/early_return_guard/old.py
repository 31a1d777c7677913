"""Subject lines of messages."""


def first_line(message: str | None) -> str:
    """Return the first line of a message without blanks around it, "" if there is none.

    first_line("Fix it\\n\\nBecause.") == "Fix it"
    """
    line = ""
    if message is not None:
        lines = message.splitlines()
        if lines:
            line = lines[0].strip()
    return line

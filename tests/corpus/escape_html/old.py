"""Text inside web pages."""

REPLACEMENTS = (("<", "&lt;"), (">", "&gt;"))


def escape(text: str) -> str:
    """Replace the characters that mean something in HTML.

    escape("a < b") -> "a &lt; b"
    escape("R&D") -> "R&amp;D"
    """
    text = text.replace("&", "&amp;")
    for character, entity in REPLACEMENTS:
        text = text.replace(character, entity)
    return text

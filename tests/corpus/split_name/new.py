"""Names of uploaded files."""


def split_name(filename: str) -> tuple[str, str]:
    """Separate a file's name from its ending.

    Example: split_name("photo.final.jpg") returns ("photo.final", "jpg"). A name without
    a dot has an empty ending.
    """
    stem, dot, ending = filename.partition(".")
    return (stem, ending) if dot else (filename, "")

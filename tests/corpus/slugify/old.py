"""Addresses of articles."""

import re
import unicodedata


def slugify(title: str) -> str:
    """Turn a title into the last part of an address: ASCII, lower case, words joined by hyphens.

    Accents are dropped, the letters under them stay.

    slugify("Crème brûlée") -> "creme-brulee"
    """
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode("ascii")
    return "-".join(re.findall(r"[a-z0-9]+", plain.lower()))

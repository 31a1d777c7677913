"""Files that visitors may download."""

import posixpath


def safe_join(base: str, name: str) -> str:
    """Return the path of `name` below the folder `base`.

    >>> safe_join("/srv/data", "reports/../may.csv")
    '/srv/data/may.csv'

    Raises:
        ValueError: when the path would leave the folder.
    """
    path = posixpath.normpath(posixpath.join(base, name))
    if not path.startswith(base):
        raise ValueError(f"{name!r} is outside {base!r}")
    return path

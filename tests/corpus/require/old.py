"""Settings that must be there."""


def require(settings: dict[str, str], key: str) -> str:
    """Return a setting that has no default.

    >>> require({"home": "/srv"}, "user")
    Traceback (most recent call last):
        ...
    LookupError: no setting 'user'
    """
    if key not in settings:
        raise LookupError(f"no setting {key!r}")
    return settings[key]

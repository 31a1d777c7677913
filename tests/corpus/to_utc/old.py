"""Times as the log server wants them."""

from datetime import datetime, timezone


def to_utc(stamp: str) -> str:
    """Return an ISO time stamp in UTC; a stamp without an offset is taken for UTC already.

    Parameters
    ----------
    stamp : str
        Date and time, perhaps with an offset.

    Examples
    --------
    >>> to_utc("2024-05-01T12:00:00+02:00")
    '2024-05-01T10:00:00+00:00'
    """
    moment = datetime.fromisoformat(stamp)
    if moment.tzinfo is None:
        return moment.replace(tzinfo=timezone.utc).isoformat()
    return moment.astimezone(timezone.utc).isoformat()

"""Lines of a log file."""

import time


def stamped(message: str) -> str:
    """Return a message with the seconds since the epoch before it.

    Example: stamped("started").endswith(" started") == True
    """
    return "%.6f %s" % (time.time(), message)

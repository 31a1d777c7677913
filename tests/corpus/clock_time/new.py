"""Lines of a log file."""

import time


def stamped(message: str) -> str:
    """Return a message with the seconds since the epoch before it.

    Example: stamped("started").endswith(" started") == True
    """
    now = time.time()
    return f"{now:.6f} {message}"

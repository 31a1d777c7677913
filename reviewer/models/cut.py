"""Ends a network call at a moment of our choosing, whatever the other side does.

Timeouts of HTTP libraries count from one received byte to the next, so a server that trickles can hold a call for
ever. Here a timer shuts the connection down from another thread; the blocked read returns at once, and the server,
seeing its client gone, stops generating.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from types import TracebackType

from reviewer.data import Reason
from reviewer.errors import ModelError
from reviewer.models.base import remaining

_WHY = {
    Reason.DEADLINE: "the deadline passed before the model had answered",
    Reason.INTERRUPTED: "the request was stopped",
}


class Cut:
    """A context that shuts the watched connection down at `deadline` (a `time.monotonic()` value) or on `now()`."""

    def __init__(self, deadline: float) -> None:
        self.reason: Reason | None = None  # why the connection was cut
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        seconds = remaining(deadline)
        self._timer = None if seconds is None else threading.Timer(seconds, self.now, (Reason.DEADLINE,))

    def __enter__(self) -> Cut:
        if self._timer:
            self._timer.daemon = True
            self._timer.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._timer:
            self._timer.cancel()

    def watch(self, connection: socket.socket) -> None:
        """The connection to cut, from now on; at once when the moment has passed already."""
        with self._lock:
            self._socket = connection
            if self.reason:
                _shut(connection)

    def now(self, reason: Reason = Reason.INTERRUPTED) -> None:
        """Cuts; a blocked read in another thread returns."""
        with self._lock:
            self.reason = self.reason or reason
            if self._socket:
                _shut(self._socket)

    def error(self) -> ModelError | None:
        """What the caller should raise in place of the broken connection, None when it was not cut."""
        return ModelError(self.reason, _WHY[self.reason]) if self.reason else None


def _shut(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):  # closed or broken already
        connection.shutdown(socket.SHUT_RDWR)

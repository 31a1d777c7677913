"""Small questions to the model server, over one connection, with the standard library only.

What decides about a review that the cache answers (version, digest, trust) must not cost the import of an HTTP
library. This client knows no proxies, follows no redirects, and ends after `timeout` seconds altogether.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import time
from collections.abc import Mapping
from types import TracebackType

from reviewer.errors import NoModelError
from reviewer.models.base import one_line
from reviewer.models.cut import Cut
from reviewer.trust import Endpoint

_MOST = 32 * 1024 * 1024  # bytes of one answer; /api/show of a large model is a few hundred thousand


class Wire:
    """A connection to an endpoint. Every failure is a NoModelError that names the endpoint and what happened."""

    def __init__(self, endpoint: Endpoint, timeout: float) -> None:
        self.endpoint = endpoint
        self._cut = Cut(time.monotonic() + timeout)
        connect = http.client.HTTPSConnection if endpoint.scheme == "https" else http.client.HTTPConnection
        self._connection = connect(endpoint.host, endpoint.port, timeout=timeout)

    def __enter__(self) -> Wire:
        self._cut.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._connection.close()
        self._cut.__exit__(kind, error, at)

    def get(self, path: str) -> tuple[int, Mapping[str, object]]:
        """Status and JSON object of a GET."""
        return self._ask("GET", path, None)

    def post(self, path: str, body: Mapping[str, object]) -> tuple[int, Mapping[str, object]]:
        """Status and JSON object of a POST."""
        return self._ask("POST", path, json.dumps(body).encode())

    def _ask(self, method: str, path: str, body: bytes | None) -> tuple[int, Mapping[str, object]]:
        try:
            status, data = self._exchange(method, path, body)
            value = json.loads(data) if status < 400 else _error(data)
        except (OSError, http.client.HTTPException, ValueError, RecursionError) as error:
            raise NoModelError(self._sentence(error)) from None
        if not isinstance(value, dict):
            raise NoModelError(f"what answers at {self.endpoint.url} is not an Ollama server")
        return status, value

    def _exchange(self, method: str, path: str, body: bytes | None) -> tuple[int, bytes]:
        if self._connection.sock is None:
            self._connect()
        headers = {"Content-Type": "application/json"} if body is not None else {}
        self._connection.request(method, self.endpoint.path + path, body, headers)
        _acknowledge_at_once(self._connection.sock)
        response = self._connection.getresponse()
        data = response.read(_MOST + 1)
        if 300 <= response.status < 400:
            raise ValueError("redirect")
        if len(data) > _MOST:
            raise ValueError("endless answer")
        return response.status, data

    def _connect(self) -> None:
        self._connection.connect()
        self._cut.watch(self._connection.sock)

    def _sentence(self, error: Exception) -> str:
        if self._cut.reason or isinstance(error, TimeoutError):
            return f"the model server at {self.endpoint.url} does not answer in time"
        if isinstance(error, ConnectionRefusedError):
            return f"no Ollama server answers at {self.endpoint.url}; start it with `ollama serve`"
        if isinstance(error, ValueError | RecursionError):
            return f"what answers at {self.endpoint.url} is not an Ollama server"
        return (
            f"the model server at {self.endpoint.url} cannot be asked: {one_line(str(error) or type(error).__name__)}"
        )


def _acknowledge_at_once(connection: socket.socket) -> None:
    """Spares 40 ms for each answer that a server writes in two pieces: it waits for our acknowledgement in between.

    The kernel falls back to delayed ones by itself, see TCP_QUICKACK in tcp(7); so this is asked for each time.
    """
    option = getattr(socket, "TCP_QUICKACK", None)
    if option is not None:
        with contextlib.suppress(OSError):  # the connection is gone: reading the answer will tell
            connection.setsockopt(socket.IPPROTO_TCP, option, 1)


def _error(data: bytes) -> object:
    """The body of a refusal, which need not be JSON (`404 page not found`)."""
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return {"error": one_line(data[:1000].decode("utf-8", "replace"))}

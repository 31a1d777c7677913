"""The official client, and with it httpx, made to talk to one endpoint and nowhere else; nobody else knows them."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterator
from http import HTTPStatus
from typing import TYPE_CHECKING

from reviewer.data import Reason
from reviewer.errors import ModelError
from reviewer.models import answer as answers
from reviewer.models.base import one_line
from reviewer.models.cut import Cut
from reviewer.trust import Endpoint

if TYPE_CHECKING:
    import httpx
    import ollama

_REFUSAL_BYTES = 65536
_TLS = ("SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE")
_PLUGINS = "PYDANTIC_DISABLE_PLUGINS"
_COMMAND_LINE = "httpx._main"


class BusyError(Exception):
    """The server's queue is full."""


class Client:
    """A client of one endpoint. The library is imported when one is made: it takes a third of a second."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._client = _connected(endpoint)

    @contextlib.contextmanager
    def streamed(self, path: str, body: bytes, *, timeout: float | None, cut: Cut) -> Iterator[Iterator[bytes]]:
        """The chunks that a POST of `body` is answered with; the connection is closed when the context is left.

        `timeout` is in seconds from one received byte to the next, None for no end; `cut` may end it at any moment.
        Raises BusyError for a full queue, ModelError for what else goes wrong, here or while the chunks are read.
        """
        import httpx

        # httpx of the official client: its own `chat` knows no `truncate`, and cannot be cut at a moment.
        requests: httpx.Client = self._client._client
        extensions = {"trace": _watcher(cut)}
        try:
            with requests.stream("POST", path, content=body, timeout=timeout, extensions=extensions) as response:
                if response.status_code != 200:
                    raise _refused(response)
                yield response.iter_raw()
        except (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL, OSError, ModelError) as error:
            raise cut.error() or _as_model_error(error) from None
        except KeyboardInterrupt:
            cut.now()  # it may have come where httpx does not close what it has just opened
            raise

    def close(self) -> None:
        """Close what is open."""
        self._client._client.close()


def _connected(endpoint: Endpoint) -> ollama.Client:
    """A client that talks to the endpoint and nowhere else: no proxies, no redirects, no key in its headers."""
    with _plain_environment():
        import ollama
    import httpx

    client = ollama.Client(
        endpoint.url,
        trust_env=False,
        follow_redirects=False,
        # A connection of its own for each request, so that cutting it cuts nothing else.
        limits=httpx.Limits(max_keepalive_connections=0),
        headers={"Accept-Encoding": "identity"},
        verify=endpoint.scheme == "https",  # plain http needs no certificates, which take 20 ms to load
    )
    # The library adds OLLAMA_API_KEY for whatever host it talks to.
    client._client.headers.pop("authorization", None)
    return client


@contextlib.contextmanager
def _plain_environment() -> Iterator[None]:
    """Without what breaks `import ollama`, which makes a client at once, and without what it needs a fifth longer for.

    A SOCKS proxy is an ImportError there, an unusual OLLAMA_HOST a ValueError (ollama/ollama-python#424), certificates
    that are gone, or a key log that cannot be written, are an OSError although nothing there speaks TLS. Pydantic
    imports the plugins of whatever is installed, httpx its own command line, and with it click, pygments and rich.
    """
    hidden = ("OLLAMA_HOST", "OLLAMA_API_KEY", "NO_PROXY", "no_proxy", *_TLS, _PLUGINS)
    saved = {name: os.environ.pop(name) for name in hidden if name in os.environ}
    os.environ.update({"no_proxy": "*", _PLUGINS: "__all__"})
    # What is None there is an ImportError, for which httpx is prepared.
    # https://docs.python.org/3/reference/import.html#the-module-cache
    left_out = {} if _COMMAND_LINE in sys.modules else {_COMMAND_LINE: None}
    sys.modules.update(left_out)  # type: ignore[arg-type]
    try:
        yield
    finally:
        for name in left_out:
            del sys.modules[name]
        for name in ("no_proxy", _PLUGINS):
            del os.environ[name]
        os.environ.update(saved)


def _watcher(cut: Cut) -> Callable[[str, dict[str, object]], None]:
    """Hands the connection to `cut` when it is made, and again when TLS has taken it over."""

    def trace(event: str, info: dict[str, object]) -> None:
        if event in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
            stream = info["return_value"]
            cut.watch(stream.get_extra_info("socket"))  # type: ignore[attr-defined]

    return trace


def _refused(response: httpx.Response) -> ModelError | BusyError:
    body = b""
    for chunk in response.iter_raw():
        body += chunk
        if len(body) > _REFUSAL_BYTES:
            break
    error = answers.refusal_of(response.status_code, body[:_REFUSAL_BYTES])
    return BusyError(error.detail) if response.status_code == 503 else error


def _as_model_error(error: Exception) -> ModelError:
    import httpx

    if isinstance(error, ModelError):
        return error
    if isinstance(error, httpx.InvalidURL):  # the only URL that it reads is a redirect's, not followed or not
        return answers.refusal(HTTPStatus.TEMPORARY_REDIRECT, "")
    if isinstance(error, httpx.TimeoutException):
        return ModelError(Reason.DEADLINE, "the deadline passed before the model had answered")
    if isinstance(error, httpx.ConnectError):
        return ModelError(Reason.MODEL_ERROR, "the model server no longer answers")
    said = one_line(str(error)) or type(error).__name__
    return ModelError(Reason.MODEL_ERROR, f"the connection to the model server broke: {said}")

"""Asks an Ollama server on this machine to fetch a model: the only request that makes a server talk to anybody else."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping

from reviewer.data import Reason
from reviewer.errors import ModelError, NoModelError
from reviewer.models.base import one_line, printable
from reviewer.models.client import BusyError, Client
from reviewer.models.cut import Cut
from reviewer.records import record
from reviewer.trust import Endpoint, check_name

SILENCE = 120.0
"""Seconds without a word after which a fetch is given up; servers report several times a second, and check what they
fetched in silence, which takes a slow disk a minute for a large model."""

_LONGEST_LINE = 65536  # bytes


@record(frozen=True, slots=True)
class Fetched:
    """How far it is. `total` is 0 while the server does not know; both count the parts announced so far, in bytes."""

    status: str
    completed: int
    total: int


def pull(endpoint: Endpoint, name: str, *, silence: float = SILENCE) -> Iterator[Fetched]:
    """Progress until the server holds the model. Leaving the iteration early stops the server; what it has, it keeps.

    Raises TrustError for a name of the cloud or a server elsewhere, NoModelError when it does not work out.
    """
    assert not endpoint.remote, "pulling is for a server on this machine"
    check_name(name)
    body = json.dumps({"model": name, "stream": True}).encode()
    client = Client(endpoint)
    try:
        with Cut(math.inf) as cut, client.streamed("/api/pull", body, timeout=silence, cut=cut) as chunks:
            yield from _progress(chunks, name)
    except (ModelError, BusyError) as error:
        raise NoModelError(f"the server at {endpoint.url} did not fetch {name}: {_said(error, silence)}") from None
    finally:
        client.close()


def _progress(chunks: Iterable[bytes], name: str) -> Iterator[Fetched]:
    parts: dict[str, tuple[int, int]] = {}
    for line in _lines(chunks):
        said = _object(line)
        if said.get("error"):
            raise NoModelError(f"the server did not fetch {name}: {one_line(printable(str(said['error'])))}")
        digest, total = said.get("digest"), said.get("total")
        if isinstance(digest, str) and isinstance(total, int):
            completed = said.get("completed", 0)
            parts[digest] = (completed if isinstance(completed, int) else 0, total)
        status = one_line(printable(str(said.get("status", ""))), 60)
        yield Fetched(status, sum(part[0] for part in parts.values()), sum(part[1] for part in parts.values()))
        if status == "success":
            return
    raise NoModelError(f"the server ended in the middle of fetching {name}; the same command goes on from there")


def _lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    rest = b""
    for chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        yield from filter(bytes.strip, lines)
        if len(rest) > _LONGEST_LINE:
            raise NoModelError("the server's answer is not what Ollama sends while it fetches")
    if rest.strip():
        yield rest


def _object(line: bytes) -> Mapping[str, object]:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise NoModelError("the server's answer is not what Ollama sends while it fetches")
    return value


def _said(error: Exception, silence: float) -> str:
    """Why, in words about fetching: the client's are about prompts."""
    if isinstance(error, ModelError) and error.reason is Reason.DEADLINE:
        return f"it said nothing for {silence:.0f} s"
    return str(error)

"""Every model that an Ollama server holds, with what is needed to choose one. No prompt is sent."""

from __future__ import annotations

import re
from collections.abc import Mapping

from reviewer.memory import per_token
from reviewer.models.base import one_line, printable
from reviewer.models.server import listed_models, server_version, trained_context
from reviewer.models.wire import Wire
from reviewer.records import record
from reviewer.trust import Endpoint, is_remote

TIMEOUT = 20.0  # seconds for all the questions together, one for each model
_TRUSTED = {"details": {"format": "?"}}  # asks only what name and list say


@record(frozen=True, slots=True)
class Stored:
    """A model as the server lists it. Texts are "" where the server does not tell."""

    name: str
    digest: str  # hexadecimal
    size: int  # bytes of the file
    parameters: str  # 7.6B
    quantisation: str  # Q4_K_M
    licence: str  # its terms, in a few words
    context: int | None  # tokens it was trained for
    per_token: int | None  # bytes of memory for each token of the window
    unusable: str | None  # why no prompt may or can go to it


def inventory(endpoint: Endpoint, *, timeout: float = TIMEOUT) -> tuple[str, tuple[Stored, ...]]:
    """The server's version and its models, in its order. NoModelError when no Ollama server answers."""
    with Wire(endpoint, timeout) as wire:
        version = server_version(wire)
        return version, tuple(_stored(wire, tags) for tags in listed_models(wire))


def _stored(wire: Wire, tags: Mapping[str, object]) -> Stored:
    """One model. A server would ask the cloud about a model of the cloud, so about those it is not asked."""
    name = str(tags["name"])
    show: Mapping[str, object] = {}
    unusable = is_remote(name, _TRUSTED, tags)
    if unusable is None:
        status, show = wire.post("/api/show", {"model": name})
        unusable = "the server cannot describe it" if status != 200 else is_remote(name, show, tags) or _mute(show)
    details, size = tags.get("details"), tags.get("size")
    details = details if isinstance(details, Mapping) else {}
    info = show.get("model_info")
    return Stored(
        name=_text(name),
        digest=_text(tags.get("digest")).removeprefix("sha256:"),
        size=size if isinstance(size, int) and size > 0 else 0,
        parameters=_text(details.get("parameter_size")),
        quantisation=_text(details.get("quantization_level")),
        licence=licence(show.get("license")),
        context=trained_context(show),
        per_token=per_token(info),
        unusable=unusable,
    )


def licence(text: object) -> str:
    """The terms of a model in a few words, out of their whole text.

    >>> licence("   Apache License\\n  Version 2.0, January 2004\\n  ...")
    'Apache License 2.0'
    """
    if not isinstance(text, str):
        return ""
    if re.search(r"Apache License\s+Version 2\.0", text[:2000]):
        return "Apache License 2.0"
    first = next((line for line in text[:10_000].splitlines() if line.strip()), "")
    return one_line(printable(first), 40)


def _mute(show: Mapping[str, object]) -> str | None:
    """Why a model cannot write, None if it can."""
    capabilities = show.get("capabilities")
    if isinstance(capabilities, list) and "completion" not in capabilities:
        return (
            f"it does not write text ({one_line(printable(', '.join(map(str, capabilities))), 40) or 'no capability'})"
        )
    return None


def _text(value: object) -> str:
    return one_line(printable(value), 80) if isinstance(value, str) else ""

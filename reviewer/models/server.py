"""What an Ollama server says of itself and of one model, before any prompt is sent."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from reviewer.errors import NoModelError
from reviewer.models.base import one_line, printable
from reviewer.models.wire import Wire
from reviewer.records import record
from reviewer.trust import Endpoint, check_model, check_name, is_remote

TIMEOUT = 5.0  # seconds for all the questions together; a server that generates still answers these at once

# Releases before `until` (and, where given, from `since` on), and what is wrong with them.
_WARNINGS: tuple[tuple[str | None, str, str], ...] = (
    (
        None,
        "0.12.6",
        "ignores `truncate: false` and would silently cut a prompt that does not fit; cut ones are rejected",
    ),
    (None, "0.16.3", "has no switch that turns cloud forwarding off (OLLAMA_NO_CLOUD)"),
    (None, "0.17.1", "lets a crafted model file read the server's memory (CVE-2026-7482)"),
    ("0.12.5", "0.21.1", "may ignore the reply's schema with thinking models; each is tested once before use"),
    ("0.30.0", "0.30.5", "was packaged by some distributions without `llama-server`, which it needs to run models"),
)


@record(frozen=True, slots=True)
class Held:
    """A model as the server holds it, found trustworthy."""

    name: str  # as the server lists it, with its tag
    digest: str
    version: str  # the server's
    trained_context: int | None  # tokens
    remote: bool  # another machine runs it, as the user allowed
    think: tuple[object, ...]  # values of `think` to try, best first; None leaves it out, () if it cannot think


@record(frozen=True, slots=True)
class ServerFacts:
    """What `doctor` shows. `cloud_disabled` is None where the server does not know the question."""

    version: str
    models: tuple[str, ...]
    cloud_disabled: bool | None
    warnings: tuple[str, ...]


def server_facts(endpoint: Endpoint, *, timeout: float = TIMEOUT) -> ServerFacts:
    """Asks an endpoint about itself. NoModelError when it does not answer as an Ollama server does."""
    with Wire(endpoint, timeout) as wire:
        version = server_version(wire)
        models = tuple(one_line(printable(str(entry["name"]))) for entry in listed_models(wire))
        status, answer = wire.get("/api/status")
    cloud = answer.get("cloud") if status == 200 else None
    disabled = cloud.get("disabled") is True if isinstance(cloud, Mapping) else None
    return ServerFacts(version, models, disabled, version_warnings(version))


def look_up(endpoint: Endpoint, name: str, *, allow_remote: bool, timeout: float = TIMEOUT) -> Held:
    """The model of that name (`x` is `x:latest`).

    Raises NoModelError when the server does not answer or does not hold it, TrustError when prompts would not stay.
    """
    check_name(name, allow_remote=allow_remote)
    with Wire(endpoint, timeout) as wire:
        version = server_version(wire)
        tags = next((entry for entry in listed_models(wire) if full_name(str(entry["name"])) == full_name(name)), None)
        if tags is None:
            raise NoModelError(f"the server at {endpoint.url} does not hold {name}; get it with `ollama pull {name}`")
        held = str(tags["name"])
        status, show = wire.post("/api/show", {"model": held})
    if status != 200:
        why = one_line(str(show.get("error", f"status {status}")))
        raise NoModelError(f"the server at {endpoint.url} cannot describe {name}: {why}")
    check_model(held, show, tags, allow_remote=allow_remote)
    digest = tags.get("digest")
    if not (isinstance(digest, str) and digest):
        raise NoModelError(f"the server at {endpoint.url} does not tell the digest of {name}")
    remote = is_remote(held, show, tags) is not None
    return Held(held, printable(digest), version, trained_context(show), remote, thinking_values(show))


def full_name(name: str) -> str:
    """The name with its tag, in the letter case the server compares in."""
    name = name.strip().lower()
    return name if ":" in name.rpartition("/")[2] else f"{name}:latest"


def trained_context(show: Mapping[str, object]) -> int | None:
    """Tokens of context the model was trained for, out of /api/show; asked for more, servers silently give this."""
    info = show.get("model_info")
    if not isinstance(info, Mapping):
        return None
    value = info.get(f"{info.get('general.architecture')}.context_length")
    return value if isinstance(value, int) and value > 0 else None


def thinking_values(show: Mapping[str, object]) -> tuple[object, ...]:
    """Which values of `think` to try, the quietest first, None for leaving it out; () for a model that cannot think.

    Newer servers list the values; older ones only say `thinking` among the capabilities, and then gpt-oss alone
    cannot be told `false`. https://docs.ollama.com/capabilities/thinking
    """
    thinking, capabilities, details = show.get("thinking"), show.get("capabilities"), show.get("details")
    values = thinking.get("values") if isinstance(thinking, Mapping) else None
    if isinstance(values, list):
        if all(value is False for value in values):
            return ()
        return (False, None) if False in values else ("low", None) if "low" in values else (None,)
    if not (isinstance(capabilities, list) and "thinking" in capabilities):
        return ()
    family = details.get("family") if isinstance(details, Mapping) else None
    return ("low", None) if family in ("gptoss", "gpt-oss") else (False, None)


def version_warnings(version: str) -> tuple[str, ...]:
    """Sentences about a server of that version; none for one whose version cannot be read."""
    numbers = _numbers(version)
    if not any(numbers):
        return (f"the server does not tell its version ({one_line(version, 40)!r}), so nothing is known about it",)
    return tuple(
        f"Ollama {version} {what}; {until} and newer do not"
        for since, until, what in _WARNINGS
        if (since is None or numbers >= _numbers(since)) and numbers < _numbers(until)
    )


def _numbers(version: str) -> tuple[int, ...]:
    found = re.match(r"v?(\d{1,6})\.(\d{1,6})(?:\.(\d{1,6}))?", version)
    return tuple(int(part or 0) for part in found.groups()) if found else ()


def server_version(wire: Wire) -> str:
    """The server's version. NoModelError when what answers is no Ollama server."""
    status, answer = wire.get("/api/version")
    version = answer.get("version")
    if status != 200 or not isinstance(version, str):
        raise NoModelError(f"what answers at {wire.endpoint.url} is not an Ollama server")
    return one_line(printable(version), 60)


def listed_models(wire: Wire) -> Iterator[Mapping[str, object]]:
    """The raw entries of /api/tags that have a name. NoModelError when the server does not say what it holds."""
    status, answer = wire.get("/api/tags")
    if status != 200:
        why = one_line(str(answer.get("error", f"status {status}")))
        raise NoModelError(f"the server at {wire.endpoint.url} cannot list its models: {why}")
    models = answer.get("models")
    for entry in models if isinstance(models, list) else ():
        if isinstance(entry, Mapping) and isinstance(entry.get("name"), str):
            yield entry

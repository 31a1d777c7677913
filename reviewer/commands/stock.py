"""What models there are for this machine: on its server, in process, and which one it should have."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path

from reviewer import licence, memory
from reviewer.config import Config
from reviewer.data import ModelInfo
from reviewer.errors import NoModelError, TrustError
from reviewer.models import embedded
from reviewer.models.inventory import Stored, inventory
from reviewer.models.server import full_name
from reviewer.records import record
from reviewer.trust import Endpoint, check_endpoint

_LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")


@record(frozen=True, slots=True)
class Choice:
    """A model that could be used. Sizes are in bytes, None where nobody knows."""

    stored: Stored
    provider: str
    needs: int | None
    fits: bool | None
    listed: bool  # what it suspects is listed, and not only counted
    why_listed: str


@record(frozen=True, slots=True)
class Stock:
    """Everything there is. `version` and `endpoint` are None, and `trouble` says why, without a server to ask."""

    choices: tuple[Choice, ...]
    memory: int | None  # bytes of this machine
    window: int
    recommended: str | None
    version: str | None = None
    endpoint: Endpoint | None = None
    trouble: str = ""

    def held(self, name: str) -> Choice | None:
        """The usable model of that name on the server."""
        wanted = full_name(name)
        usable = (one for one in self.choices if one.provider == "ollama" and one.stored.unusable is None)
        return next((one for one in usable if full_name(one.stored.name) == wanted), None)


def take_stock(settings: Config) -> Stock:
    """Ask the server and look at the machine; a server that cannot be asked is part of the answer."""
    total = total_memory()
    stock = Stock((), total, settings.window, memory.recommended(total, settings.window))
    choices = list(_packaged(settings, total))
    try:
        endpoint = check_endpoint(settings.host, allow_remote=settings.allow_remote)
        version, models = inventory(endpoint)
    except (NoModelError, TrustError) as error:
        return replace(stock, choices=tuple(choices), trouble=str(error))
    here = None if endpoint.remote else total
    held = tuple(_choice(stored, "ollama", settings, here) for stored in models)
    return replace(stock, choices=(*held, *choices), version=version, endpoint=endpoint)


def total_memory() -> int | None:
    """Bytes of memory that this machine, or the container around us, has; what a graphics card adds is not seen."""
    try:
        pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError):
        pages = None
    return memory.known_total([pages, *map(_limit, _LIMITS)])


def _limit(path: str) -> int | None:
    try:
        text = Path(path).read_text("ascii").strip()
    except (OSError, ValueError):
        return None
    return int(text) if text.isdecimal() else None


def _packaged(settings: Config, total: int | None) -> Iterator[Choice]:
    """The model in process, if it is installed."""
    path = embedded.model_file()
    if path is not None:
        size = path.stat().st_size
        stored = Stored(path.stem, "", size, "135M", "", "Apache License 2.0", embedded.WINDOW, None, None)
        yield _choice(stored, "embedded", settings, total)


def _choice(stored: Stored, provider: str, settings: Config, total: int | None) -> Choice:
    window = min(settings.window, stored.context or settings.window)
    needs = memory.needs(stored.size, stored.per_token, window) if stored.size else None
    fits = memory.fits(needs, total) if needs and total else None
    return Choice(
        stored, provider, needs, fits, *voice(ModelInfo(stored.name, stored.digest, provider, None), settings)
    )


def voice(model: ModelInfo, settings: Config) -> tuple[bool, str]:
    """Whether what a model suspects is listed, and why."""
    pattern = next((one for one in settings.trusted_models if fnmatchcase(model.name, one)), None)
    if pattern is not None:
        return True, f"your `trusted-models` names {pattern}"
    entry = next((one for one in licence.table() if one.fits(model)), None)
    return (entry.licensed, entry.measured) if entry else (False, "not measured")

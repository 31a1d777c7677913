"""The server processes of one sandbox: each starts when it is first needed, and none outlives the sandbox. EFFECT."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from reviewer.data import Side
from reviewer.evidence.isolation import Server
from reviewer.evidence.starting import Limits, Settings


class Servers:
    """The servers of both sides. After `close` those that are asked for are closed already."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._lock = threading.Lock()
        self._kept: dict[tuple[Side, int, int], Server] = {}
        self._alone: set[Server] = set()
        self._closed = False

    def __iter__(self) -> Iterator[Server]:
        with self._lock:
            return iter([*self._kept.values(), *self._alone])

    def kept(self, side: Side, hash_seed: int = 0, number: int = 0, limits: Limits | None = None) -> Server:
        """The server of this side, hash seed and number, always the same one; `limits` in place of the sandbox's."""
        with self._lock:
            key = (side, hash_seed, number)
            if key not in self._kept:
                self._kept[key] = self._made(side, hash_seed, limits)
            return self._kept[key]

    @contextmanager
    def alone(self, side: Side, hash_seed: int = 0, limits: Limits | None = None) -> Iterator[Server]:
        """A server that has run nothing before and is closed afterwards."""
        with self._lock:
            server = self._made(side, hash_seed, limits)
            self._alone.add(server)
        try:
            yield server
        finally:
            server.close()
            with self._lock:
                self._alone.discard(server)

    def close(self) -> None:
        """End every process and remove every private folder."""
        with self._lock:
            self._closed = True
            servers = [*self._kept.values(), *self._alone]
            self._kept.clear()
            self._alone.clear()
        for server in servers:
            server.close()

    def _made(self, side: Side, hash_seed: int, limits: Limits | None) -> Server:
        settings = replace(self.settings, limits=limits) if limits else self.settings
        server = Server(settings, side, hash_seed)
        server.closed = self._closed
        return server

"""Ask a model through the cache, accept only what can be read, allow one repair turn, count what it cost."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from reviewer.data import Reason, Reply, Request
from reviewer.errors import ModelError
from reviewer.models.base import Model
from reviewer.records import record
from reviewer.replies import InvalidReply
from reviewer.requests import repair_request

T = TypeVar("T")

REQUEST_SECONDS = 300.0
"""The longest one request may take, deadline or not: loading a 30B model from a slow disk takes minutes."""

PATIENCE = 3
"""So many requests in a row may fail before the model is not asked any more."""

KIND = "reply"


class Store(Protocol):
    """Where replies are kept between runs."""

    def get(self, kind: str, key: str) -> str | None:
        """The kept text, or None."""

    def put(self, kind: str, key: str, value: str) -> None:
        """Keep a text."""


@record(frozen=True, slots=True)
class Answer(Generic[T]):
    """A reply that could be read, and whether it came from the cache."""

    value: T
    cached: bool


@dataclass(slots=True)
class Tally:
    """What the model was asked and what that cost; seconds are wall time."""

    model_calls: int = 0
    retries: int = 0
    cache_hits: int = 0
    prompt_tokens: int = 0
    cached_prompt_tokens: int = 0
    completion_tokens: int = 0
    model_seconds: float = 0.0

    def add(self, reply: Reply) -> None:
        """Count one reply."""
        self.prompt_tokens += reply.prompt_tokens
        self.cached_prompt_tokens += reply.cached_prompt_tokens or 0
        self.completion_tokens += reply.completion_tokens


class Asker:
    """One model, the cache before it, and the run's deadline (a `time.monotonic()` value, None for no end).

    `fence_key` is the secret by which reviewed text is fenced in its prompts.
    """

    def __init__(
        self, model: Model, store: Store, ends: float | None, *, fence_key: bytes, recalls: bool = False
    ) -> None:
        self.model = model
        self.store = store
        self.ends = ends
        self.fence_key = fence_key
        self.recalls = recalls  # only what is remembered is answered
        self.tally = Tally()
        self._failures = 0

    def key(self, request: Request) -> str:
        """The content hash of everything that decides the reply."""
        model = self.model
        parts = [
            [[message.role, message.content] for message in request.messages],
            request.schema,
            [request.max_tokens, request.temperature, request.seed, model.window],
            [model.info.provider, model.info.name, model.info.digest, model.version],
        ]
        text = json.dumps(parts, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    def recall(self, request: Request, read: Callable[[str], T]) -> Answer[T] | None:
        """The answer from the cache, None if it is not there. A kept reply that cannot be read counts as absent."""
        text = self.store.get(KIND, self.key(request))
        if text is None:
            return None
        try:
            value = read(text)
        except InvalidReply:
            return None
        self.tally.cache_hits += 1
        return Answer(value, cached=True)

    def ask(self, request: Request, read: Callable[[str], T]) -> Answer[T]:
        """The answer, from the cache or the model; `read` turns a reply's text into a value or raises InvalidReply.

        Raises ModelError: the reason is INVALID_REPLY when the repaired reply could not be read either.
        """
        kept = self.recall(request, read)
        if kept is not None:
            return kept
        text = self._send(request)
        try:
            value = read(text)
        except InvalidReply as problem:
            self.tally.retries += 1
            text = self._send(repair_request(request, text, str(problem)))
            try:
                value = read(text)
            except InvalidReply as still:
                raise ModelError(Reason.INVALID_REPLY, f"the reply could not be read: {still}") from still
        self.store.put(KIND, self.key(request), text)
        return Answer(value, cached=False)

    def _send(self, request: Request) -> str:
        """One request to the model itself. Raises ModelError."""
        if self.recalls:
            raise ModelError(Reason.INVALID_REPLY, "its answer is not remembered")
        now = time.monotonic()
        if self.ends is not None and now >= self.ends:
            raise ModelError(Reason.DEADLINE, "the deadline had passed before it was asked")
        if self._failures >= PATIENCE:
            raise ModelError(Reason.MODEL_ERROR, f"not asked: {PATIENCE} requests in a row had failed")
        limit = now + REQUEST_SECONDS
        self.tally.model_calls += 1
        try:
            reply = self.model.ask(request, limit if self.ends is None else min(limit, self.ends))
        except ModelError as error:
            hangs = error.reason is Reason.DEADLINE and (self.ends is None or limit < self.ends)
            self._failures += hangs or error.reason is Reason.MODEL_ERROR
            raise
        finally:
            self.tally.model_seconds += time.monotonic() - now
        self._failures = 0
        self.tally.add(reply)
        return reply.text

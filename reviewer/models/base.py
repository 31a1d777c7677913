"""What every model is to the rest of the program."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Iterable, MutableMapping
from typing import Protocol

from reviewer.data import Message, ModelInfo, Reply, Request

SelfTests = MutableMapping[str, str]
"""What was once found out about a server, model or file, by a key that names its version; the caller may keep it."""


class Model(Protocol):
    """Something that answers requests. Constructing one sends no prompt; the first `ask` may load weights."""

    info: ModelInfo
    version: str  # of the server or runtime; part of the cache key
    window: int  # tokens of context every request is made with, prompt and reply together

    def ask(self, request: Request, deadline: float) -> Reply:
        """The complete reply, not yet judged; `deadline` is a `time.monotonic()` value, or infinity.

        Raises ModelError with the reason and one sentence, at the deadline at the latest; TrustError when the reply
        shows that the prompt left the machine, and no further request may be made. On KeyboardInterrupt the
        generation has been stopped when the exception passes.
        """
        ...

    def close(self) -> None:
        """Stops what still runs and frees what is held; may be called from another thread, and twice."""
        ...


def chat_messages(messages: Iterable[Message]) -> list[dict[str, str]]:
    """The turns as every chat API takes them.

    A system turn always comes first: without one, models' own templates add sentences of theirs. Bytes that were not
    UTF-8 (lone surrogates) become `?`: no JSON parser has to accept them.
    """
    turns = [{"role": message.role, "content": printable(message.content)} for message in messages]
    if not turns or turns[0]["role"] != "system":
        turns.insert(0, {"role": "system", "content": ""})
    return turns


def printable(text: str) -> str:
    """The text without lone surrogates."""
    return text.encode("utf-8", "replace").decode("utf-8")


def fewest_tokens(messages: Iterable[Message]) -> int:
    """A number of tokens that no usual tokenizer stays below: a token never spans two words or numbers."""
    return sum(len(_WORD.findall(message.content)) for message in messages)


_WORD = re.compile(r"[^\W_]+")


def one_line(text: str, limit: int = 200) -> str:
    """Text from outside, fit for a sentence: one line, nothing that moves a terminal's cursor, at most `limit` long."""
    line = "".join(c if c.isprintable() else " " for c in text)
    line = " ".join(line.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def remaining(deadline: float) -> float | None:
    """Seconds left, at least 0; None where there is no deadline, as timeouts are spelled everywhere."""
    return None if math.isinf(deadline) else max(0.0, deadline - time.monotonic())

"""The fenced blocks of a question's user message, and the tokens that are left for them. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from reviewer import prompts
from reviewer.context import estimate_tokens
from reviewer.prompts import Prompt
from reviewer.requests import REPAIR, TURN, code_word, sendable, stable_tokens

WORDS = {"context": "file_word", "function": "word", "call": "call_word", "claim": "claim_word"}
"""Placeholder of a block's content -> placeholder of its code word."""

WORDS_VARY = 14  # tokens that the two places of a code word may cost more once the block's content is another


def user_message(template: str, blocks: Mapping[str, str], key: bytes, task: str | None = None) -> str:
    """The template with its blocks, each fenced by a code word of its own, as text that can be sent."""
    texts = {name: sendable(text) for name, text in blocks.items()}
    everything = "\n".join(texts.values())
    words = {WORDS[name]: code_word(key, f"{name}\n{text}", other=everything) for name, text in texts.items()}
    return prompts.render(template, {**texts, **words, **({} if task is None else {"task": task})})


def room(
    prompt: Prompt, blocks: Mapping[str, str], key: bytes, window: int, reply: int, task: str | None = None
) -> int:
    """Tokens that the window leaves beside these blocks, the stable part, the reply and one repair turn."""
    user = estimate_tokens(user_message(prompt.user, blocks, key, task)) + WORDS_VARY * len(blocks)
    return window - stable_tokens(prompt.system) - 3 * TURN - reply - REPAIR - user


def one_line(path: str) -> str:
    """The file's path as a prompt shows it: one line, whatever the name holds."""
    return path if path.isprintable() else repr(path)

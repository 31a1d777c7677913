"""A changed function becomes one request: stable rules first, what the file gives next, the function last.

Everything that comes from the repository stands in blocks that end at a code word: an HMAC of the block's content
under a key of the user's own machine, so whoever wrote the code cannot end the block from inside, and the same code
gives the same prompt (and the same cache key) in every run.
"""

from __future__ import annotations

import hmac
from dataclasses import replace
from functools import cache

from reviewer import prompts
from reviewer.context import build, estimate_tokens
from reviewer.data import ChangedFunction, Message, Module, Request
from reviewer.excerpt import TooLarge, excerpt

__all__ = ["TooLarge", "repair_request", "review_request"]

MAX_REPLY = 1024  # tokens: five findings of ordinary length
REPLY_SHARE = 4  # a small window gives no more than one part in four to the reply
TURN = 8  # tokens that a chat template puts around one message
REPAIR = 300  # tokens kept free for one repair turn: the reply's beginning and what was wrong with it
REPAIR_SHOWN = 150
SMALL = 350  # tokens of the user message within which a small function and its context stay
MAX_CONTEXT = 600
WORD = 8  # hexadecimal digits of a code word: there is one chance to guess it, and no answer to learn from


def review_request(function: ChangedFunction, module: Module, *, fence_key: bytes, window: int) -> Request:
    """Ask for the defects of one changed function of `module` (the new file).

    Prompt, reply and one repair turn fit into `window` tokens by a cautious estimate. Raises TooLarge if they cannot.
    """
    prompt = prompts.load("review")
    max_tokens = min(MAX_REPLY, window // REPLY_SHARE)
    task = task_line(function)
    fixed = stable_tokens(prompt.system) + 3 * TURN + max_tokens + REPAIR
    user = render(prompt.user, path_line(function), "", task, fence_key)
    code = excerpt(function, window - fixed - estimate_tokens(user))
    bare = estimate_tokens(user) + estimate_tokens(code)
    budget = min(max(SMALL - bare, bare // 4), MAX_CONTEXT, window - fixed - bare)
    context = "\n".join(filter(None, (path_line(function), build(function, module, budget).text)))
    user = render(prompt.user, context, code, task, fence_key)
    return Request((Message("system", prompt.system), Message("user", user)), prompt.schema, max_tokens)


@cache
def stable_tokens(system: str) -> int:
    """What the stable part costs, counted once."""
    return estimate_tokens(system)


def repair_request(request: Request, reply_text: str, problem: str) -> Request:
    """Ask once more after a reply that cannot be used: its beginning and the problem are appended as turns."""
    turn = prompts.render(prompts.load("repair").user, {"problem": shortened(" ".join(problem.split()))})
    reply = shortened(reply_text).strip() or "(empty)"
    messages = (*request.messages, Message("assistant", sendable(reply)), Message("user", sendable(turn)))
    return replace(request, messages=messages)


def render(template: str, context: str, code: str, task: str, key: bytes) -> str:
    """The user message, as text that can be sent."""
    context, code = sendable(context), sendable(code)
    file_word = code_word(key, context, other=code)
    word = code_word(key, code, other=context)
    values = {"context": context, "file_word": file_word, "function": code, "word": word, "task": task}
    return prompts.render(template, values)


def code_word(key: bytes, content: str, other: str) -> str:
    """The word that ends a block: from its content and the key alone, with a digit, and nowhere in what is fenced."""
    for attempt in range(1000):
        word = hmac.digest(key, f"{attempt}\0{content}".encode(), "sha256").hex()[:WORD]
        if word not in content and word not in other and not word.isalpha():
            return word
    raise AssertionError("a text cannot hold a thousand words that its author does not know")


def sendable(text: str) -> str:
    """The text with what UTF-8 cannot hold (lone surrogates, as in file names that are not text) written out."""
    return text.encode("utf-8", "backslashreplace").decode()


def path_line(function: ChangedFunction) -> str:
    """The file's path as the prompt shows it: one line, whatever the name holds."""
    return function.path if function.path.isprintable() else repr(function.path)


def task_line(function: ChangedFunction) -> str:
    """What kind of change this is, and the request to answer: our words only."""
    return f"{change_told(function)} Defects as JSON:"


def change_told(function: ChangedFunction) -> str:
    """One sentence about the change."""
    old, new = function.old, function.new
    if old is None or new is None:
        return "The whole function is new."
    docstring, decorators = old.docstring != new.docstring, old.decorators != new.decorators
    if old.body_hash != new.body_hash or not (docstring or decorators):
        return "Changed are the lines marked + and -."
    if docstring and decorators:
        return "Only docstring and decorators changed: does the code do what the docstring says now?"
    if docstring:
        return "Only the docstring changed: does the code do what it says now?"
    return "Only the decorators changed: is the function still right under them?"


def shortened(text: str) -> str:
    """The text's beginning, in at most REPAIR_SHOWN tokens less the repair turn's own words."""
    limit = REPAIR_SHOWN - 40
    while estimate_tokens(text) > limit:
        text = text[: min(len(text) - 1, len(text) * limit // estimate_tokens(text))]
    return text

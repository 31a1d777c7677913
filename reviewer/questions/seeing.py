"""Questions that show the changed code: a call for a claim, a second look at it, calls that tell the versions apart."""

from __future__ import annotations

from dataclasses import replace

from reviewer import prompts
from reviewer.context import build, estimate_tokens
from reviewer.data import ChangedFunction, Claim, Finding, Message, Module, Request
from reviewer.excerpt import TooLarge, excerpt
from reviewer.questions.blind import class_of, class_shown, fitting
from reviewer.questions.blocks import one_line, room, user_message
from reviewer.requests import MAX_CONTEXT, SMALL, change_told

__all__ = ["TooLarge", "differ_request", "second_look_request", "show_claim_request"]

REPLY = {"show_claim": 350, "second_look": 300, "differ": 700}
ARRANGING = ("show_claim", "differ")  # a call of a method needs to know how its class is made and used
MIN_ARRANGING = 150  # tokens
REPLY_SHARE = 4
MAX_CLAIM = 1200  # characters


def show_claim_request(
    function: ChangedFunction, module: Module, claim: Claim | Finding, *, fence_key: bytes, window: int
) -> Request:
    """Ask for a call that shows the claim, and what would be right. Raises TooLarge, as all of these do."""
    return _request("show_claim", function, module, {"claim": told(claim)}, fence_key, window)


def second_look_request(
    function: ChangedFunction, module: Module, claim: Claim | Finding, *, fence_key: bytes, window: int
) -> Request:
    """Ask, apart from everything else, whether the claim holds."""
    return _request("second_look", function, module, {"claim": told(claim)}, fence_key, window)


def differ_request(function: ChangedFunction, module: Module, *, fence_key: bytes, window: int) -> Request:
    """Ask for calls on which the versions may differ, or that the new one may get wrong."""
    return _request("differ", function, module, {}, fence_key, window, change_told(function))


def told(claim: Claim | Finding) -> str:
    """A claim in its own words, with the code it is about."""
    return "\n".join((claim.title, claim.message, *([claim.quote] if claim.quote else [])))[:MAX_CLAIM]


def _request(
    name: str,
    function: ChangedFunction,
    module: Module,
    extra: dict[str, str],
    key: bytes,
    window: int,
    task: str | None = None,
) -> Request:
    prompt, reply = prompts.load(name), min(REPLY[name], window // REPLY_SHARE)
    path = one_line(function.path)
    blocks = {"context": path, "function": "", **extra}
    blocks["function"] = excerpt(function, room(prompt, blocks, key, window, reply, task))
    left = room(prompt, blocks, key, window, reply, task)
    code = estimate_tokens(blocks["function"])
    wanted = MIN_ARRANGING if name in ARRANGING else 0
    budget = min(max(SMALL - code, code // 4, wanted), MAX_CONTEXT, left)
    context = build(function, module, budget)
    header = class_of(function.version, module)
    if name in ARRANGING and header:
        room_for_it = budget - estimate_tokens(context.text) + sum(map(estimate_tokens, context.classes))
        shown = fitting([class_shown(header, module, methods=True, but=function.version)], room_for_it)
        context = replace(context, classes=tuple(shown) or context.classes)
    blocks["context"] = "\n".join(filter(None, (path, context.text)))
    messages = (Message("system", prompt.system), Message("user", user_message(prompt.user, blocks, key, task)))
    return Request(messages, prompt.schema, reply)

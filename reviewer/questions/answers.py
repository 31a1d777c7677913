"""Reply texts of the questions about cases and claims -> raw records, or the reason why not. Pure.

Raw: on the schema, and nothing more. Whether a quote is one, and whether the code is any, `evidence` finds out.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from reviewer import prompts
from reviewer.records import record
from reviewer.replies import InvalidReply, checked

__all__ = ["InvalidReply", "Look", "RawCall", "RawCase", "RawExpectation", "RawLook", "Then"]


class Then(StrEnum):
    """What a call is said to do."""

    RETURNS = "returns"
    RAISES = "raises"
    PRINTS = "prints"
    NOT_SAID = "not_said"  # the docstring leaves it open


class Look(StrEnum):
    """What a second look at a claim says."""

    HOLDS = "holds"
    DOES_NOT_HOLD = "does_not_hold"
    CANNOT_SAY = "cannot_say"


@record(frozen=True, slots=True)
class RawCall:
    """A call to try; `quote` is "" where none was asked for."""

    setup: tuple[str, ...]
    call: str
    quote: str = ""


@record(frozen=True, slots=True)
class RawExpectation:
    """What a call must do, and the sentence that says so. `value` is an expression, an exception's name or output."""

    then: Then
    value: str
    quote: str


@record(frozen=True, slots=True)
class RawCase:
    """A call with what it must do."""

    call: RawCall
    expectation: RawExpectation


@record(frozen=True, slots=True)
class RawLook:
    """An opinion on a claim, and the code it rests on."""

    verdict: Look
    code: str


def transcribed(text: str) -> tuple[RawCase, ...]:
    """The cases of a reply to `transcribe`. Raises InvalidReply, as all of these do."""
    return tuple(_case(item) for item in _read(text, "transcribe")["cases"])


def proposed(text: str) -> tuple[RawCall, ...]:
    """The calls of a reply to `inputs`."""
    return tuple(_call(item) for item in _read(text, "inputs")["calls"])


def expected(text: str) -> RawExpectation:
    """The expectation of a reply to `expect`."""
    return _expectation(_read(text, "expect"))


def shown(text: str) -> RawCase:
    """The case of a reply to `show_claim`."""
    return _case(_read(text, "show_claim"))


def looked(text: str) -> RawLook:
    """The opinion of a reply to `second_look`."""
    reply = _read(text, "second_look")
    return RawLook(Look(reply["verdict"].casefold()), reply["code"])


def differing(text: str) -> tuple[RawCall, ...]:
    """The calls of a reply to `differ`."""
    return tuple(_call(item) for item in _read(text, "differ")["calls"])


def _read(text: str, name: str) -> Any:
    return checked(text, prompts.load(name).schema)


def _call(item: Mapping[str, Any]) -> RawCall:
    return RawCall(tuple(item["setup"]), item["tested_call"], item.get("quote", ""))


def _expectation(item: Mapping[str, Any]) -> RawExpectation:
    return RawExpectation(Then(item["then"].casefold()), item["value"], item["quote"])


def _case(item: Mapping[str, Any]) -> RawCase:
    return RawCase(_call(item), _expectation(item))

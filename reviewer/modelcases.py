"""The model's part in cases and claims: ask, read, sift. What is asked through is a protocol: nothing is sent here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol, TypeVar

from reviewer.data import Call, Case, ChangedFunction, Claim, Finding, FunctionVersion, Module, Reason, Request
from reviewer.errors import ModelError
from reviewer.evidence.model_arguments import arguments
from reviewer.evidence.model_cases import Drop, elected, heard, runnable, settled, sifted
from reviewer.questions import answers
from reviewer.questions.answers import Look, RawExpectation, Then
from reviewer.questions.blind import TooLarge, expect_request, inputs_request, promises, transcribe_request
from reviewer.questions.seeing import differ_request, second_look_request, show_claim_request
from reviewer.quotes import forms, places
from reviewer.records import record

T = TypeVar("T")
Read_co = TypeVar("Read_co", covariant=True)

MAX_CALLS = 4
"""Calls of one function that are voted on: each costs two or three requests."""

VOTES = 3
"""Independent answers, at most, to what a call must do."""


class Windowed(Protocol):
    """A model, as far as requests have to know it."""

    @property
    def window(self) -> int:
        """Tokens of context of every request."""


class Answered(Protocol[Read_co]):
    """A reply that could be read."""

    @property
    def value(self) -> Read_co:
        """What it says."""


class Asks(Protocol):
    """Sends requests to one model, inside the run's deadline."""

    @property
    def model(self) -> Windowed:
        """Who answers."""

    @property
    def fence_key(self) -> bytes:
        """What fences reviewed text in a prompt."""

    def ask(self, request: Request, read: Callable[[str], T]) -> Answered[T]:
        """The answer. Raises ModelError."""


@record(frozen=True, slots=True)
class ModelCases:
    """What the model gave for one function. `calls` are those for which nothing could be said to be right.

    `dropped` has each call that is no case, with the reason; `failures` the questions that got no answer. `voted` are
    those of the cases on whose expectation independent answers agree.
    """

    cases: tuple[Case, ...] = ()
    calls: tuple[Call, ...] = ()
    dropped: tuple[Drop, ...] = ()
    failures: tuple[ModelError, ...] = ()
    voted: tuple[Case, ...] = ()

    @property
    def failure(self) -> ModelError | None:
        """The first question that got no answer: with it the function counts as not wholly examined."""
        return self.failures[0] if self.failures else None


def cases_from_model(function: ChangedFunction, module: Module, asker: Asks) -> ModelCases:
    """Cases by the docstring of the new version, which `module` holds; the model never sees its body.

    Without a docstring nothing is asked. A question that fails costs its own cases only.
    """
    version = function.new
    promised = promises(version, module) if version else None
    if version is None or not promised:
        return ModelCases()
    questions = _Questions(version, module, promised, asker)
    return questions.asked()


def transcribed_cases(function: ChangedFunction, module: Module, asker: Asks) -> ModelCases:
    """The cases that the docstring itself holds, rewritten by the model: one question."""
    promised = promises(function.new, module) if function.new else None
    if function.new is None or not promised:
        return ModelCases()
    return _Questions(function.new, module, promised, asker).transcribed()


def voted_case(function: ChangedFunction, module: Module, call: Call, asker: Asks) -> Case | None:
    """What the docstring says that a call must do, by the votes of a model that does not see the body, or None."""
    promised = promises(function.new, module) if function.new else None
    if function.new is None or not promised:
        return None
    case = _Questions(function.new, module, promised, asker).voted(call)
    return case if isinstance(case, Case) else None


def differing(
    function: ChangedFunction, old_module: Module, module: Module, asker: Asks
) -> tuple[tuple[Call, ...], list[dict[str, str]]]:
    """Calls on which the versions may differ, and the arguments of those that cannot run on both. Raises ModelError."""
    if function.old is None or function.new is None:
        return (), []
    raw = asker.ask(_request(asker, differ_request, function, module), answers.differing).value
    calls = sifted(function.new, module, "", calls=raw, quoted=False).calls
    if function.old.name == function.new.name:
        calls = runnable(function.old, old_module, calls)
    alone = {call.call for call in calls}
    return calls, arguments(function.new, [one.call for one in raw if one.call not in alone])


def shown_claim(function: ChangedFunction, module: Module, claim: Claim | Finding, asker: Asks) -> Case | None:
    """The case that shows a claim: it fails if the claim is right, and passes if it is not. Raises ModelError.

    None if the docstring does not say what is right, or the answer cannot be tried.
    """
    promised = promises(function.new, module) if function.new else None
    if function.new is None or not promised:
        return None
    raw = asker.ask(_request(asker, show_claim_request, function, module, claim), answers.shown).value
    cases = sifted(function.new, module, promised, cases=[raw]).cases
    return cases[0] if cases else None


def second_look(function: ChangedFunction, module: Module, claim: Claim | Finding, asker: Asks) -> bool | None:
    """Whether a claim holds, by an opinion that quotes the function's code; None without one. Raises ModelError."""
    if function.new is None:
        return None
    look = asker.ask(_request(asker, second_look_request, function, module, claim), answers.looked).value
    quoted = any(True for form in forms(look.code, function.new) for _ in places(form, function.new))
    if look.verdict is Look.CANNOT_SAY or not quoted:
        return None
    return look.verdict is Look.HOLDS


@dataclass(slots=True)
class _Questions:
    """The questions about one function, in order, and what came of them."""

    version: FunctionVersion
    module: Module
    promised: str
    asker: Asks
    dropped: list[Drop] = field(default_factory=list)
    failures: list[ModelError] = field(default_factory=list)
    over: bool = False  # the model will not answer any more

    def transcribed(self) -> ModelCases:
        """What the docstring's own promises come to."""
        found = sifted(
            self.version, self.module, self.promised, self._ask(transcribe_request, answers.transcribed) or ()
        )
        return ModelCases(found.cases, dropped=found.dropped, failures=tuple(self.failures))

    def asked(self) -> ModelCases:
        """Everything there is to ask."""
        written = self._ask(transcribe_request, answers.transcribed)
        tried = self._ask(inputs_request, answers.proposed)
        found = sifted(self.version, self.module, self.promised, written or (), tried or ())
        self.dropped.extend(found.dropped)
        voted: list[Case] = []
        left = list(found.calls[MAX_CALLS:])
        for call in found.calls[:MAX_CALLS]:
            case = self.voted(call)
            if isinstance(case, Case):
                voted.append(case)
            else:
                left.append(call)
                self.dropped.append((call.call, case))
        cases = (*found.cases, *voted)
        return ModelCases(cases, tuple(left), tuple(self.dropped), tuple(self.failures), tuple(voted))

    def voted(self, call: Call) -> Case | str:
        """The case that the votes make of a call, or why they make none. A reply that cannot be read is no vote."""
        votes: list[RawExpectation] = []
        setup = (*call.names.values(), *call.setup)
        for turn in range(1, VOTES + 1):
            build = partial(expect_request, setup=setup, call=call.call, turn=turn)
            answer = self._ask(build, answers.expected)
            if self.over:
                return "the model did not say what it must do"
            votes.append(heard(answer or RawExpectation(Then.NOT_SAID, "", ""), self.promised))
            if settled(votes, VOTES):
                break
        return elected(self.version, self.module, self.promised, call, votes)

    def _ask(self, build: Callable[..., Request], read: Callable[[str], T]) -> T | None:
        """The answer; None if there is none, which is kept as a failure."""
        if self.over:
            return None
        try:
            return self.asker.ask(_request(self.asker, build, self.version, self.module), read).value
        except ModelError as failure:
            self.failures.append(failure)
            self.over = failure.reason not in (Reason.INVALID_REPLY, Reason.TOO_LARGE)
            return None


def _request(asker: Asks, build: Callable[..., Request], *about: object) -> Request:
    """The request about these. Raises ModelError if it does not fit the model's window."""
    try:
        return build(*about, fence_key=asker.fence_key, window=asker.model.window)
    except TooLarge as error:
        raise ModelError(Reason.TOO_LARGE, error.detail) from error

"""Calls worth trying without a model: documented examples with other arguments. Pure.

`annotations.from_annotations` builds calls from types, `repository_calls.from_repository` finds them in tests.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, combinations

from reviewer.data import Call, Case, FunctionVersion
from reviewer.evidence.annotations import from_annotations
from reviewer.evidence.repository_calls import from_repository
from reviewer.evidence.slots import Slot, Template
from reviewer.evidence.values import Constants, constants, text_of

__all__ = ["from_annotations", "from_repository", "held", "mutated"]

EARLY = 2  # variants of each literal that come before arguments are copied onto each other


def mutated(
    cases: Sequence[Case], function: FunctionVersion, old: FunctionVersion | None = None, cap: int = 40
) -> tuple[Call, ...]:
    """At most `cap` calls made by changing literal arguments of the cases, one at a time first, then two at a time.

    Values come from the type of the literal, from the parameter's annotation, from the constants that either version's
    code mentions, and from the other arguments of the same kind. A literal is an argument of the call, an argument of a
    call inside it, or what the setup assigns to a name that the call uses. No call is one of the cases' own, and none
    comes twice. All are plausible: what a function makes of values of other kinds is nobody's promise.
    """
    known = constants(version.source for version in (function, old) if version)
    examples = [example for case in cases if (example := Template.of(case, function, known))]
    seen = {(case.setup, case.call) for case in cases} | {example.rendered({}) for example in examples}
    calls: dict[tuple[tuple[str, ...], str], Call] = {}
    pairs = any(len(example.slots) > 1 for example in examples)
    one_by_one = chain(_singles(examples, 0, EARLY), _copies(examples), _singles(examples, EARLY))
    for limit, candidates in ((cap * 3 // 4 if pairs else cap, one_by_one), (cap, _pairs(examples))):
        for example, chosen in candidates:
            if len(calls) >= limit:
                break
            key = example.rendered(chosen)
            if key not in seen:
                seen.add(key)
                calls[key] = Call(*key, "mutated", example.case.names, plausible=True)
    return tuple(calls.values())


def held(cases: Sequence[Case], function: FunctionVersion, cap: int = 4) -> tuple[Call, ...]:
    """The cases with their lists, dictionaries and sets held in variables, to see what the call does to them.

    The call comes last in the setup and the variables are what is looked at. Where two arguments are of one kind, the
    same object is passed as both.
    """
    found: dict[tuple[tuple[str, ...], str], Call] = {}
    for case in cases:
        example = Template.of(case, function, Constants())
        mutable = [slot for slot in example.slots if _is_argument(example, slot)] if example else []
        if example and mutable and not function.is_async:
            for setup, call in (_looked_at(example, mutable), *_shared(example, mutable)):
                found.setdefault((setup, call), Call(setup, call, "mutated", case.names, plausible=True))
    return tuple(found.values())[:cap]


def _is_argument(example: Template, slot: Slot) -> bool:
    target = example.target
    given = [*target.args, *(keyword.value for keyword in target.keywords)] if target else []
    return isinstance(slot.value, list | dict | set) and any(slot.node is node for node in given)


def _looked_at(example: Template, mutable: Sequence[Slot]) -> tuple[tuple[str, ...], str]:
    numbers = [example.slots.index(slot) for slot in mutable]
    names = [f"given{place}" if len(mutable) > 1 else "given" for place in range(1, len(mutable) + 1)]
    setup, call = example.rendered(dict(zip(numbers, names, strict=True)))
    made = (f"{name} = {text_of(slot.value)}" for name, slot in zip(names, mutable, strict=True))
    return (*made, *setup, call), ", ".join(names) if len(names) == 1 else f"({', '.join(names)})"


def _shared(example: Template, mutable: Sequence[Slot]) -> Iterator[tuple[tuple[str, ...], str]]:
    for one, two in combinations(mutable, 2):
        if type(one.value) is type(two.value):
            chosen = {example.slots.index(slot): "given" for slot in (one, two)}
            setup, call = example.rendered(chosen)
            yield (f"given = {text_of(one.value)}", *setup), call


def _singles(
    examples: Sequence[Template], first: int, last: int | None = None
) -> Iterator[tuple[Template, dict[int, str]]]:
    """The first variant of every slot, then the second of every slot, and so on."""
    most = max((len(slot.variants) for example in examples for slot in example.slots), default=0)
    for turn in range(first, most if last is None else last):
        for example in examples:
            for number, slot in enumerate(example.slots):
                if turn < len(slot.variants):
                    yield example, {number: slot.variants[turn]}


def _copies(examples: Sequence[Template]) -> Iterator[tuple[Template, dict[int, str]]]:
    """Arguments of one kind made equal, and changed about."""
    for example in examples:
        for (one, first), (two, second) in combinations(enumerate(example.slots), 2):
            forth, back = second.text, first.text
            if forth != back and first.takes(second) and second.takes(first):
                yield from ((example, {two: back}), (example, {one: forth}), (example, {one: forth, two: back}))


def _pairs(examples: Sequence[Template]) -> Iterator[tuple[Template, dict[int, str]]]:
    for total in range(12):
        for example in examples:
            for (one, first), (two, second) in combinations(enumerate(example.slots), 2):
                for turn in range(total + 1):
                    if turn < len(first.variants) and total - turn < len(second.variants):
                        yield example, {one: first.variants[turn], two: second.variants[total - turn]}

"""A model's raw answers as cases and calls: what is quoted, parses and tries the function. Pure."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from reviewer.data import Call, Case, Expected, ExpectedKind, FunctionVersion, Module, Origin
from reviewer.evidence.examples_syntax import expression
from reviewer.evidence.model_code import Code, Refused
from reviewer.evidence.model_rules import Prepared
from reviewer.questions.answers import RawCall, RawCase, RawExpectation, Then

SOURCE = "model"
WRAPPING = "`'\"\u201c\u201d\u2018\u2019 \t\n"  # what a quotation may stand between

Drop = tuple[str, str]  # the call, and why it is none


class Sifted(NamedTuple):
    """What is left of a model's answers; `dropped` has each refused call with the reason."""

    cases: tuple[Case, ...] = ()
    calls: tuple[Call, ...] = ()
    dropped: tuple[Drop, ...] = ()


def sifted(
    function: FunctionVersion,
    module: Module,
    promised: str,
    cases: Iterable[RawCase] = (),
    calls: Iterable[RawCall] = (),
    *,
    quoted: bool = True,
) -> Sifted:
    """The cases and calls that hold what they must. `promised` is the docstring their quotes come from.

    `quoted` False: calls need no quote. Two cases that want different things of one call contradict each other, and
    both go.
    """
    code = Code(function, module)
    kept: list[Case] = []
    tried: dict[tuple[tuple[str, ...], str], Call] = {}
    dropped: list[Drop] = []
    for raw in cases:
        try:
            kept.append(_case(code, raw, promised))
        except Refused as reason:
            dropped.append((raw.call.call, str(reason)))
    for call in calls:
        try:
            made = _call(code, call, promised if quoted else None)
            tried.setdefault((made.setup, made.call), made)
        except Refused as reason:
            dropped.append((call.call, str(reason)))
    agreed, contradicting = _agreeing(kept)
    covered = {(case.setup, case.call) for case in agreed}
    left = tuple(call for key, call in tried.items() if key not in covered)
    return Sifted(agreed, left, (*dropped, *contradicting))


def vote(answers: Sequence[RawExpectation]) -> Expected | None:
    """What more than half of the answers expect, in the words of the first of them; None for a tie or "not said"."""
    keys = [_key(answer) for answer in answers]
    if len(answers) < 2:
        return None
    (key, count), *_ = Counter(keys).most_common(1)
    if key is None or count * 2 <= len(answers):
        return None
    return _expected(answers[keys.index(key)])


def settled(answers: Sequence[RawExpectation], votes: int) -> bool:
    """Whether the votes still to come cannot change what `vote` says."""
    counts = Counter(_key(answer) for answer in answers)
    most = max(counts.values(), default=0)
    open_votes = votes - len(answers)
    likely = max((count for key, count in counts.items() if key is not None), default=0)
    return most * 2 > votes or (likely + open_votes) * 2 <= votes


def elected(
    function: FunctionVersion, module: Module, promised: str, call: Call, answers: Sequence[RawExpectation]
) -> Case | str:
    """The case that the votes on a call make, or the reason why there is none."""
    winner = vote(answers)
    if winner is None:
        return "the votes on what it must do do not agree" if len(answers) > 1 else "there were not enough votes"
    agreeing = next(answer for answer in answers if _expected(answer) == winner)
    raw = RawCase(RawCall((*call.names.values(), *call.setup), call.call, agreeing.quote), agreeing)
    try:
        return _case(Code(function, module), raw, promised)
    except Refused as reason:
        return str(reason)


def heard(answer: RawExpectation, promised: str) -> RawExpectation:
    """The answer as a vote: one whose quote is not in the docstring says nothing."""
    return answer if verbatim(answer.quote, promised) else RawExpectation(Then.NOT_SAID, "", answer.quote)


def runnable(function: FunctionVersion, module: Module, calls: Sequence[Call]) -> tuple[Call, ...]:
    """Those of the calls whose names another version of the function's file has too."""
    code = Code(function, module)
    kept = []
    for call in calls:
        try:
            code.prepared((*call.names.values(), *call.setup), call.call)
        except Refused:
            continue
        kept.append(call)
    return tuple(kept)


def verbatim(quote: str, promised: str) -> str | None:
    """The quote as the docstring has it, None if it is not there: white space apart, and two words at least."""
    for form in (quote, quote.strip(WRAPPING), re.sub(r"\s*\.{3}$|^\.{3}\s*", "", quote.strip(WRAPPING))):
        words = form.split()
        if not words:
            continue
        pattern = r"\s+".join(map(re.escape, words))
        found = re.search(rf"(?<!\w){pattern}(?!\w)" if words[0][:1].isalnum() else pattern, promised)
        if found and (len(re.findall(r"\w+", form)) > 1 or found[0] == promised.strip()):
            return found[0]
    return None


def _case(code: Code, raw: RawCase, promised: str) -> Case:
    quote = verbatim(raw.expectation.quote, promised)
    if quote is None:
        raise Refused("its quote is not in the docstring")
    printing = raw.expectation.then is Then.PRINTS
    prepared = code.prepared(raw.call.setup, raw.call.call, printing=printing)
    expected = _checked(code, raw.expectation, prepared, promised)
    return Case(tuple(prepared.setup), prepared.call, expected, Origin.MODEL, quote, names=prepared.names)


def _call(code: Code, raw: RawCall, promised: str | None) -> Call:
    if promised is not None and verbatim(raw.quote, promised) is None:
        raise Refused("its quote is not in the docstring")
    prepared = code.prepared(raw.setup, raw.call)
    return Call(tuple(prepared.setup), prepared.call, SOURCE, prepared.names)


def _checked(code: Code, answer: RawExpectation, prepared: Prepared, promised: str) -> Expected:
    """The expectation, if it may be one. Raises Refused."""
    match answer.then:
        case Then.RETURNS:
            return Expected(ExpectedKind.VALUE, code.value(answer.value, prepared))
        case Then.RAISES:
            return Expected(ExpectedKind.EXCEPTION, type=code.exception(answer.value, prepared, promised))
        case Then.PRINTS:
            return Expected(ExpectedKind.OUTPUT, answer.value)
    raise Refused("the docstring leaves open what is right")


def _expected(answer: RawExpectation) -> Expected | None:
    """The expectation as it was said, unchecked."""
    match answer.then:
        case Then.RETURNS:
            return Expected(ExpectedKind.VALUE, answer.value)
        case Then.RAISES:
            return Expected(ExpectedKind.EXCEPTION, type=answer.value)
        case Then.PRINTS:
            return Expected(ExpectedKind.OUTPUT, answer.value)
    return None


def _agreeing(cases: Sequence[Case]) -> tuple[tuple[Case, ...], tuple[Drop, ...]]:
    """Each call once with what is wanted of it, and the calls of which two different things are wanted."""
    wanted: dict[tuple[tuple[str, ...], str], dict[object, Case]] = {}
    for case in cases:
        wanted.setdefault((case.setup, case.call), {}).setdefault(_meaning(case.expected), case)
    agreed = tuple(next(iter(forms.values())) for forms in wanted.values() if len(forms) == 1)
    reason = "its answers contradict each other"
    return agreed, tuple((case.call, reason) for forms in wanted.values() if len(forms) > 1 for case in forms.values())


def _meaning(expected: Expected) -> object:
    """What two expectations that mean the same share."""
    if expected.kind is ExpectedKind.EXCEPTION:
        return expected.kind, (expected.type or "").partition("(")[0].strip().rpartition(".")[2]
    node = expression(expected.text or "") if expected.kind is ExpectedKind.VALUE else None
    if node is None:
        return expected.kind, (expected.text or "").strip()
    try:
        return expected.kind, _canonical(node)
    except RecursionError:
        return expected.kind, expected.text


def _key(answer: RawExpectation) -> object:
    """What votes that agree share; None for one that says nothing, or nothing that could be a value."""
    expected = _expected(answer)
    if expected is None or (expected.kind is ExpectedKind.VALUE and expression(answer.value) is None):
        return None
    return _meaning(expected)


def _canonical(node: ast.AST) -> str:
    """The syntax tree as text, without what does not matter: the order inside sets and dicts, `2.0` for `2`."""
    if isinstance(node, ast.Constant):
        value = node.value
        return repr(int(value) if isinstance(value, float) and value.is_integer() else value)
    if isinstance(node, ast.Set):
        return "{" + ", ".join(sorted(map(_canonical, node.elts))) + "}"
    if isinstance(node, ast.Dict):
        pairs = zip(node.keys, node.values, strict=True)
        return "{" + ", ".join(sorted(f"{_canonical(k) if k else '**'}: {_canonical(v)}" for k, v in pairs)) + "}"
    fields = (f"{name}={_part(value)}" for name, value in ast.iter_fields(node) if name not in ("ctx", "kind"))
    return f"{type(node).__name__}({', '.join(fields)})"


def _part(value: object) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(map(_part, value)) + "]"
    return _canonical(value) if isinstance(value, ast.AST) else repr(value)

import json
import time

import pytest

from reviewer import modelcases
from reviewer.asking import Asker
from reviewer.data import Category, Claim, Expected, ExpectedKind, ModelInfo, Origin, Reason, Reply, Severity
from reviewer.errors import ModelError
from reviewer.modelcases import cases_from_model, second_look, shown_claim
from tests.changed import changed, parsed

OLD = '''\
import math


def clamp(value, low=0, high=10):
    """Keep a value between low and high.

    A value below low becomes low. Raises ValueError if low is above high.
    """
    if low > high:
        raise ValueError(low)
    return min(max(value, low), high)
'''
NEW = OLD.replace("min(max(value, low), high)", "min(value, high)")
LOW = "A value below low becomes low."
KEY = b"key"
CLAIM = Claim("return min(value, high)", Category.BUG, Severity.ERROR, "low is ignored", "-1 stays -1.", None)


class Store(dict):
    def get(self, kind, key):
        return dict.get(self, (kind, key))

    def put(self, kind, key, value):
        self[kind, key] = value


class Scripted:
    """A model that answers by prompt name: a reply, or several in turn, or an error."""

    info = ModelInfo("scripted", "0", "ollama", None)
    version = "1"
    window = 8192

    def __init__(self, **replies):
        self.replies = {name: list(reply) if isinstance(reply, list) else [reply] for name, reply in replies.items()}
        self.asked = []

    def ask(self, request, deadline):
        name = next(name for name, start in STARTS.items() if request.messages[0].content.startswith(start))
        self.asked.append((name, request))
        turns = self.replies[name]
        reply = turns.pop(0) if len(turns) > 1 else turns[0]
        if isinstance(reply, ModelError):
            raise reply
        return Reply(reply if isinstance(reply, str) else json.dumps(reply), 1, None, 1, 0.0)

    def close(self):
        pass

    @property
    def names(self):
        return [name for name, _ in self.asked]


STARTS = {
    "transcribe": "You rewrite the docstring",
    "inputs": "You propose calls of one Python function",
    "expect": "You say what one call",
    "differ": "You propose calls of a changed",
    "show_claim": "You find the call",
    "second_look": "You check a claim",
}
DEADLINE = ModelError(Reason.DEADLINE, "too late")
BROKEN = ModelError(Reason.MODEL_ERROR, "no answer")


def case(call, value, then="returns", quote=LOW, setup=()):
    return {"quote": quote, "setup": list(setup), "tested_call": call, "then": then, "value": value}


def cases(*items):
    return {"cases": list(items)}


def calls(*texts):
    return {"calls": [{"quote": LOW, "setup": [], "tested_call": text} for text in texts]}


def expects(value, then="returns", quote=LOW):
    return {"quote": quote, "reason": "So.", "then": then, "value": value}


def ask(function=cases_from_model, *more, old=OLD, new=NEW, ends=None, name="clamp", **replies):
    model = Scripted(**replies)
    asker = Asker(model, Store(), ends, fence_key=KEY)
    one = changed(old, new, name)
    return function(one, *more, parsed(new), asker), model


def seen(found):
    return [(one.call, one.expected.text or one.expected.type) for one in found.cases]


def test_cases_come_from_the_docstring_and_from_votes():
    found, model = ask(
        transcribe=cases(case("clamp(-1)", "0"), case("clamp(1)", "7", quote="It is seven.")),
        inputs=calls("clamp(-5, low=-2)", "clamp(-1)"),
        expect=expects("-2"),
    )
    assert seen(found) == [("clamp(-1)", "0"), ("clamp(-5, low=-2)", "-2")]
    assert {one.origin for one in found.cases} == {Origin.MODEL}
    assert {one.quote for one in found.cases} == {LOW}
    assert found.dropped == (("clamp(1)", "its quote is not in the docstring"),)
    assert (found.calls, found.failure) == ((), None)
    assert model.names == ["transcribe", "inputs", "expect", "expect"]  # the third vote could change nothing


def test_votes_are_asked_separately_until_they_agree():
    found, model = ask(
        transcribe=cases(),
        inputs=calls("clamp(-5)"),
        expect=[expects("5"), expects("0"), expects("0")],
    )
    assert seen(found) == [("clamp(-5)", "0")]
    votes = [request for name, request in model.asked if name == "expect"]
    assert [(vote.seed, vote.temperature) for vote in votes] == [(1, 0.7), (2, 0.7), (3, 0.7)]
    assert len({vote.messages for vote in votes}) == 1


@pytest.mark.parametrize(
    "votes",
    [
        [expects("1"), expects("2"), expects("3")],
        [expects("", "not_said", ""), expects("", "not_said", ""), expects("0")],
        [expects("0", quote="It is zero."), expects("0", quote="Zero it is."), expects("0")],
    ],
    ids=["tie", "not said", "no quotes"],
)
def test_a_call_without_a_majority_is_only_a_call(votes):
    found, _ = ask(transcribe=cases(), inputs=calls("clamp(-5)"), expect=votes)
    assert found.cases == ()
    assert [(call.call, call.source, call.plausible) for call in found.calls] == [("clamp(-5)", "model", False)]
    assert found.dropped == (("clamp(-5)", "the votes on what it must do do not agree"),)


def test_only_some_calls_are_voted_on_and_all_are_tried():
    found, model = ask(transcribe=cases(), inputs=calls(*(f"clamp(-{n})" for n in range(1, 6))), expect=expects("0"))
    assert model.names.count("expect") == 8
    assert [call.call for call in found.calls] == ["clamp(-5)"]


@pytest.mark.parametrize("name", ["transcribe", "inputs"])
def test_a_question_that_cannot_be_read_costs_only_its_own_cases(name):
    good = {"transcribe": cases(case("clamp(-1)", "0")), "inputs": calls("clamp(-5)"), "expect": expects("0")}
    found, _ = ask(**(good | {name: "I think it is fine."}))
    assert len(found.cases) == 1
    assert found.failure is found.failures[0]
    assert found.failure.reason is Reason.INVALID_REPLY


def test_a_vote_that_cannot_be_read_is_no_vote():
    found, _ = ask(transcribe=cases(), inputs=calls("clamp(-5)"), expect=[*["?"] * 2, expects("0"), expects("0")])
    assert seen(found) == [("clamp(-5)", "0")]
    assert [failure.reason for failure in found.failures] == [Reason.INVALID_REPLY]


@pytest.mark.parametrize("failure", [DEADLINE, BROKEN], ids=["deadline", "no answer"])
@pytest.mark.parametrize(
    ("at", "asked", "wanted"),
    [
        ("transcribe", ["transcribe"], []),
        ("inputs", ["transcribe", "inputs"], [("clamp(-1)", "0")]),
        ("expect", ["transcribe", "inputs", "expect"], [("clamp(-1)", "0")]),
    ],
)
def test_what_was_answered_before_a_failure_is_kept_and_nothing_more_is_asked(failure, at, asked, wanted):
    good = {"transcribe": cases(case("clamp(-1)", "0")), "inputs": calls("clamp(-5)", "clamp(-6)"), "expect": "?"}
    found, model = ask(**(good | {at: failure}))
    assert model.names == asked
    assert seen(found) == wanted
    assert found.failures == (failure,)
    assert [call.call for call in found.calls] == (["clamp(-5)", "clamp(-6)"] if at == "expect" else [])


def test_after_the_deadline_nothing_is_asked():
    found, model = ask(ends=time.monotonic() - 1, transcribe="", inputs="", expect="")
    assert (found.cases, model.asked) == ((), [])
    assert found.failure.reason is Reason.DEADLINE


def test_without_a_docstring_nothing_is_asked():
    text = "def clamp(value):\n    return value\n"
    found, model = ask(old=None, new=text)
    assert (found.cases, found.failures, model.asked) == ((), (), [])


def test_a_signature_too_large_for_the_window_is_a_failure():
    huge = "def clamp(" + ", ".join(f"argument_{n}" for n in range(6000)) + '):\n    """It."""\n'
    found, model = ask(old=None, new=huge)
    assert {failure.reason for failure in found.failures} == {Reason.TOO_LARGE}
    assert model.asked == []


def test_answers_are_kept_for_every_body():
    replies = {"transcribe": cases(case("clamp(-1)", "0")), "inputs": calls("clamp(-5)"), "expect": expects("0")}
    store, model = Store(), Scripted(**replies)
    first = cases_from_model(changed(None, OLD, "clamp"), parsed(OLD), Asker(model, store, None, fence_key=KEY))
    asked = len(model.asked)
    again = cases_from_model(changed(OLD, NEW, "clamp"), parsed(NEW), Asker(model, store, None, fence_key=KEY))
    assert (again, len(model.asked)) == (first, asked)


# ---------------------------------------------------------------- calls on which versions differ


def differing(*texts, old=OLD, new=NEW):
    items = [{"reason": "So.", "setup": [], "tested_call": text} for text in texts]
    return ask(
        lambda one, module, asker: modelcases.differing(one, parsed(old or ""), module, asker)[0],
        old=old,
        new=new,
        differ={"calls": items},
    )


def test_calls_that_may_tell_the_versions_apart():
    found, model = differing("clamp(-1)", "clamp(math.inf)", "open('x')", "clamp(eval('1'))")
    assert [call.call for call in found] == ["clamp(-1)", "clamp(math.inf)"]
    assert "+    return min(value, high)" in model.asked[0][1].messages[1].content


def test_calls_need_the_names_of_both_versions():
    found, _ = differing("clamp(LIMIT)", "clamp(1)", new="LIMIT = 3\n" + NEW)
    assert [call.call for call in found] == ["clamp(1)"]


def test_a_new_function_differs_from_nothing():
    assert differing("clamp(1)", old=None)[0] == ()


# ---------------------------------------------------------------- claims


def with_claim(function, **replies):
    return ask(lambda one, module, asker: function(one, module, CLAIM, asker), **replies)


def test_a_claim_is_shown_by_a_case():
    found, model = with_claim(shown_claim, show_claim=case("clamp(-1)", "0"))
    assert (found.call, found.expected, found.quote) == ("clamp(-1)", Expected(ExpectedKind.VALUE, "0"), LOW)
    assert "low is ignored\n-1 stays -1." in model.asked[0][1].messages[1].content


@pytest.mark.parametrize(
    "reply",
    [
        case("clamp(-1)", "", then="not_said", quote=""),
        case("clamp(-1)", "0", quote="Everything is zero."),
        case("max(-1, 0)", "0"),
        case("clamp(-1)", "clamp(0)"),
    ],
)
def test_a_claim_that_nothing_shows(reply):
    assert with_claim(shown_claim, show_claim=reply)[0] is None


@pytest.mark.parametrize(
    ("code", "verdict", "wanted"),
    [
        ("    return min(value, high)", "holds", True),
        ("11+    return min(value, high)", "holds", True),
        ("if low > high:\n        raise ValueError(low)", "does_not_hold", False),
        ("    return min(value, high)", "cannot_say", None),
        ("    return max(value, low)", "holds", None),
        ("looks right", "does_not_hold", None),
    ],
)
def test_a_second_look_rests_on_code_that_is_there(code, verdict, wanted):
    reply = {"code": code, "reason": "So.", "verdict": verdict}
    assert with_claim(second_look, second_look=reply)[0] is wanted


@pytest.mark.parametrize(("function", "name"), [(shown_claim, "show_claim"), (second_look, "second_look")])
def test_a_question_about_a_claim_that_fails_says_so(function, name):
    with pytest.raises(ModelError) as caught:
        with_claim(function, **{name: BROKEN})
    assert caught.value is BROKEN

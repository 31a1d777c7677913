import json
import re
from contextlib import suppress
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer import prompts
from reviewer.context import estimate_tokens
from reviewer.questions import answers
from reviewer.questions.answers import InvalidReply, Look, RawCall, RawCase, RawExpectation, RawLook, Then
from reviewer.questions.blind import TooLarge, expect_request, inputs_request, promises, transcribe_request
from reviewer.questions.seeing import differ_request, second_look_request, show_claim_request
from tests import prompt_sizes
from tests.changed import changed, parsed
from tests.prompt_sizes import CLAIM, KEY, NEW, OLD, PLACE
from tests.test_requests import INJECTIONS

BLIND = ("transcribe", "inputs", "expect")
SEEING = ("differ", "show_claim", "second_look")
LABELS = {"expect": ("CALL",), "show_claim": ("CLAIM",), "second_look": ("CLAIM",)}


def blind(name, text=NEW, function="Basket.total", setup=(), call="f(1)", turn=1, **place):
    module = parsed(text)
    version = next(one for one in module.functions if one.name == function)
    place = {**PLACE, **place}
    if name == "expect":
        return expect_request(version, module, setup, call, turn=turn, **place)
    return {"transcribe": transcribe_request, "inputs": inputs_request}[name](version, module, **place)


def seeing(name, old=OLD, new=NEW, function="Basket.total", claim=CLAIM, **place):
    module = parsed(new)
    one = changed(old, new, function)
    place = {**PLACE, **place}
    if name == "differ":
        return differ_request(one, module, **place)
    return {"show_claim": show_claim_request, "second_look": second_look_request}[name](one, module, claim, **place)


def blocks(request):
    """Label -> content of every fenced block, and what stands outside of them."""
    outside = request.messages[-1].content
    found = {}
    for match in re.finditer(r"^([A-Z]+) ([0-9a-f]{8})\n(.*?)\nEND \2$", outside, re.DOTALL | re.MULTILINE):
        found[match[1]] = match[3]
        outside = outside.replace(match[0], f"<{match[1]}>")
    return found, outside


# ---------------------------------------------------------------- what the model sees


@pytest.mark.parametrize("name", BLIND)
def test_a_blind_question_shows_nothing_of_the_body(name):
    text = blind(name).messages[-1].content
    assert "canary" not in text.lower()
    assert all(word not in text for word in ("json", "math", "isfinite", "append"))


@pytest.mark.parametrize("name", BLIND)
def test_a_blind_question_is_the_same_for_every_body(name):
    head, body = NEW.split("        # CANARY-comment\n")
    other = head + "        return eval(input())  # other\n\n" + body[body.index("def canary_helper") :]
    assert blind(name) == blind(name, text=other)


def test_a_blind_question_shows_what_arranging_a_call_needs():
    found, outside = blocks(blind("transcribe"))
    assert found["FILE"].split("\n") == [
        "pkg/mod.py",
        "from decimal import Decimal",
        "class Basket(Base):",
        '    """What a customer wants to buy."""',
        '    currency: str = "EUR"',
        "    def __init__(self, rate: float = 0.0):",
        "    def add(self, price: Decimal, count: int = 1) -> None:",
        "LIMIT = 3",
    ]
    assert found["FUNCTION"].startswith("class Basket:\n    def total(self, rate: float = 0.0, *, digits: int = 2)")
    assert found["FUNCTION"].endswith('ValueError: if the rate is negative."""')
    assert outside == "<FILE>\n<FUNCTION>\nCases as JSON:"


def test_a_class_named_in_the_signature_is_shown_with_how_it_is_made():
    text = 'class Box:\n    def __init__(self, side):\n        pass\n\n\ndef f(box: Box):\n    """Volume of it."""\n'
    assert blocks(blind("inputs", text, "f"))[0]["FILE"] == "pkg/mod.py\nclass Box:\n    def __init__(self, side):"


def test_decorators_and_async_are_shown():
    text = (
        'class C:\n    @property\n    async def size(self) -> int:\n        """How many there are."""\n        pass\n'
    )
    shown = blocks(blind("inputs", text, "C.size"))[0]["FUNCTION"]
    assert shown.split("\n") == [
        "class C:",
        "    @property",
        "    async def size(self) -> int:",
        '        """How many there are."""',
    ]


@pytest.mark.parametrize("name", ["show_claim", "differ"])
def test_questions_for_calls_show_how_the_class_is_made(name):
    found, _ = blocks(seeing(name))
    assert "    def __init__(self, rate: float = 0.0):\n    def add(self" in found["FILE"]
    assert "+        return round(net * (1 - rate), digits)" in found["FUNCTION"]
    assert "-        return round(net * (1 + rate), digits)" in found["FUNCTION"]


def test_a_claim_is_told_in_its_own_words():
    assert blocks(seeing("second_look"))[0]["CLAIM"] == "The tax is taken off\nAt 0.2 it is lower.\nnet * (1 - rate)"


def test_the_call_to_judge_comes_last_so_that_all_before_it_is_shared():
    one, two = (blind("expect", call=call, turn=turn) for call, turn in (("f(1)", 1), ("f(2)", 2)))
    assert blocks(one)[0]["CALL"] == "f(1)"
    shared = one.messages[-1].content.index("CALL ")
    assert one.messages[-1].content[:shared] == two.messages[-1].content[:shared]


def test_votes_have_seeds_of_their_own_and_everything_else_is_asked_without_chance():
    votes = [blind("expect", turn=turn) for turn in (1, 2, 3)]
    assert [vote.seed for vote in votes] == [1, 2, 3]
    assert {vote.temperature for vote in votes} == {0.7}
    others = [blind("transcribe"), blind("inputs"), *(seeing(name) for name in SEEING)]
    assert {(one.temperature, one.seed) for one in others} == {(0.0, 0)}


@pytest.mark.parametrize(
    ("text", "name", "wanted"),
    [
        ('def f():\n    """One."""\n', "f", "One."),
        ("def f():\n    pass\n", "f", None),
        ('class C:\n    """Two."""\n    def __init__(self): pass\n', "C.__init__", "Two."),
        ('class C:\n    """Two."""\n    def __init__(self):\n        """One."""\n', "C.__init__", "One."),
        ('class C:\n    """Two."""\n    def f(self): pass\n', "C.f", None),
    ],
)
def test_whose_sentences_count(text, name, wanted):
    module = parsed(text)
    assert promises(next(one for one in module.functions if one.name == name), module) == wanted


# ---------------------------------------------------------------- hostile text and long text


@pytest.mark.parametrize("text", INJECTIONS.values(), ids=INJECTIONS.keys())
@pytest.mark.parametrize("name", [*BLIND, *SEEING])
def test_what_a_docstring_says_stays_inside_its_block(name, text):
    code = f"def f(a):\n    r'''Words. {text}'''\n    return a\n"
    request = (
        blind(name, code, "f") if name in BLIND else seeing(name, code, code.replace("return a", "return -a"), "f")
    )
    found, outside = blocks(request)
    assert list(found) == ["FILE", "FUNCTION", *LABELS.get(name, ())]
    assert re.fullmatch(r"<FILE>\n<FUNCTION>\n(<[A-Z]+>\n)?[^\n]+ (as )?JSON:", outside)
    assert "Words. " in found["FUNCTION"] or "\0" in text  # a file with NUL has no docstrings


@pytest.mark.parametrize("text", INJECTIONS.values(), ids=INJECTIONS.keys())
def test_calls_and_claims_stay_inside_their_blocks(text):
    assert list(blocks(blind("expect", call=text))[0]) == ["FILE", "FUNCTION", "CALL"]
    claim = prompt_sizes.Claim("", CLAIM.category, CLAIM.severity, text, text, None)
    assert list(blocks(seeing("second_look", claim=claim))[0]) == ["FILE", "FUNCTION", "CLAIM"]


def test_the_stable_parts_are_the_same_for_every_function():
    for name in BLIND:
        others = {blind(name).messages[0], blind(name, 'def f():\n    """Nothing."""\n', "f", window=4096).messages[0]}
        assert len(others) == 1


def tokens(request):
    return sum(estimate_tokens(message.content) for message in request.messages) + request.max_tokens


@pytest.mark.parametrize("window", [2048, 4096, 8192])
@pytest.mark.parametrize("name", BLIND)
def test_a_long_docstring_is_cut_to_the_window_and_the_cut_is_named(name, window):
    lines = "".join(f"    Line {number} promises something about values.\n" for number in range(500))
    request = blind(name, f'def f(a):\n    """First.\n\n{lines}    """\n', "f", window=window)
    assert tokens(request) <= window
    assert re.search(r"Line \d+ [^\n]*\n    \[\d+ lines left out\]\"\"\"$", blocks(request)[0]["FUNCTION"])


@pytest.mark.parametrize("name", SEEING)
def test_long_functions_fit_the_window(name):
    old = "def f(a):\n" + "".join(f"    x{n} = compute(a, {n})\n" for n in range(2000)) + "    return a\n"
    assert tokens(seeing(name, old, old.replace("(a, 1000)", "(a, -1)"), "f", window=4096)) <= 4096


@pytest.mark.parametrize("name", [*BLIND, *SEEING])
def test_what_cannot_fit_is_too_large(name):
    huge = "def f(" + ", ".join(f"argument_{n}" for n in range(2000)) + '):\n    """It."""\n    return 1\n'
    ask = blind if name in BLIND else partial(seeing, old=None)
    with pytest.raises(TooLarge):
        ask(name, **{"text" if name in BLIND else "new": huge}, function="f", window=2048)


def test_prompt_sizes_stay_small():
    for name, (stable, user, _) in prompt_sizes.sizes().items():
        assert stable <= 690, name
        assert user <= 480, name
    assert all(KEY.decode() not in one.messages[1].content for one in prompt_sizes.requests().values())


# ---------------------------------------------------------------- replies

CALL = {"quote": "It is 4.", "setup": [], "tested_call": "f(2)"}
CASE = {**CALL, "then": "returns", "value": "4"}
EXPECT = {"quote": "It is 4.", "reason": "So.", "then": "not_said", "value": ""}
LOOK = {"code": "return 4", "reason": "So.", "verdict": "holds"}
DIFFER = {"reason": "So.", "setup": ["x = 1"], "tested_call": "f(x)"}
RAW = RawCase(RawCall((), "f(2)", "It is 4."), RawExpectation(Then.RETURNS, "4", "It is 4."))


@pytest.mark.parametrize(
    ("read", "reply", "wanted"),
    [
        (answers.transcribed, {"cases": []}, ()),
        (answers.transcribed, {"cases": [CASE]}, (RAW,)),
        (answers.transcribed, {"cases": [{**CASE, "then": "Returns"}]}, (RAW,)),
        (answers.proposed, {"calls": [CALL]}, (RawCall((), "f(2)", "It is 4."),)),
        (answers.expected, EXPECT, RawExpectation(Then.NOT_SAID, "", "It is 4.")),
        (answers.shown, CASE, RAW),
        (answers.looked, LOOK, RawLook(Look.HOLDS, "return 4")),
        (answers.differing, {"calls": [DIFFER]}, (RawCall(("x = 1",), "f(x)"),)),
    ],
)
def test_replies_on_the_schema(read, reply, wanted):
    assert read(json.dumps(reply)) == wanted
    assert read(f"```json\n{json.dumps(reply)}\n```") == wanted


@pytest.mark.parametrize(
    ("read", "reply"),
    [
        (answers.transcribed, ""),
        (answers.transcribed, "def test_f():\n    assert f(2) == 4"),
        (answers.transcribed, "[]"),
        (answers.transcribed, {"cases": [CALL]}),
        (answers.transcribed, {"cases": [{**CASE, "then": "not_said"}]}),
        (answers.transcribed, {"cases": [{**CASE, "value": 4}]}),
        (answers.transcribed, {"cases": [{**CASE, "setup": "x = 1"}]}),
        (answers.transcribed, {"cases": [CASE] * 9}),
        (answers.proposed, {"calls": [{**CALL, "tested_call": " "}]}),
        (answers.proposed, {"calls": [{**CALL, "value": "4"}]}),
        (answers.expected, {**EXPECT, "then": "maybe"}),
        (answers.expected, {**EXPECT, "value": "9" * 601}),
        (answers.looked, {**LOOK, "verdict": True}),
        (answers.differing, {"calls": [DIFFER, {}]}),
    ],
)
def test_replies_off_the_schema(read, reply):
    with pytest.raises(InvalidReply):
        read(reply if isinstance(reply, str) else json.dumps(reply))


READERS = [
    answers.transcribed,
    answers.proposed,
    answers.expected,
    answers.shown,
    answers.looked,
    answers.differing,
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*CASE, *LOOK, "cases", "calls"]), inner, max_size=5)
    ),
)


@given(st.text() | JSON.map(json.dumps), st.sampled_from(READERS))
def test_no_reply_raises_anything_else(text, read):
    with suppress(InvalidReply):
        read(text)


@pytest.mark.parametrize("name", [*BLIND, *SEEING])
def test_the_system_prompt_names_every_key_and_word_of_its_schema(name):
    prompt = prompts.load(name)
    item = next(iter(prompt.schema["properties"].values())).get("items", prompt.schema)
    for key, schema in item["properties"].items():
        assert f'"{key}"' in prompt.system
        assert all(f'"{word}"' in prompt.system for word in schema.get("enum", ()))

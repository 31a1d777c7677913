import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.data import Category, Claim, Severity
from reviewer.replies import InvalidReply, claims

ITEM = {
    "code": "    return a",
    "explanation": "Returns a.",
    "kind": "bug",
    "replacement": "    return b",
    "severity": "error",
    "title": "Wrong name",
}
CLAIM = Claim("    return a", Category.BUG, Severity.ERROR, "Wrong name", "Returns a.", "    return b")


def reply(*items, **changes):
    return json.dumps({"findings": list(items) or [ITEM | changes]})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param('{"findings": []}', (), id="nothing wrong"),
        pytest.param(reply(), (CLAIM,), id="one"),
        pytest.param(f"\n\t {reply()} \r\n", (CLAIM,), id="white space"),
        pytest.param(f"```json\n{reply()}\n```\n", (CLAIM,), id="markdown fence"),
        pytest.param(f"```\n{reply()}\n```", (CLAIM,), id="fence without language"),
        pytest.param(f" ```JSON \t\n{reply()}\t``` ", (CLAIM,), id="fence that ends on the JSON's line"),
        pytest.param(f"```json\r\n{reply()}\r\n```\r\n", (CLAIM,), id="fence with carriage returns"),
        pytest.param(reply(ITEM, ITEM), (CLAIM, CLAIM), id="two"),
        pytest.param(reply(kind="Bug", severity="ERROR"), (CLAIM,), id="enum words in another case"),
    ],
)
def test_valid_replies(text, expected):
    assert claims(text) == expected


@pytest.mark.parametrize("category", Category)
def test_every_category_is_known(category):
    assert claims(reply(kind=str(category)))[0].category is category


@pytest.mark.parametrize("replacement", [None, ""])
def test_no_replacement(replacement):
    assert claims(reply(replacement=replacement))[0].replacement is None


def test_control_characters_stay_for_the_emitters():
    (claim,) = claims(reply(title="a\x1b[31mb", explanation="line\nline\u202e"))
    assert (claim.title, claim.message) == ("a\x1b[31mb", "line\nline\u202e")
    assert claims(reply().replace("Returns a.", "raw \x07\n"))[0].message == "raw \x07"


def test_lone_surrogates_do_not_get_in():
    assert claims(reply().replace("Wrong name", r"a\ud800b"))[0].title == "a?b"


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        pytest.param("", "the reply is empty", id="empty"),
        pytest.param(" \n\n", "the reply is empty", id="white space"),
        pytest.param("No issues found.", "not JSON", id="prose"),
        pytest.param('{"findings": [', "not JSON", id="cut off"),
        pytest.param(reply() + " Hope this helps!", "not JSON", id="trailing garbage"),
        pytest.param(reply() + reply(), "not JSON", id="two values"),
        pytest.param("Sure:\n```json\n" + reply() + "\n```", "not JSON", id="prose before the fence"),
        pytest.param("```json\n```", "the reply is empty", id="empty fence"),
        pytest.param(f"```python\n{reply()}\n```", "not JSON", id="fence of another language"),
        pytest.param("```json\n" + " " * 10**6 + "x", "not JSON", id="a fence and a million blanks"),
        pytest.param("[]", "the reply is not object", id="a list"),
        pytest.param("null", "the reply is not object", id="null"),
        pytest.param("{}", 'the reply lacks "findings"', id="no findings"),
        pytest.param('{"findings": {}}', 'the reply["findings"] is not array', id="findings an object"),
        pytest.param('{"findings": [1]}', 'the reply["findings"][0] is not object', id="finding a number"),
        pytest.param('{"findings": [], "findings": []}', "a key occurs twice", id="key twice"),
        pytest.param('{"findings": [], "ok": true}', "keys that were not asked for", id="unknown key"),
        pytest.param(reply(*[ITEM] * 6), "more than 5 items", id="too many"),
        pytest.param(reply(kind="style"), '["kind"] is not one of contract, bug', id="unknown kind"),
        pytest.param(reply(kind=None), '["kind"] is not string', id="null kind"),
        pytest.param(reply(severity=3), '["severity"] is not string', id="number for severity"),
        pytest.param(reply(code="  "), '["code"] is empty', id="blank quote"),
        pytest.param(reply(code="x" * 401), "longer than 400 characters", id="long quote"),
        pytest.param(reply(code=["a"]), '["code"] is not string', id="list of lines"),
        pytest.param(reply(replacement=False), '["replacement"] is not string', id="false replacement"),
        pytest.param(reply({k: v for k, v in ITEM.items() if k != "replacement"}), 'lacks "replacement"', id="missing"),
        pytest.param("[" * 100_000, "not usable JSON: RecursionError", id="deep nesting"),
        pytest.param('{"findings": ' + "9" * 5000 + "}", "not usable JSON: ValueError", id="huge number"),
        pytest.param("NaN", "the reply is not object", id="NaN"),
    ],
)
def test_what_is_off_the_schema_is_no_reply(text, detail):
    with pytest.raises(InvalidReply) as caught:
        claims(text)
    assert detail in caught.value.detail
    assert "\n" not in caught.value.detail


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(), lambda s: st.lists(s) | st.dictionaries(st.text(), s)
    )
)
def test_any_json_is_claims_or_invalid(value):
    with pytest.raises(InvalidReply):
        claims(json.dumps(value))


@given(st.text())
def test_any_text_is_no_reply(text):
    with pytest.raises(InvalidReply):
        claims(text)

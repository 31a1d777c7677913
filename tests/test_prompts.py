import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer import prompts
from reviewer.context import estimate_tokens
from reviewer.data import Category, Severity
from reviewer.prompts import TemplateError, load, placeholders, render

NAMES = sorted({path.name.split(".")[0] for path in prompts.folder().glob("*.user.md")})
SCHEMAS = sorted(prompts.folder().glob("*.schema.json"))
GRAMMAR_KEYWORDS = {
    *("type", "enum", "const", "properties", "required", "items", "minItems", "maxItems", "minLength", "maxLength"),
    *("anyOf", "additionalProperties"),
}


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"a": "1"}, "no value for b"),
        ({}, "no value for a, no value for b"),
        ({"a": "1", "b": "2", "c": "3"}, "no placeholder c"),
        ({"a": "1", "c": "3"}, "no value for b, no placeholder c"),
    ],
)
def test_rendering_names_missing_and_unknown_placeholders(values, problem):
    with pytest.raises(TemplateError, match=f"^{problem}$"):
        render("{{a}} and {{b}}", values)


@pytest.mark.parametrize("template", ["{{ a }}", "{{A}}", "{{a", "a}}", "{{}}"])
def test_braces_that_are_no_placeholder_are_refused(template):
    with pytest.raises(TemplateError):
        render(template, {"a": "1"})


@given(st.text(), st.text())
def test_values_come_through_verbatim(first, second):
    assert render("<{{a}}|{{b}}|{{a}}>", {"a": first, "b": second}) == f"<{first}|{second}|{first}>"


@pytest.mark.parametrize("value", ["{{b}}", "{{a}}", "{{missing}}", r"\1 \g<0>", "{a}", "%s $a"])
def test_placeholder_syntax_in_reviewed_text_is_not_expanded(value):
    assert render("{{a}}{{b}}", {"a": value, "b": "B"}) == value + "B"


def test_an_unknown_prompt_is_an_error():
    with pytest.raises(TemplateError, match="no prompt 'nonsense'"):
        load("nonsense")


def test_the_hash_follows_every_file(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(prompts, "folder", lambda: tmp_path)
    seen = set()
    for system, user, schema in [("s", "u", "{}"), ("S", "u", "{}"), ("s", "U", "{}"), ("s", "u", '{"type": "null"}')]:
        for part, text in zip(prompts.PARTS, (system, user, schema), strict=True):
            (tmp_path / f"x.{part}").write_text(text)
        load.cache_clear()
        seen.add(load("x").hash)
    load.cache_clear()
    assert len(seen) == 4


def test_the_readme_lists_exactly_the_placeholders_of_the_templates():
    readme = (prompts.folder() / "README.md").read_text()
    listed = set(re.findall(r"^\| `(\w+\.\w+\.md)` \| `(\w+)` \|", readme, re.M))
    assert listed == {
        (path.name, name)
        for path in prompts.folder().glob("*.*.md")
        for name in placeholders(path.read_text(encoding="utf-8"))
    }


@pytest.mark.parametrize("name", NAMES)
def test_the_stable_part_has_no_placeholder(name):
    assert not placeholders(load(name).system)


def walk(node):
    if isinstance(node, dict):
        yield node
    for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from walk(child)


@pytest.mark.parametrize("path", SCHEMAS, ids=lambda path: path.name)
def test_schemas_use_only_what_every_grammar_honours(path):
    schema = json.loads(path.read_text())
    for node in walk(schema):
        if "type" in node or "anyOf" in node:
            assert node.keys() <= GRAMMAR_KEYWORDS
            assert node.get("maxLength", 0) < 2000
        if node.get("type") == "object":
            assert list(node["properties"]) == sorted(node["properties"]) == node["required"]
            assert node["additionalProperties"] is False


def test_the_review_prompt_and_schema_name_every_category_severity_and_key():
    prompt = load("review")
    item = prompt.schema["properties"]["findings"]["items"]
    assert item["properties"]["kind"]["enum"] == [str(category) for category in Category]
    assert item["properties"]["severity"]["enum"] == [str(severity) for severity in Severity]
    assert all(f"\n- {category}: " in prompt.system for category in Category)
    assert all(f'"{key}": ' in prompt.system for key in item["required"])


def test_the_stable_part_of_the_review_prompt_is_short():
    assert estimate_tokens(load("review").system) <= 610

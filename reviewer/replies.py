"""Reply text -> claims, or the reason why not. Strict: what is off the schema is no reply."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from reviewer import prompts
from reviewer.data import Category, Claim, Severity

FENCE = "```"
TYPES: Mapping[str, type] = {"object": dict, "array": list, "string": str, "null": type(None)}


class InvalidReply(Exception):  # noqa: N818 - an outcome, not a fault
    """A reply that cannot be used; `detail` says why in one line, for people and for the repair turn."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


def claims(text: str) -> tuple[Claim, ...]:
    """The claims of a reply to the `review` prompt, in its order; none is a valid answer.

    White space and one markdown fence around the JSON are tolerated, and enum words in another letter case, since
    servers that do not enforce the schema give both. Control characters stay: emitters deal with them. Raises
    InvalidReply on anything else that is off the schema.
    """
    reply = checked(text, prompts.load("review").schema)
    return tuple(claim(item) for item in reply["findings"])


def claim(item: Mapping[str, Any]) -> Claim:
    """One item of a reply that satisfies the schema."""
    return Claim(
        quote=item["code"],
        category=Category(item["kind"].casefold()),
        severity=Severity(item["severity"].casefold()),
        title=item["title"].strip(),
        message=item["explanation"].strip(),
        replacement=item["replacement"] or None,
    )


def checked(text: str, schema: Mapping[str, Any]) -> Any:
    """The reply's JSON value, which satisfies the schema. Raises InvalidReply."""
    body = unfenced(text.strip())
    if not body:
        raise InvalidReply("the reply is empty")
    try:
        value = json.loads(body, strict=False, object_pairs_hook=unique)
    except json.JSONDecodeError as error:
        raise InvalidReply(f"not JSON: {error}") from None
    except (ValueError, RecursionError) as error:  # numbers of thousands of digits, deep nesting
        raise InvalidReply(f"not usable JSON: {type(error).__name__}") from None
    if problem := mismatch(value, schema, "the reply"):
        raise InvalidReply(problem)
    return storable(value)


def unfenced(text: str) -> str:
    """The text without one markdown fence around it."""
    head, newline, inside = text.partition("\n")
    if newline and head.rstrip().lower() in (FENCE, f"{FENCE}json") and inside.endswith(FENCE):
        return inside.removesuffix(FENCE).strip()
    return text


def unique(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object. Raises InvalidReply if a key occurs twice, where parsers differ in what they take."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise InvalidReply("a key occurs twice in one object")
    return found


def storable(value: Any) -> Any:
    """The value without lone surrogates, which JSON can write and UTF-8 cannot."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, list):
        return [storable(item) for item in value]
    return {key: storable(item) for key, item in value.items()} if isinstance(value, dict) else value


def mismatch(value: Any, schema: Mapping[str, Any], where: str) -> str | None:
    """What is off the schema, None if nothing is. Knows the keywords that the schemas in `prompts/` use."""
    if forms := schema.get("anyOf"):
        problems = [mismatch(value, form, where) for form in forms]
        return None if None in problems else problems[0]
    kind = schema["type"]
    if not isinstance(value, TYPES[kind]):
        return f"{where} is not {kind}"
    if isinstance(value, str):
        return string_mismatch(value, schema, where)
    if isinstance(value, list):
        if len(value) > schema.get("maxItems", len(value)):
            return f"{where} has more than {schema['maxItems']} items"
        return first(mismatch(item, schema["items"], f"{where}[{place}]") for place, item in enumerate(value))
    return object_mismatch(value, schema, where) if isinstance(value, dict) else None


def string_mismatch(value: str, schema: Mapping[str, Any], where: str) -> str | None:
    """What is off in a string."""
    if "enum" in schema and value.casefold() not in schema["enum"]:
        return f"{where} is not one of {', '.join(schema['enum'])}"
    if len(value.strip()) < schema.get("minLength", 0):
        return f"{where} is empty"
    if len(value) > schema.get("maxLength", len(value)):
        return f"{where} is longer than {schema['maxLength']} characters"
    return None


def object_mismatch(value: Mapping[str, Any], schema: Mapping[str, Any], where: str) -> str | None:
    """What is off in an object."""
    properties = schema["properties"]
    missing = [key for key in schema["required"] if key not in value]
    if missing:
        return f'{where} lacks "{missing[0]}"'
    if len(value) > len(properties):
        return f"{where} has keys that were not asked for"
    return first(mismatch(value[key], properties[key], f'{where}["{key}"]') for key in properties)


def first(problems: Any) -> str | None:
    """The first problem, None if there is none."""
    return next((problem for problem in problems if problem), None)

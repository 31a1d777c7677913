"""Conditions of documented exceptions that name an argument: "if n is negative" -> n = -1. Pure.

Only conditions that a whole pattern recognises count; a wrong guess would be a false accusation.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from reviewer.records import record

NUMBER = r"(?P<number>-?\d+(?:\.\d+)?)"
PARAMETER = r"(?:the |an? |any )?(?P<name>[A-Za-z_]\w*)(?: (?:argument|parameter|value|is given and))?"
EMPTY = {
    **dict.fromkeys(
        ("list", "sequence", "iterable", "collection", "array", "List", "Sequence", "Iterable", "Collection"), "[]"
    ),
    **dict.fromkeys(("str", "string", "text"), '""'),
    **dict.fromkeys(("dict", "dictionary", "mapping", "Dict", "Mapping"), "{}"),
    **dict.fromkeys(("tuple", "Tuple"), "()"),
    **dict.fromkeys(("set", "Set"), "set()"),
}
OTHER_TYPE = {
    **dict.fromkeys(
        ("a string", "a str", "str", "text", "iterable", "an iterable", "callable", "a list", "a dict"), "5"
    ),
    **dict.fromkeys(("a dictionary", "a mapping", "a sequence", "a tuple", "a set", "list", "dict"), "5"),
    **dict.fromkeys(
        ("an integer", "an int", "a number", "int", "a float", "float", "numeric", "an integer number"), '"a"'
    ),
}


@record(frozen=True, slots=True)
class Condition:
    """A parameter (None: the one that `noun` describes) and the value that it must not have, or EMPTY of its type."""

    name: str | None
    value: str | None
    noun: str | None = None


@record(frozen=True, slots=True)
class Pattern:
    """One way to word a condition. `value` `{above}` or `{below}`: a number's neighbour; `{type}`: looked up."""

    text: re.Pattern[str]
    value: str | None
    examples: Mapping[str, tuple[str | None, str | None]]


def pattern(words: str, value: str | None, examples: Mapping[str, tuple[str | None, str | None]]) -> Pattern:
    """A pattern from the words after the parameter."""
    return Pattern(re.compile(rf"{PARAMETER} (?:{words})"), value, examples)


PATTERNS = (
    pattern(
        r"(?:is|was) (?:a )?negative(?: number)?|(?:is )?(?:<|less than|smaller than|below) (?:0|zero)",
        "-1",
        {"n is negative": ("n", "-1"), "n < 0": ("n", "-1"), "count is less than zero": ("count", "-1")},
    ),
    pattern(
        r"(?:is|was|equals|==|is equal to) (?:0|zero)"
        r"|(?:is|was) (?:not positive|non-positive)|is (?:zero or negative|negative or zero)"
        r"|(?:is )?(?:<=|less than or equal to) (?:0|zero)|(?:is )?(?:<|less than|smaller than) (?:1|one)",
        "0",
        {"b is zero": ("b", "0"), "size is not positive": ("size", "0"), "n <= 0": ("n", "0"), "n < 1": ("n", "0")},
    ),
    pattern(
        rf"(?:is )?(?:>|greater than|larger than|more than|above) {NUMBER}|exceeds {NUMBER.replace('number', 'limit')}",
        "{above}",
        {"n is greater than 10": ("n", "11"), "n > 3999": ("n", "4000"), "n exceeds 5": ("n", "6")},
    ),
    pattern(
        rf"(?:is )?(?:<|less than|smaller than|below) {NUMBER}",
        "{below}",
        {"n is less than 2": ("n", "1"), "n < 10": ("n", "9")},
    ),
    pattern(r"is None", "None", {"x is None": ("x", "None")}),
    pattern(
        r"is not (?P<type>[a-z ]+)",
        "{type}",
        {"x is not a string": ("x", "5"), "x is not an int": ("x", '"a"'), "x is not valid": (None, None)},
    ),
    pattern(
        r"(?:is|was) (?:an )?empty(?: \w+)?",
        None,
        {"items is empty": ("items", None), "the list is empty": ("list", None)},
    ),
)
LEAD = re.compile(r"(?:is |are )?(?:raised )?(?:if|when|whenever|for|in case) ", re.IGNORECASE)


def condition(description: str) -> Condition | None:
    """The first alternative of a condition that names an argument and a value; None if any part is not understood."""
    plain = re.sub(r"[`*\"']|:\w+:", "", description).strip()
    lead = LEAD.match(plain)
    plain = plain[lead.end() :] if lead else plain
    plain = plain[:-1] if plain.endswith(".") else plain
    for found in PATTERNS:
        match = found.text.fullmatch(plain)
        if match:
            return _condition(match, found.value)
    first, _, rest = plain.partition(" or ")
    return condition(first) if rest and not re.search(r"\band\b|\bunless\b|\bonly\b|[.;]", plain) else None


def _condition(match: re.Match[str], value: str | None) -> Condition | None:
    groups = match.groupdict()
    name = groups["name"]
    if value == "{type}":
        value = OTHER_TYPE.get(groups["type"])
        return Condition(name, value) if value else None
    if value in ("{above}", "{below}"):
        number = groups.get("number") or groups.get("limit") or "0"
        limit = float(number) if "." in number else int(number)
        value = str(limit + 1 if value == "{above}" else limit - 1)
    return Condition(name, value, name if value is None else None)

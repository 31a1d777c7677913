"""How people write a call with its result: one record per notation, with its own examples, which are tests. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum

from reviewer.records import record

ARROW = r"(?:-{1,2}>|={1,2}>|[→⇒↦⟶⟹➜])"
GAP = r"(?:[ \t]+|[ \t]*\n[ \t]*)"  # never a blank line: what comes after one is another matter
A = r"(?:(?:an?|the)\s+)?"


class Ends(StrEnum):
    """What may follow the result."""

    SENTENCE = "sentence"  # punctuation or a line's end where the sentence is over, closing marks, the next example
    LINE = "line"  # punctuation, a line's end, closing marks, the next example
    ALONE = "alone"  # the result is all that is left of the line


@record(frozen=True, slots=True)
class Notation:
    """What stands between a call and its result; an example's value is (call, result), or None if it is no example."""

    name: str
    between: re.Pattern[str]
    ends: Ends
    examples: Mapping[str, tuple[str, str] | None]
    raises: bool = False  # the result names an exception
    begins_line: bool = False  # the call is the first thing on its line


def notation(
    name: str,
    between: str,
    ends: Ends,
    examples: Mapping[str, tuple[str, str] | None],
    *,
    raises: bool = False,
    begins_line: bool = False,
) -> Notation:
    """A notation from the text of its pattern."""
    return Notation(name, re.compile(between), ends, examples, raises, begins_line)


NOTATIONS = (
    notation(
        "raises",
        rf"{GAP}(?:(?:#|{ARROW})[ \t]*)*(?:raises|will raise|should raise|throws|raise){GAP}{A}",
        Ends.LINE,
        {
            "f(-1) raises ValueError": ("f(-1)", "ValueError"),
            "f(-1)  # raises ValueError": ("f(-1)", "ValueError"),
            "f(-1) -> raises a ``ValueError``.": ("f(-1)", "ValueError"),
            "``f(-1)`` raises :class:`ValueError`": ("f(-1)", "ValueError"),
            "f(-1) raises ValueError: too small": ("f(-1)", "ValueError"),
            "f(-1) raises ValueError if strict": None,
            "f(-1) raises an error": None,
            "See f(2).\n\nRaises:\n    ValueError: if n is odd": None,
            "f(2)\n\nRaises:\n    ValueError: if n is odd": None,
        },
        raises=True,
    ),
    notation(
        "equality",
        r"[ \t]*==[ \t]*|[ \t]+is[ \t]+(?=(?:True|False|None)\b)",
        Ends.LINE,
        {
            "f(2) == 4": ("f(2)", "4"),
            "assert f(2) == 4": ("f(2)", "4"),
            "`f(2) == 4`": ("f(2)", "4"),
            "f(None) is None": ("f(None)", "None"),
            "if f(2) == 4, do that": None,
            "2 * f(2) == 8": None,
            "f(2) == 4 is wrong": None,
        },
    ),
    notation(
        "arrow",
        rf"[ \t]*(?:\n[ \t]*)?{ARROW}\s*",
        Ends.LINE,
        {
            "f(2) -> 4": ("f(2)", "4"),
            "f(2) => 4": ("f(2)", "4"),
            "f(2) → 4": ("f(2)", "4"),
            "f(2) ↦ [4,\n5]": ("f(2)", "[4,\n5]"),
            "``f(2)`` -> ``4``": ("f(2)", "4"),
            "f(2) -> 4 (the square)": None,
            "f(2) -> 4 items": None,
            "f(2) -> 1.41...": None,
            "f(2) -> int": None,
            "f(2) -> ...": None,
            "sorted(f(2)) -> [4]": None,
            "f(1), f(2) -> 1, 4": None,
            "divide(7, 2), f(2) -> 4": ("f(2)", "4"),
            "f(2) -> 4, 5": ("f(2)", "(4, 5)"),
        },
    ),
    notation(
        "marked comment",
        rf"\s*#\s*(?:{ARROW}|==|[Rr]eturns?\b:?|gives\b|[Rr]esult\b:?|[Oo]utput\b:?)\s*",
        Ends.ALONE,
        {
            "f(2)  # -> 4": ("f(2)", "4"),
            "f(2)  # => 4": ("f(2)", "4"),
            "f(2)  # returns 4": ("f(2)", "4"),
            "f(2)\n# => 4": ("f(2)", "4"),
            "f(2)  # -> the square": None,
            "f(2)  # returns 4 or 5": None,
        },
    ),
    notation(
        "comment",
        r"[ \t]*#[ \t]*",
        Ends.ALONE,
        {
            "f(2)  # 4": ("f(2)", "4"),
            "f(2)  # [4, 5]": ("f(2)", "[4, 5]"),
            "f(2)  # 4 items": None,
            "f(2)  # fast": None,
            "f(2)  # 1. first": None,
        },
    ),
    notation(
        "sentence",
        rf"{GAP}(?:(?:will |should |would )?(?:return|give|produce|equal)s?|evaluates to|results in|is equal to)"
        rf":?{GAP}",
        Ends.SENTENCE,
        {
            "For example, f(2) returns 4.": ("f(2)", "4"),
            "f(2) should return\n4": ("f(2)", "4"),
            "`f(2)` returns `4`": ("f(2)", "4"),
            "f(2) returns 4 if lucky": None,
            "f(2) returns 4\nitems": None,
            "f(2) returns 4 as text": None,
            "f(2)\n\nReturns:\n    None": None,
            "f(2)\nReturns:\n    None": None,
        },
    ),
    notation(
        "equals",
        r"[ \t]*=[ \t]*(?!=)",
        Ends.LINE,
        {"f(2) = 4": ("f(2)", "4"), "f(x=2) = 4, g(3) = 9": ("f(x=2)", "4"), "f(2) = x = 4": None},
    ),
    notation(
        "colon",
        r"[ \t]*:[ \t]+",
        Ends.ALONE,
        {"f(2): 4": ("f(2)", "4"), "- `f(2)`: `4`": ("f(2)", "4"), "see f(2): 4": None, "f(2): 4 by default": None},
        begins_line=True,
    ),
)

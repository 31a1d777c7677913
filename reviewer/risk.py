"""Which function to review first, so that a deadline costs the least."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from reviewer.data import ChangedFunction

MOST_LINES = 40  # a change of more lines is no riskier by this measure: it would hide everything else
MOST_BRANCHES = 20
UNTESTED = 8  # what no test and no example weigh, in changed lines
UNDOCUMENTED = 5


def order(functions: Sequence[ChangedFunction], tested_names: Collection[str]) -> tuple[ChangedFunction, ...]:
    """The functions, most at risk first; `tested_names` are identifiers that the repository's tests mention.

    Equal risks keep the order of path and line, so the result depends on nothing but the functions.
    """
    return tuple(sorted(functions, key=lambda one: (-risk(one, tested_names), one.path, one.version.line, one.id)))


def risk(function: ChangedFunction, tested_names: Collection[str]) -> int:
    """How much may go wrong unseen, in changed lines: these count one each, a branch as much as two lines."""
    version = function.version
    score = min(len(function.changed_lines), MOST_LINES) + 2 * min(version.branches, MOST_BRANCHES)
    if not has_example(version.docstring or "", version.name):
        score += UNDOCUMENTED
    if not is_tested(version.name, tested_names):
        score += UNTESTED
    return score


def has_example(docstring: str, name: str) -> bool:
    """The docstring shows a call, in any of the usual notations."""
    call = rf"\b{re.escape(name.rpartition('.')[2])}\([^\n]*\)\s*(?:==|->|=>|#|returns\b)"
    return bool(re.search(rf"^\s*>>> |^\s*Examples?\s*:?:?\s*$|{call}", docstring, re.MULTILINE))


def is_tested(name: str, tested_names: Collection[str]) -> bool:
    """A test names the function, or for a constructor and the like its class."""
    *outer, own = name.split(".")
    if own.startswith("__") and own.endswith("__") and outer:
        own = outer[-1]
    return own in tested_names

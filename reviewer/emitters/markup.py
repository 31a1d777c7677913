"""Texts that nobody vouches for, inside Markdown as GitHub, GitLab and Gitea read it: shown, and never obeyed."""

from __future__ import annotations

import re

from reviewer.emitters import sanitise

# What renderers act on in running text: Markdown's own signs, HTML and its entities, and what GitHub and GitLab make
# links, mentions, formulas, emoji or quick actions of. https://github.github.com/gfm/,
# https://docs.gitlab.com/user/markdown/#gitlab-specific-references
_SIGNS = re.compile(r"[\\`*_\[\]<>&|~$]")
_ENTITIES = {"<": "&lt;", ">": "&gt;", "&": "&amp;"}
_START = re.compile(r"^(\d*)([-+#=:/.)])")  # of a heading, list, underline or quick action
# A comment splits a word for the filters that run on what is rendered, where an escape is long gone.
_SPLIT = "<!-- -->"
_REFERENCE = re.compile(
    r"(?:[@#!%^:]|&amp;|\\[$~])(?=[\w\\\"'/*.-])|\\\[(?=[\w\\]+:)|(?<=www)(?=\.)|(?<=gh)(?=-)|(?<=\\\$)$", re.IGNORECASE
)
_CODE = re.compile("`([^`]+)`")


def prose(text: str) -> str:
    """A text on one line, as plain words; what it has between backticks stays code."""
    pieces = enumerate(_CODE.split(sanitise.line(text).strip()))
    whole = "".join(code(piece) if number % 2 else _plain(piece) for number, piece in pieces)
    return _START.sub(r"\1\\\2", whole.replace("``", f"`{_SPLIT}`"))


def _plain(text: str) -> str:
    safe = _SIGNS.sub(lambda sign: _ENTITIES.get(sign[0], f"\\{sign[0]}"), text)
    return _REFERENCE.sub(lambda reference: f"{reference[0]}{_SPLIT}", safe)


def code(text: str) -> str:
    """Code on one line: nothing inside is acted on."""
    safe = sanitise.line(text)
    if not safe.strip():
        return "(blank)" if safe else "(empty)"
    marks = "`" * (_longest(safe, 0) + 1)
    space = " " if "`" in (safe[0], safe[-1]) or safe[0] == safe[-1] == " " else ""
    return f"{marks}{space}{safe}{space}{marks}"


def fence(text: str, language: str) -> str:
    """Code of several lines, in a fence that is longer than any inside; without a newline at the end."""
    safe = sanitise.block(text).rstrip("\n")
    marks = "`" * (_longest(safe, 2) + 1)
    return f"{marks}{language}\n{safe}\n{marks}"


def _longest(text: str, least: int) -> int:
    """The length of the longest run of backticks, and at least `least`."""
    return max(least, *(len(run) for run in re.findall("`+", text)), 0)

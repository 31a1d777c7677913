"""Prompt templates and reply schemas: find them, render them strictly, hash them.

They are data files in `prompts/` (its README has the table of placeholders): beside this module in an installed
wheel, at the top of the repository in an editable install.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from reviewer.records import record

PLACEHOLDER = re.compile(r"\{\{([a-z_]+)\}\}")
PARTS = ("system.md", "user.md", "schema.json")


class TemplateError(ValueError):
    """A template that does not exist or cannot be rendered with these values; the text names what is wrong."""


@record(frozen=True, slots=True)
class Prompt:
    """One prompt: `system` is "" and `schema` empty where the prompt only continues a conversation."""

    name: str
    system: str
    user: str
    schema: Mapping[str, object]
    hash: str  # hexadecimal, of everything above


def folder() -> Path:
    """Where the templates are."""
    packaged = Path(__file__).parent / "prompts"
    return packaged if packaged.is_dir() else Path(__file__).parents[1] / "prompts"


@cache
def load(name: str) -> Prompt:
    """The prompt of this name. Raises TemplateError if there is none."""
    files = {part: folder() / f"{name}.{part}" for part in PARTS}
    texts = {part: path.read_text(encoding="utf-8") if path.is_file() else "" for part, path in files.items()}
    if not texts["user.md"]:
        raise TemplateError(f"there is no prompt {name!r} in {folder()}")
    digest = hashlib.sha256(json.dumps([name, texts]).encode()).hexdigest()
    schema = json.loads(texts["schema.json"] or "{}")
    return Prompt(name, texts["system.md"].removesuffix("\n"), texts["user.md"].removesuffix("\n"), schema, digest)


def placeholders(template: str) -> frozenset[str]:
    """Names of the template's placeholders. Raises TemplateError on braces that are none."""
    if stray := re.search(r"\{\{.{0,20}|.{0,20}\}\}", PLACEHOLDER.sub("", template)):
        raise TemplateError(f"not a placeholder: {stray.group()!r}")
    return frozenset(PLACEHOLDER.findall(template))


def render(template: str, values: Mapping[str, str]) -> str:
    """The template with its placeholders replaced; what a value contains is never expanded.

    Raises TemplateError naming the placeholders that have no value and the values that have no placeholder.
    """
    names = placeholders(template)
    problems = [f"no value for {name}" for name in sorted(names - values.keys())]
    problems += [f"no placeholder {name}" for name in sorted(values.keys() - names)]
    if problems:
        raise TemplateError(", ".join(problems))
    return PLACEHOLDER.sub(lambda match: values[match[1]], template)

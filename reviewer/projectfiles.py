"""What the project's own configuration files say, believing nothing about their shape. EFFECT: reads files."""

from __future__ import annotations

import configparser
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def toml(path: Path) -> Mapping[str, Any] | None:
    """What a TOML file says, None where there is none or it does not parse."""
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return None


def ini(path: Path) -> configparser.RawConfigParser:
    """What an INI file says; nothing where there is none or it does not parse."""
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read(path, "utf-8")
    except (configparser.Error, UnicodeDecodeError):
        return configparser.RawConfigParser()
    return parser


def at(data: Any, *keys: str) -> Any:
    """What stands under nested keys, None where one of them is not there."""
    for key in keys:
        data = data.get(key) if isinstance(data, Mapping) else None
    return data


def texts(value: Any) -> list[str]:
    """A text, or the texts of a list; none in anything else."""
    if isinstance(value, str):
        return [value]
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


PYTEST = (
    ("pytest.ini", "pytest"),
    (".pytest.ini", "pytest"),
    ("tox.ini", "pytest"),
    ("setup.cfg", "tool:pytest"),
)
"""Where pytest's settings stand beside pyproject.toml, and under which heading."""

DOCTEST_FLAGS = ("ELLIPSIS", "NORMALIZE_WHITESPACE", "IGNORE_EXCEPTION_DETAIL")
"""Those that say how an example's text is meant; a project that skips its examples still documents them."""


def doctest_flags(root: Path) -> tuple[str, ...]:
    """The option flags that the project gives its doctests, where it has pytest run them."""
    settings = at(toml(root / "pyproject.toml"), "tool", "pytest")
    found = texts(at(settings, "ini_options", "doctest_optionflags")) + texts(at(settings, "doctest_optionflags"))
    for name, heading in PYTEST:
        found = found if any(found) else [ini(root / name).get(heading, "doctest_optionflags", fallback="")]
    named = " ".join(found).split()
    return tuple(flag for flag in DOCTEST_FLAGS if flag in named)

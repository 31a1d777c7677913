"""Print the requirements of one extra of pyproject.toml, for the Makefile.

usage: requirements.py EXTRA [--only PACKAGE | --without PACKAGE]
"""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path


def requirements(extra: str, *, only: str = "", without: str = "") -> list[str]:
    """The extra's requirement strings, as pip takes them."""
    project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text())["project"]
    found: list[str] = project["optional-dependencies"][extra]
    return [line for line in found if line.startswith(only) and not (without and line.startswith(without))]


if __name__ == "__main__":
    extra, *rest = sys.argv[1:]
    named = {rest[0].removeprefix("--"): rest[1]} if rest else {}
    sys.stdout.write("\n".join(requirements(extra, **named)) + "\n")

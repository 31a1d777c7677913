"""Report -> text, one module per format. A new format is a module with `emit` and a line in `FORMATS`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from reviewer.data import Report

FORMATS = {
    "text": "reviewer.emitters.text",
    "json": "reviewer.emitters.json",
    "sarif": "reviewer.emitters.sarif",
    "github": "reviewer.emitters.github",
    "gitlab": "reviewer.emitters.gitlab",
    "rdjsonl": "reviewer.emitters.rdjsonl",
    "junit": "reviewer.emitters.junit",
    "markdown": "reviewer.emitters.markdown",
    "html": "reviewer.emitters.html",
}


class Emitter(Protocol):
    """Writes a report in one format; formats for machines heed `show_all` alone, JSON not even that."""

    def __call__(self, report: Report, *, color: bool, width: int, verbose: bool, show_all: bool) -> str:
        """The whole output, ending in a newline unless it is empty. `width` is the number of columns for prose."""


def emitter(name: str) -> Emitter:
    """The emitter of a format, its module imported only now. Raises KeyError for a name not in `FORMATS`."""
    from importlib import import_module

    emit: Emitter = import_module(FORMATS[name]).emit
    return emit

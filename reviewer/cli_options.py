"""The options that several commands share, and what they mean together."""

from __future__ import annotations

from typing import Annotated

import typer

from reviewer.data import Selection, SelectionKind
from reviewer.emitters import FORMATS
from reviewer.errors import UsageError

HELP = {"help_option_names": ["-h", "--help"]}

Paths = Annotated[
    list[str] | None,
    typer.Argument(metavar="PATHS", help="Files, folders, or a function: mod.py::Class.method.", show_default=False),
]
Staged = Annotated[bool, typer.Option("--staged", help="The index against HEAD.")]
Worktree = Annotated[bool, typer.Option("--worktree", help="Tracked files on disk against HEAD.")]
Base = Annotated[str | None, typer.Option("--base", metavar="REF", help="The merge base of REF and HEAD against HEAD.")]
Range = Annotated[str | None, typer.Option("--range", metavar="A..B", help="A..B or A...B, as git reads it.")]
All = Annotated[bool, typer.Option("--all", help="Every function of the paths, as if new.")]
Format = Annotated[str, typer.Option("--format", metavar="FORMAT", help=f"One of {', '.join(FORMATS)}.")]
TestsFormat = Annotated[str, typer.Option("--format", metavar="FORMAT", help="text or json.")]
Output = Annotated[str | None, typer.Option("--output", metavar="FILE", help="Write the report to FILE instead.")]
TestsOutput = Annotated[
    str | None, typer.Option("--output", metavar="FILE", help="Write the patch or the JSON to FILE instead.")
]
ModelName = Annotated[
    str | None, typer.Option("--model", metavar="NAME", help="A model of the Ollama server, or auto, embedded, none.")
]
Deadline = Annotated[
    str | None, typer.Option("--deadline", metavar="SECONDS", help="End by then; name what was not reviewed.")
]
FailOn = Annotated[
    str | None, typer.Option("--fail-on", metavar="EVIDENCE", help="Exit 1 on proved or suspected findings, or never.")
]
OnIncomplete = Annotated[
    str | None, typer.Option("--on-incomplete", metavar="fail|pass", help="Whether what was not reviewed exits 3.")
]
NoExecute = Annotated[bool, typer.Option("--no-execute", help="Run no code: no proofs, and the report says so.")]
Unsandboxed = Annotated[bool, typer.Option("--unsandboxed", help="Run code even where nothing isolates it.")]
Baseline = Annotated[
    str | None, typer.Option("--baseline", metavar="FILE", help="Leave out the findings that FILE knows.")
]
WriteBaseline = Annotated[bool, typer.Option("--write-baseline", help="Make what is found known to the baseline.")]
Apply = Annotated[bool, typer.Option("--apply", help="Put verified suggestions into the worktree.")]
Replay = Annotated[
    str | None, typer.Option("--replay", metavar="ID", help="Run one finding or behaviour change again, in full.")
]
Show = Annotated[str | None, typer.Option("--show", metavar="all", help="all: list what is folded otherwise.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print findings and errors only.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Say more.")]


def one_of(option: str, value: str | None, *allowed: str) -> bool:
    """Whether the option was given; raises UsageError for a value that is not allowed."""
    if value is not None and value not in allowed:
        raise UsageError(f"{option} {value}: {'choose from' if len(allowed) > 1 else 'expected'} {', '.join(allowed)}")
    return value is not None


def flags(
    *,
    model: str | None,
    deadline: str | None,
    on_incomplete: str | None,
    unsandboxed: bool,
    quiet: bool,
    verbose: bool,
    fail_on: str | None = None,
    no_execute: bool = False,
    baseline: str | None = None,
    show: str | None = None,
) -> dict[str, object]:
    """The settings that options give, by the settings' names; None leaves a setting to file and environment."""
    return {
        "model": model,
        "deadline": deadline,
        "fail_on": fail_on,
        "on_incomplete": on_incomplete,
        "execute": False if no_execute else None,
        "unsandboxed": unsandboxed or None,
        "baseline": baseline,
        "show_all": one_of("--show", show, "all") or None,
        "quiet": quiet or None,
        "verbose": verbose or None,
    }


def chosen_selection(
    default: SelectionKind, *, staged: bool, worktree: bool, base: str | None, range_: str | None, all_: bool
) -> Selection:
    """The one selection that the options name. Raises UsageError for several."""
    given = [
        (name, selection)
        for name, on, selection in (
            ("--staged", staged, Selection(SelectionKind.STAGED)),
            ("--worktree", worktree, Selection(SelectionKind.WORKTREE)),
            ("--base", base is not None, Selection(SelectionKind.BASE, base)),
            ("--range", range_ is not None, Selection(SelectionKind.RANGE, range_)),
            ("--all", all_, Selection(SelectionKind.ALL)),
        )
        if on
    ]
    if len(given) > 1:
        raise UsageError(f"{' and '.join(name for name, _ in given)} exclude each other: give one")
    return given[0][1] if given else Selection(default)

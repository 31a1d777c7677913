"""The Typer application: options -> settings, call the command, return the exit code."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from reviewer.data import Selection, SelectionKind
from reviewer.errors import UsageError
from reviewer.plain import PlainCommand, PlainGroup

SETTINGS = {"help_option_names": ["-h", "--help"]}

# Rich help and completion would cost every start 50 ms.
app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    context_settings=SETTINGS,
    help="Review the changed functions of a git change with a model on this machine. Nothing leaves it.",
)
git_app = typer.Typer(
    add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False, context_settings=SETTINGS
)
hook_app = typer.Typer(cls=PlainGroup, rich_markup_mode=None, no_args_is_help=True, help="What the git hooks call.")
cache_app = typer.Typer(
    cls=PlainGroup, rich_markup_mode=None, no_args_is_help=True, help="Inspect or clear the cache of replies."
)
app.add_typer(hook_app, name="hook", context_settings=SETTINGS)
app.add_typer(cache_app, name="cache", context_settings=SETTINGS)

Paths = Annotated[
    list[str] | None,
    typer.Argument(metavar="PATHS", help="Files, folders, or a function: mod.py::Class.method.", show_default=False),
]
Staged = Annotated[bool, typer.Option("--staged", help="The index against HEAD.")]
Worktree = Annotated[bool, typer.Option("--worktree", help="Tracked files on disk against HEAD.")]
Base = Annotated[str | None, typer.Option("--base", metavar="REF", help="The merge base of REF and HEAD against HEAD.")]
Range = Annotated[str | None, typer.Option("--range", metavar="A..B", help="A..B or A...B, as git reads it.")]
All = Annotated[bool, typer.Option("--all", help="Every function of the paths, as if new.")]
Format = Annotated[str, typer.Option("--format", metavar="FORMAT", help="text or json.")]
Output = Annotated[str | None, typer.Option("--output", metavar="FILE", help="Write the report to FILE instead.")]
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


@app.command(cls=PlainCommand)
def review(
    context: typer.Context,
    paths: Paths = None,
    staged: Staged = False,
    worktree: Worktree = False,
    base: Base = None,
    range_: Range = None,
    all_: All = False,
    format_: Format = "text",
    output: Output = None,
    model: ModelName = None,
    deadline: Deadline = None,
    fail_on: FailOn = None,
    on_incomplete: OnIncomplete = None,
    no_execute: NoExecute = False,
    unsandboxed: Unsandboxed = False,
    baseline: Baseline = None,
    write_baseline: WriteBaseline = False,
    apply: Apply = False,
    replay: Replay = None,
    show: Show = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Review the changed functions: what is staged, else what is edited."""
    from reviewer.commands.review import review as command

    default = SelectionKind.UNPUSHED if context.obj == "git review" else SelectionKind.DEFAULT
    flags: dict[str, object] = {
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
    selection = chosen_selection(default, staged=staged, worktree=worktree, base=base, range_=range_, all_=all_)
    if replay is not None:
        if apply or write_baseline or output or format_ != "text":
            raise UsageError("--replay prints one thing as text: give it no other format, and nothing to write")
        from reviewer.commands.replay import replay as show_again

        raise typer.Exit(show_again(selection, paths or (), flags, replay))
    wishes = {"apply": apply, "write_baseline": write_baseline}
    raise typer.Exit(command(selection, paths or (), flags, format_, Path(output) if output else None, **wishes))


git_app.command(cls=PlainCommand)(review)


@app.command(cls=PlainCommand)
def tests(
    paths: Paths = None,
    staged: Staged = False,
    worktree: Worktree = False,
    base: Base = None,
    range_: Range = None,
    all_: All = False,
    write: Annotated[
        bool, typer.Option("--write", help="Write the test files; else a unified diff is printed.")
    ] = False,
    prune: Annotated[
        bool, typer.Option("--prune", help="Remove generated tests whose function or promise is gone.")
    ] = False,
    characterise: Annotated[
        bool, typer.Option("--characterise", help="Also pin down what nobody promised: what the function does now.")
    ] = False,
    format_: Format = "text",
    model: ModelName = None,
    deadline: Deadline = None,
    on_incomplete: OnIncomplete = None,
    unsandboxed: Unsandboxed = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Make pytest tests from the docstrings of the changed functions, or of those that PATHS name."""
    from reviewer.commands.tests import tests as command
    from reviewer.generation import Options

    flags: dict[str, object] = {
        "model": model,
        "deadline": deadline,
        "on_incomplete": on_incomplete,
        "unsandboxed": unsandboxed or None,
        "quiet": quiet or None,
        "verbose": verbose or None,
    }
    default = SelectionKind.DEFAULT
    selection = chosen_selection(default, staged=staged, worktree=worktree, base=base, range_=range_, all_=all_)
    raise typer.Exit(command(selection, paths or (), flags, format_, Options(write, prune, characterise)))


@hook_app.command("pre-commit", cls=PlainCommand)
def hook_pre_commit() -> None:
    """Review what is staged, within 20 seconds; what could not be reviewed is said and does not block."""
    from reviewer.commands.hook import hook

    raise typer.Exit(hook("pre-commit"))


@app.command(cls=PlainCommand)
def doctor(model: ModelName = None) -> None:
    """Say what reviewer finds on this machine: git, the server, the model, the cache; ask one tiny question."""
    from reviewer.commands.doctor import doctor as command

    raise typer.Exit(command({"model": model}))


@cache_app.command("size", cls=PlainCommand)
def cache_size() -> None:
    """How large the cache is, and where."""
    from reviewer.commands.cache import cache

    raise typer.Exit(cache("size"))


@cache_app.command("clear", cls=PlainCommand)
def cache_clear() -> None:
    """Forget every reply."""
    from reviewer.commands.cache import cache

    raise typer.Exit(cache("clear"))


def version(asked: bool) -> None:
    """Print the version and end."""
    if asked:
        from reviewer import __version__

        typer.echo(f"reviewer {__version__}")
        raise typer.Exit


@app.callback(cls=PlainGroup)
def options(
    _version: Annotated[
        bool, typer.Option("--version", callback=version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Options before the command."""


def one_of(option: str, value: str | None, *allowed: str) -> bool:
    """Whether the option was given; raises UsageError for a value that is not allowed."""
    if value is not None and value not in allowed:
        raise UsageError(f"{option} {value}: choose from {', '.join(allowed)}")
    return value is not None


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


def run(arguments: Sequence[str]) -> int:
    """The command `reviewer`."""
    return started(app, "reviewer", arguments)


def run_git_review(arguments: Sequence[str]) -> int:
    """The command `git review`."""
    return started(git_app, "git review", arguments)


def started(application: typer.Typer, name: str, arguments: Sequence[str]) -> int:
    """Run an application; its exit code."""
    try:
        application(args=list(arguments), prog_name=name, obj=name)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0
    return 0

"""`reviewer review`: settings, pipeline, emitter, exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from reviewer import changes, config, emitters, pipeline
from reviewer.commands import afterwards
from reviewer.commands.output import say as say
from reviewer.config import Config
from reviewer.data import Evidence, Reason, Report, Selection
from reviewer.errors import ExitCode, UsageError
from reviewer.progress import Progress


def review(
    selection: Selection,
    paths: Sequence[str],
    flags: Mapping[str, object],
    format_: str,
    output: Path | None,
    *,
    apply: bool = False,
    write_baseline: bool = False,
) -> int:
    """Review, show the report, return the exit code. Raises ReviewerError with nothing on stdout.

    `write_baseline` makes the findings known, so that none of them fails the run; `apply` changes the worktree. Neither
    is done after Ctrl-C.
    """
    check_output(format_, output)
    cwd = Path.cwd()
    settings = config.load(changes.repository_root(cwd), flags, os.environ)
    if write_baseline:
        afterwards.readable_baseline(settings, cwd)
    report = reviewed(replace(settings, baseline=None) if write_baseline else settings, selection, paths, cwd)
    show(report, settings, format_, output)
    code = exit_code(report, settings)
    if code is ExitCode.INTERRUPTED:
        return code
    if apply:
        afterwards.apply(report, selection, paths, cwd)
    if write_baseline:
        afterwards.write_baseline(report, settings, selection, paths, cwd)
        return exit_code(replace(report, findings=()), settings)
    return code


def check_output(format_: str, output: Path | None, formats: Collection[str] = emitters.FORMATS) -> None:
    """Raise UsageError now, and not after the review, for a format or a file that cannot be."""
    if format_ not in formats:
        raise UsageError(f"--format {format_}: choose from {', '.join(formats)}")
    if output is not None and (output.is_dir() or not output.absolute().parent.is_dir()):
        raise UsageError(f"--output {output}: {'it is a folder' if output.is_dir() else 'the folder does not exist'}")


def reviewed(
    settings: Config, selection: Selection, paths: Sequence[str], cwd: Path, *, recalls: bool = False
) -> Report:
    """Run the pipeline, with progress and warnings on stderr; with `recalls` a model is asked nothing new."""
    with Progress(sys.stderr, os.environ, enabled=not settings.quiet) as progress:
        said = pipeline.Listener(step=progress.step, note=progress.say)
        listener = pipeline.Listener(recalls=True) if recalls else said
        return pipeline.review(settings, selection, paths, cwd, listener)


def worth_a_line(report: Report) -> bool:
    """Whether there is more to say than that all is well."""
    return report.incomplete or any(not finding.folded for finding in report.findings)


def show(report: Report, settings: Config, format_: str, output: Path | None) -> None:
    """Write the report to the file or to stdout, as UTF-8; to people who asked for quiet, nothing when clean."""
    if settings.quiet and format_ == "text" and output is None and not worth_a_line(report):
        return
    terminal = output is None and sys.stdout.isatty()
    plain = os.environ.get("NO_COLOR") or os.environ.get("CI") or os.environ.get("TERM") == "dumb"
    color, width = terminal and not plain, columns() if terminal else 120
    emit = emitters.emitter(format_)
    text = emit(report, color=color, width=width, verbose=settings.verbose, show_all=settings.show_all)
    put(text, output)


def put(text: str, output: Path | None) -> None:
    """Write text to the file or to stdout. Raises UsageError, OutputError."""
    data = text.encode("utf-8", "backslashreplace")
    if output is None:
        say(data)
        return
    try:
        write(output, data)
    except OSError as error:
        raise UsageError(f"--output {output}: {error.strerror}") from error


def write(output: Path, data: bytes) -> None:
    """Write a file whole or not at all; a pipe or device (`/dev/stdout`) is written to. Raises OSError."""
    if output.exists() and not output.is_file():
        output.write_bytes(data)
        return
    from reviewer.wholefile import write_whole

    write_whole(output.resolve(), data)


def columns() -> int:
    """The terminal's width."""
    import shutil

    return shutil.get_terminal_size((100, 24)).columns


def exit_code(report: Report, settings: Config) -> ExitCode:
    """What the contract says of this report under these settings."""
    if any(item.reason is Reason.INTERRUPTED for item in report.unreviewed):
        return ExitCode.INTERRUPTED
    failing = {"proved": {Evidence.PROVED}, "suspected": set(Evidence), "never": set()}[settings.fail_on]
    if any(one.introduced and one.evidence in failing and not one.folded for one in report.findings):
        return ExitCode.FINDINGS
    if report.incomplete and settings.on_incomplete == "fail":
        return ExitCode.INCOMPLETE
    return ExitCode.CLEAN

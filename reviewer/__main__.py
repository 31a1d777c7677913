"""Where the scripts `reviewer` and `git-review` start.

Kept light: what can be answered without the command line's libraries is answered before they are imported.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Sequence

TYPE_CHECKING = False  # as in `typing`, whose import takes as long as all else that a hook with nothing to do takes
if TYPE_CHECKING:
    from types import FrameType

QUIET_SECONDS = 15.0  # after being told to end, in which being told again changes nothing
POSTPONED_SECONDS = 0.01
IMPORTING = "<frozen importlib._bootstrap>"  # the code that holds the locks of imports
_interrupted: float | None = None


def main(arguments: Sequence[str] | None = None) -> int:
    """The command `reviewer`; returns its exit code."""
    arguments = sys.argv[1:] if arguments is None else arguments
    stand_in()
    if list(arguments[:1]) == ["hook"]:
        from reviewer.quick import nothing_to_review

        if nothing_to_review(arguments[1:], os.environ):
            return 0

    def command() -> int:
        from reviewer.cli import run

        return run(arguments)

    return guarded(command)


def git_review(arguments: Sequence[str] | None = None) -> int:
    """The command `git review`: `reviewer review` of everything that is not yet upstream."""
    arguments = sys.argv[1:] if arguments is None else arguments
    stand_in()

    def command() -> int:
        from reviewer.cli import run_git_review

        return run_git_review(arguments)

    return guarded(command)


def guarded(command: Callable[[], int]) -> int:
    """Run a command; turn what it raises into one sentence and an exit code."""
    gc.disable()  # a tenth of the start-up time is spent collecting what imports made and nobody drops
    import signal

    from reviewer.errors import ExitCode, OutputError, ReviewerError

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):  # the latter: the terminal was closed
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, interrupt)
    if sys.unraisablehook is sys.__unraisablehook__:
        sys.unraisablehook = swallowed
    try:
        return command()
    except (ReviewerError, OutputError) as error:
        complain(str(error))
        return ExitCode.USAGE
    except KeyboardInterrupt:
        complain("interrupted")
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        # The reader of stdout went away (`| head`); Python would complain again when it flushes at exit.
        # https://docs.python.org/3/library/signal.html#note-on-sigpipe
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.CLEAN
    except Exception as error:  # the exit code 1 that Python would give means findings: a bug must not look like one
        import errno
        import traceback

        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            complain(f"{error.filename or 'what there is to say'} cannot be written: {error.strerror}")
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        elif isinstance(error, FileNotFoundError) and nowhere():
            complain("the current folder does not exist any more")
        else:
            complain("".join(traceback.format_exception(error)).rstrip("\n"), whole=True)
            complain("this is a bug in reviewer: please report the lines above")
        return ExitCode.USAGE
    finally:
        # Where an interrupt went through an `exec` of text, such as those that make named tuples, Python would end by
        # SIGINT, whatever the exit code; the next one makes it forget. https://bugs.python.org/issue1054041
        exec("")  # noqa: S102


def nowhere() -> bool:
    """Whether the current folder was deleted, as by a change of branch."""
    try:
        os.getcwd()  # noqa: PTH109 - no pathlib this early
    except FileNotFoundError:
        return True
    return False


def stand_in() -> None:
    """Let what is written to a closed stdout or stderr (`>&-`) go nowhere, rather than into a file opened later."""
    while (number := os.open(os.devnull, os.O_RDWR)) < 3:
        os.set_inheritable(number, True)
    os.close(number)
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115 - no pathlib this early


def interrupt(number: int, frame: FrameType | None) -> None:
    """When told to end do as on Ctrl-C: a job that is cancelled, or a hook that is ended, leaves nothing behind.

    Whoever ends a job may say so more than once, which must not disturb the cleaning up. In the middle of an import it
    waits a moment: a lock taken there and never given back would stop every other thread for ever.
    """
    import signal
    import time

    global _interrupted
    now = time.monotonic()
    if frame is not None and frame.f_code.co_filename == IMPORTING:
        again(number)
    elif number == signal.SIGINT or _interrupted is None or now - _interrupted > QUIET_SECONDS:
        _interrupted = now if number != signal.SIGINT else _interrupted
        raise KeyboardInterrupt


def again(number: int) -> None:
    """Be told the same once more, in a moment."""
    import signal

    signal.signal(signal.SIGALRM, lambda _, frame: interrupt(number, frame))
    signal.setitimer(signal.ITIMER_REAL, POSTPONED_SECONDS)


def swallowed(unraisable: sys.UnraisableHookArgs) -> None:
    """An exception that nobody can catch, such as one in a destructor; being told to end must not be lost there."""
    import signal

    if unraisable.exc_type is KeyboardInterrupt:
        again(signal.SIGINT)
    else:
        sys.__unraisablehook__(unraisable)


def complain(text: str, *, whole: bool = False) -> None:
    """One line on stderr, or a `whole` text, without control characters that reviewed text may carry into an error."""
    from reviewer.emitters import sanitise

    try:
        sys.stderr.write(f"{sanitise.block(text)}\n" if whole else f"reviewer: {sanitise.line(text)}\n")
        sys.stderr.flush()
    except OSError:  # nobody reads it: the exit code stays what it is
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())


if __name__ == "__main__":
    # `python -m` searches the current folder first: a repository under review could plant an `ollama.py` there.
    here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120 - before any import
    sys.path[:] = [folder for folder in sys.path if folder == here or os.path.realpath(folder or ".") != os.getcwd()]  # noqa: PTH109
    sys.exit(main())

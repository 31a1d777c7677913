"""The tree of user errors, and the exit codes.

ReviewerError          something the user can mend; its text says what failed and what to do; exit 2
|- UsageError          wrong arguments, a reference or path that does not exist
|- ConfigError         a configuration file, variable or flag that cannot be used
|- GitError            git cannot answer: not a repository, unsafe ownership, missing objects
|- NoModelError        no model can be used
`- TrustError          a prompt may not go where the settings point
OutputError            stdout cannot be written; exit 2; no hook lets a commit pass because of it
ModelError             one request failed; the function becomes unreviewed, the run goes on; never leaves the pipeline
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reviewer.data import Reason


class ExitCode(IntEnum):
    """What the process returns; the contract defines each."""

    CLEAN = 0
    FINDINGS = 1
    USAGE = 2
    INCOMPLETE = 3
    INTERRUPTED = 130


class ReviewerError(Exception):
    """Something the user can mend: one sentence of what failed and what to do."""


class UsageError(ReviewerError):
    """Wrong arguments."""


class ConfigError(ReviewerError):
    """A setting that cannot be used."""


class GitError(ReviewerError):
    """Git cannot answer."""


class NoModelError(ReviewerError):
    """No model can be used."""


class TrustError(ReviewerError):
    """A prompt may not go where the settings point."""


class OutputError(Exception):
    """What there is to say cannot be written."""


class ModelError(Exception):
    """One request to a model failed; `reason` is what the report says of the function, `detail` one line for people."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail

"""A model must earn its voice: what one suspects that has not been measured to be useful is folded. Pure, but for the
shipped table, which is read when there is something to fold.

What is proved needs no licence: it was executed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase

from reviewer.data import Evidence, Finding, ModelInfo, Report
from reviewer.records import record


@record(frozen=True, slots=True)
class Measured:
    """What is known of the models that a name pattern, or the beginning of a digest, stands for."""

    name: str
    licensed: bool
    measured: str
    digest: str | None = None
    fit: bool = True  # worth the further questions that make cases and calls of what it says

    def fits(self, model: ModelInfo) -> bool:
        """Whether this entry is about the model; weights say more than a name, which anybody can give."""
        if self.digest is not None:
            return bare(model.digest).startswith(self.digest)
        return fnmatchcase(model.name.casefold(), self.name.casefold())


def bare(digest: str) -> str:
    """A digest without the name of its algorithm."""
    return digest.rpartition(":")[2]


def table() -> tuple[Measured, ...]:
    """The models of the shipped table."""
    import tomllib
    from importlib import resources

    entries = tomllib.loads(resources.files("reviewer").joinpath("models.toml").read_text("utf-8"))["model"]
    return tuple(Measured(**entry) for entry in entries)


def licensed(model: ModelInfo, trusted: Iterable[str], known: Sequence[Measured]) -> bool:
    """Whether the model's suspicions are listed: the user trusts it by name, or it has been measured to be useful."""
    if any(fnmatchcase(model.name, pattern) for pattern in trusted):
        return True
    return next((entry.licensed for entry in known if entry.fits(model)), False)


def fit(model: ModelInfo) -> bool:
    """Whether further questions to the model are worth their time; one that has failed is not asked them."""
    return next((entry.fit for entry in table() if entry.fits(model)), True)


def fold(report: Report, trusted: Iterable[str]) -> Report:
    """The report with the suspected findings of a model without a licence marked as folded."""
    suspected = any(finding.evidence is Evidence.SUSPECTED for finding in report.findings)
    if not suspected or report.model is None or licensed(report.model, trusted, table()):
        return report
    return replace(report, findings=tuple(folded(finding) for finding in report.findings))


def folded(finding: Finding) -> Finding:
    """A finding marked as folded, if it is only suspected."""
    return replace(finding, folded=True) if finding.evidence is Evidence.SUSPECTED else finding

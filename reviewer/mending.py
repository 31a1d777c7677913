"""The third part of the pipeline: which of the model's suggestions are right, by running each."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace

from reviewer.data import Finding, Reason
from reviewer.evidence import suggestions
from reviewer.evidence.suggestions import Opened
from reviewer.evidence.witnessed import Witness
from reviewer.reading import Subject
from reviewer.reporting import Asked


def mend(
    subject: Subject, asked: Asked, witnesses: Mapping[str, Witness], opened: Opened | None, ends: float | None
) -> Mapping[str, Witness]:
    """Run every suggestion of the model; verified ones are marked, here and on the proved findings that they mend.

    One that breaks what held is taken from its finding and counted. `opened` is None where model's code may not run.
    After Ctrl-C the rest stays unverified, and the function at hand is noted as interrupted.
    """
    shown = dict(witnesses)
    if opened is None or any(item.reason is Reason.INTERRUPTED for item in asked.unreviewed):
        return shown
    for place, finding in enumerate(asked.findings):
        if finding.suggestion is None or (ends is not None and time.monotonic() >= ends):
            continue
        try:
            asked.findings[place] = judged(finding, subject, asked, shown, opened, ends)
        except KeyboardInterrupt:
            function = next(one for one in subject.functions if one.id == finding.function_id)
            asked.reviewed.pop(function.id, None)
            asked.miss(function, Reason.INTERRUPTED, "the run was interrupted while a suggestion was being verified")
            return shown
    return shown


def judged(
    finding: Finding,
    subject: Subject,
    asked: Asked,
    shown: dict[str, Witness],
    opened: Opened,
    ends: float | None,
) -> Finding:
    """The finding with its suggestion judged; the witness of its function gets what the suggestion mends."""
    suggestion = finding.suggestion
    assert suggestion is not None, "only suggestions are judged"
    functions = {function.id: function for function in subject.functions}
    function = functions[finding.function_id]
    data = subject.contents[function.path]
    result = suggestions.judge(suggestion, function, data, shown, functions, opened, ends)
    if result.breaks:
        asked.suggestions_dropped += 1
        return replace(finding, suggestion=None)
    if not result.mends:
        return finding
    witness = shown[function.id]
    proved = suggestions.attached(witness.findings, suggestion.patch, result.mends)
    shown[function.id] = replace(witness, findings=proved)
    return replace(finding, suggestion=replace(suggestion, verified=True))

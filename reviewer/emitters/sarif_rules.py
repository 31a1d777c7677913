"""The rules of the SARIF format: what each verdict, category and notification means, and what to do about it."""

from __future__ import annotations

from reviewer.data import Category, Reason, Severity, Verdict

LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}

_VERDICTS = {
    Verdict.REGRESSION: (
        "the change breaks a promise of the docstring",
        "A documented example or exception held before the change and does not hold after it. Both versions were run,"
        " each twice in fresh processes.",
        "Mend the function; if the new behaviour is meant, say so in its docstring.",
    ),
    Verdict.MISMATCH: (
        "docstring and code disagree",
        "A documented example or exception does not hold, and did not hold before the change either, or is new. It was"
        " run twice in fresh processes.",
        "One of the two is wrong: mend the function or its docstring.",
    ),
    Verdict.UNDOCUMENTED_EXCEPTION: (
        "a call that returned now raises an undocumented exception",
        "The old version returned for this call; the new one raises an exception that no documentation names.",
        "Handle the call as before, or document the exception.",
    ),
    Verdict.CLAIM_CONFIRMED: (
        "what the model claims was seen when it was run",
        "The model named a fault and a call that shows it; the call was run and shows it.",
        "Run the counterexample, then mend the function.",
    ),
    Verdict.CLAIM: (
        "the model suspects a fault",
        "The model says so and quotes code that is there. Nothing was executed that proves it: models are often wrong.",
        "Read the quoted lines; nothing fails because of a suspicion unless `--fail-on suspected` is set.",
    ),
}
_CATEGORIES = {
    Category.CONTRACT: "The code does not do what its documentation says.",
    Category.BUG: "The code goes wrong for what it is meant to handle.",
    Category.ERROR_HANDLING: "An error is hidden, lost, or raised where nobody expects it.",
    Category.SECURITY: "Input that nobody checked can do harm.",
    Category.RESOURCE: "What is opened or started is not closed or ended.",
    Category.CONCURRENCY: "The result depends on which thread or task comes first.",
    Category.PERFORMANCE: "It takes far more time or memory than it has to.",
}
CHANGE = "behaviour-change"
_REASONS = {
    Reason.DEADLINE: ("the time was over", "Give it more with `--deadline`, or review again: answers are remembered."),
    Reason.MODEL_ERROR: ("the model server failed", "`reviewer doctor` says what the server answers."),
    Reason.INVALID_REPLY: ("the model's reply could not be used", "Review again, or take another model."),
    Reason.REFUSED: ("the model or its server refused", "`reviewer doctor` says why a model cannot be asked."),
    Reason.TOO_LARGE: ("the function does not fit into the model's context", "Raise `window`, or split the function."),
    Reason.NO_MODEL: ("no model was asked and nothing of it could be run", "Give it a model, or a documented example."),
    Reason.UNPARSABLE: ("the file could not be parsed", "Mend the syntax, or the declared encoding."),
    Reason.UNREADABLE: ("the file could not be read", "Resolve the conflict, or fetch what is missing."),
    Reason.INTERRUPTED: ("the run was interrupted", "Review again: answers are remembered."),
}
_REMARKS = {
    "folded": (
        "What a model suspects that has not been measured to be useful is only counted.",
        "`--show all` lists it; `trusted-models` in your own configuration unfolds it for good.",
    ),
    "not-sandboxed": ("Nothing was executed, or it was without a sandbox.", "`reviewer doctor` says what is missing."),
    "outside-functions": ("Changed lines that belong to no function are not reviewed.", "Read them yourself."),
    "not-run": ("A documented example could not be tried.", "Mend the example's own text, or what it imports."),
    "left-out": ("Not everything is listed, so that platforms take the file.", "`--format json` has all of it."),
}


def rule(identifier: str) -> dict[str, object]:
    """The descriptor of a rule that a result has: `verdict/category`, or `CHANGE`."""
    if identifier == CHANGE:
        short = "Behaviour change: old and new version differ and no documentation says which is right"
        return _descriptor(
            identifier,
            short,
            "Both versions were run with the same call. It is information and fails nothing.",
            "If the change is meant, nothing; an example in the docstring would make it a promise.",
            Severity.INFO,
            ("behaviour",),
            "very-high",
        )
    verdict, category = (part(word) for part, word in zip((Verdict, Category), identifier.split("/"), strict=True))
    short, full, remedy = _VERDICTS[Verdict(verdict)]
    proved = verdict is not Verdict.CLAIM
    return _descriptor(
        identifier,
        f"{category.value.capitalize()}: {short}",
        f"{_CATEGORIES[Category(category)]} {full}",
        f"{remedy} `# reviewer: ignore[{category}] why` on the line or on the `def` silences it.",
        Severity.ERROR if proved else Severity.WARNING,
        (category.value, "proved" if proved else "suspected"),
        "very-high" if proved else "low",
    )


def _descriptor(
    identifier: str, short: str, full: str, remedy: str, severity: Severity, tags: tuple[str, ...], precision: str
) -> dict[str, object]:
    """`precision` and `problem.severity` are GitHub's own properties: it sorts by them."""
    problem = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "recommendation"}[severity]
    return {
        "id": identifier,
        "name": "".join(word.capitalize() for word in identifier.replace("/", "-").replace("_", "-").split("-")),
        "shortDescription": {"text": f"{short}."},
        "fullDescription": {"text": full},
        "help": {"text": f"{full} {remedy.replace('`', '')}", "markdown": f"**{short}.**\n\n{full}\n\n{remedy}"},
        "defaultConfiguration": {"level": LEVELS[severity]},
        "properties": {"tags": list(tags), "precision": precision, "problem.severity": problem},
    }


def notification(identifier: str) -> dict[str, object]:
    """The descriptor of a notification: `not-reviewed/reason`, or the name of a remark."""
    kind, _, reason = identifier.partition("/")
    text, remedy = _REASONS[Reason(reason)] if reason else _REMARKS[kind]
    full = f"Not reviewed: {text}." if reason else text
    return {
        "id": identifier,
        "shortDescription": {"text": full},
        "fullDescription": {"text": f"{full} {remedy}".replace("`", "")},
        "help": {"text": remedy.replace("`", ""), "markdown": remedy},
    }

"""The part of the pipeline that runs one behaviour change again, nothing remembered."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

from reviewer.boxes import open_box
from reviewer.config import Config
from reviewer.data import BehaviourChange, Selection
from reviewer.reading import read_subject

if TYPE_CHECKING:
    from reviewer.evidence.sandbox import Sandbox
    from reviewer.evidence.twin import Difference

Detail = tuple[str, str]
"""A label and a text, for people."""

SECONDS = 120.0


def twin_again(
    config: Config, selection: Selection, paths: Sequence[str], cwd: Path, shown: BehaviourChange
) -> tuple[BehaviourChange, list[Detail]]:
    """Run the test that makes this call again, compare both versions at that call, and say everything about it."""
    from reviewer import twins

    difference = compared(config, selection, paths, cwd, shown)
    if difference is None:
        return shown, [("run again", "it did not show this time")]
    old, new = twins.outcomes(difference)
    same = (old, new) == (shown.old, shown.new)
    said = "both versions do the same as before" if same else "it came out otherwise this time"
    arguments = [("argument", f"{name} = {text}") for name, text in difference.arguments]
    effects = [
        (f"left by the {side} version", f"{name} = {text}" if text else f"no {name}")
        for side, found in (("old", difference.old_effects), ("new", difference.new_effects))
        for name, text in found
    ]
    return replace(shown, old=old, new=new), [*arguments, *effects, ("run again", said)]


def compared(
    config: Config, selection: Selection, paths: Sequence[str], cwd: Path, shown: BehaviourChange
) -> Difference | None:
    """The difference of this very call, None if there is none this time."""
    from reviewer.evidence import twin

    assert shown.made_by is not None, "only a test's call is run like this"
    subject = read_subject(config, selection, paths, cwd)
    function = next(one for one in subject.todo if one.id == shown.function_id)
    opened = open_box(config, subject.change, [function])
    if opened.box is None:
        return None
    with closing(opened.box):
        box = opened.box.open()
        if box is None:
            return None
        files = [shown.made_by.test.partition("::")[0]]
        ends = time.monotonic() + SECONDS
        found = twin.compare(cast("Sandbox", box), [function], files, deadline=ends, exactly=shown.made_by)
    return next(iter(found.differences.get(function.id, ())), None)

"""What running a whole function showed is told again as long as all that it hangs on is as it was."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from reviewer.cache import Cache
from reviewer.data import Side
from reviewer.evidence import sandbox
from reviewer.evidence.circumstances import circumstances
from reviewer.evidence.dependencies import Contents
from reviewer.evidence.examining import Examiner
from reviewer.evidence.proofs import Place
from reviewer.evidence.remembered import Remembered
from reviewer.evidence.wholes import Wholes
from reviewer.evidence.witness import witnesses
from reviewer.evidence.witnessed import Witness, as_text, from_text
from tests import sample_report
from tests.changed import changed, parsed

OLD = 'from near import more\n\n\ndef f(x):\n    """Add.\n\n    >>> f(1)\n    2\n    """\n    return x + more\n'
NEW = OLD.replace("x + more", "x - more")
SLOW = NEW.replace("    return", "    while True:\n        pass\n    return")
PLACE = Place((".",), "m")


class World:
    """A repository, a cache, and the witness of its one changed function."""

    def __init__(self, folder: Path, store: Cache) -> None:
        self.root, self.store = folder / "repository", store
        self.root.mkdir()
        self.files: dict[str, str] = {"near.py": "more = 1\n", "m.py": NEW, "old": OLD}

    def write(self, **files: str) -> None:
        self.files.update({name.replace("_py", ".py"): text for name, text in files.items()})
        for name, text in self.files.items():
            (self.root / name).write_text(text)
        time.sleep(0.02)  # files are stamped by a clock that stands still for some milliseconds

    def wholes(self, sources: Mapping[str, str] | None = None) -> Wholes:
        sides: dict[Side, dict[str, bytes | None]] = {Side.OLD: {"m.py": self.files["old"].encode()}, Side.NEW: {}}

        def make() -> sandbox.Sandbox:
            limits = sandbox.Limits(wall_seconds=1, cpu_seconds=1)
            return sandbox.open(Path(sys.executable), self.root, [self.root], *sides.values(), limits=limits)

        where = circumstances(Path(sys.executable), os.environ, (self.root,))
        contents = {side: Contents(self.root, files) for side, files in sides.items()}
        return Wholes(Remembered(make, self.store, where, contents), {"m.py": PLACE}, sources or {})

    @property
    def function(self):
        return changed(self.files["old"], self.files["m.py"], "f", path="m.py")

    def run(self) -> Witness:
        wholes = self.wholes()
        with wholes.box as box:
            (witness,) = witnesses([(self.function, parsed(self.files["m.py"], "m.py"), PLACE)], Examiner(box), {})
            wholes.keep(self.function, witness)
        return witness


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with Cache.open(tmp_path / "cache", warn=pytest.fail) as store:
        yield World(tmp_path, store)


def test_it_is_told_as_it_was(world):
    world.write()
    witness = world.run()
    assert witness.findings
    assert witness.behaviour_changes
    assert world.wholes().recalled(world.function) == witness


@pytest.mark.parametrize(
    ("files", "sources"),
    [
        ({"near_py": "more = 2\n"}, {}),
        ({"m_py": NEW + "\nnothing = None\n"}, {}),
        ({"old": OLD.replace("Add", "Sum")}, {}),
        ({}, {"tests/test_m.py": "f(7)\n"}),
    ],
    ids=["what it imports", "its file", "the old version", "a test that calls it"],
)
def test_a_change_of_what_it_hangs_on_makes_it_forgotten(world, files, sources):
    world.write()
    world.run()
    world.write(**files)
    assert world.wholes(sources).recalled(world.function) is None


def test_another_place_of_the_change_makes_it_forgotten(world):
    world.write()
    world.run()
    assert world.wholes().recalled(replace(world.function, changed_lines=())) is None


@pytest.mark.slow
def test_what_time_decided_is_not_kept(world):
    world.write(m_py=SLOW)
    world.run()
    assert world.wholes().recalled(world.function) is None


FULL = Witness(
    findings=(sample_report.PROVED, sample_report.UNDOCUMENTED),
    behaviour_changes=tuple(sample_report.REPORT.behaviour_changes),
    not_run=tuple(sample_report.REPORT.not_run),
    executed=3,
    reason="no reason",
)


@pytest.mark.parametrize("witness", [Witness(), FULL], ids=["nothing", "everything"])
def test_a_witness_is_the_same_after_it_was_a_text(witness):
    assert from_text(as_text(witness)) == witness


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", "null", "[[],[],[],[],0]", '[[],[],[],[],"0",null]', "[[1],[],[],[],0,null]", "[" * 100_000],
)
def test_another_text_is_no_witness(text):
    assert from_text(text) is None

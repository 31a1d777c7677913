"""Only models that have been measured to be useful speak up; what is proved needs no licence."""

from dataclasses import replace

import pytest

from reviewer import licence
from reviewer.commands.review import exit_code
from reviewer.config import Config
from reviewer.data import ModelInfo
from reviewer.emitters.text import emit
from reviewer.errors import ExitCode
from reviewer.licence import Measured
from tests.sample_report import PROVED, REPORT, SUSPECTED

MODEL = ModelInfo("some:7b", "sha256:abcdef", "ollama", None)
SUSPICIONS = replace(
    REPORT, findings=(SUSPECTED, replace(SUSPECTED, id="f9", introduced=True)), unreviewed=(), model=MODEL
)


@pytest.mark.parametrize(
    ("trusted", "known", "speaks"),
    [
        ((), (), False),
        ((), (Measured("some:*", True, "good"),), True),
        ((), (Measured("some:7b", False, "bad"), Measured("some:*", True, "good")), False),
        ((), (Measured("Some:7B", True, "good"),), True),
        ((), (Measured("*", True, "good", digest="abc"),), True),
        ((), (Measured("some:7b", True, "other weights", digest="123"),), False),
        (("some:7b",), (), True),
        (("some:*",), (Measured("some:7b", False, "bad"),), True),
        (("other",), (), False),
    ],
    ids=["unknown", "measured", "first", "case", "digest", "not those weights", "trusted", "trusted anyway", "another"],
)
def test_who_speaks(trusted, known, speaks):
    assert licence.licensed(MODEL, trusted, known) is speaks


def test_no_model_of_the_shipped_table_has_been_measured_to_be_useful_yet():
    table = licence.table()

    assert not [entry.name for entry in table if entry.licensed]
    assert all(entry.measured for entry in table)
    assert {entry.name for entry in table} >= {"SmolLM2-135M*", "qwen2.5-coder:*"}


def test_suspicions_are_folded_and_proofs_are_not():
    report = licence.fold(replace(REPORT, findings=(SUSPECTED, PROVED)), ())

    assert [finding.folded for finding in report.findings] == [True, False]
    assert licence.fold(SUSPICIONS, ("some:*",)) == SUSPICIONS


def test_what_is_folded_is_one_counted_line_and_show_all_lists_it():
    report = licence.fold(SUSPICIONS, ())
    folded, shown = (
        emit(report, color=False, width=80, verbose=False, show_all=show_all) for show_all in (False, True)
    )

    assert "2 suspected findings of some:7b are folded: it has not been measured to be useful (--show all)" in folded
    assert SUSPECTED.title not in folded
    assert "folded" not in shown
    assert shown.count(SUSPECTED.title) == 2
    assert report.status == "findings"


@pytest.mark.parametrize(("trusted", "code"), [((), ExitCode.CLEAN), (("some:*",), ExitCode.FINDINGS)])
def test_what_is_folded_never_fails_a_run(trusted, code):
    assert exit_code(licence.fold(SUSPICIONS, trusted), Config(fail_on="suspected")) is code

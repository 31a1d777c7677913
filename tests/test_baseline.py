"""What a team knows is not reported again, and nothing else is hidden."""

from dataclasses import astuple, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer import baseline
from reviewer.baseline import Entry, Scope
from reviewer.data import Execution, Report
from reviewer.errors import ConfigError
from tests.sample_report import PROVED, REPORT, SUSPECTED, UNDOCUMENTED

EVERYTHING = Scope(frozenset(), frozenset(), whole=True, asked=True, ran=True)
TEXTS = st.text(st.characters(), max_size=10)
ENTRIES = st.lists(
    st.builds(Entry, TEXTS, TEXTS, TEXTS, TEXTS, TEXTS, st.integers(1, 9)),
    max_size=5,
    unique_by=lambda e: e.fingerprint,
)


def known(*findings):
    return baseline.updated((), findings, EVERYTHING)


@given(ENTRIES)
def test_what_is_written_is_read_again_sorted(entries):
    assert list(baseline.parse(baseline.render(entries).encode(), "b.json")) == sorted(entries, key=astuple)


def test_a_new_entry_is_a_block_of_lines_of_its_own():
    one, two = (baseline.render(known(*found)).splitlines() for found in ([PROVED], [PROVED, UNDOCUMENTED]))
    added = [line for line in two if line not in one]

    assert len(two) == len(one) + 8
    assert all(": " in line or line.strip() in "{}," for line in added)


def test_a_fingerprint_survives_moved_lines_and_renamed_files():
    moved = replace(PROVED, id="f9", path="shop/other.py", function_id="shop/other.py::pages", line=99, end_line=99)
    report = baseline.screen(replace(REPORT, findings=(moved, SUSPECTED)), known(PROVED))

    assert [finding.id for finding in report.findings] == [SUSPECTED.id]
    assert report.baselined == (moved,)
    assert report.stats.baselined == 1


def test_as_many_are_known_as_there_were():
    other = replace(PROVED, id="f9", path="shop/other.py")
    report = baseline.screen(replace(REPORT, findings=(PROVED, other)), known(PROVED))

    assert [finding.id for finding in report.findings] == ["f9"]
    assert not baseline.screen(report, known(PROVED, other)).findings


def test_a_behaviour_change_does_not_point_to_a_finding_that_is_not_listed():
    report = baseline.screen(REPORT, known(UNDOCUMENTED))

    assert [change.promoted for change in report.behaviour_changes] == [None, None]


@pytest.mark.parametrize(
    ("scope", "gone"),
    [
        (EVERYTHING, ["Order.total", "pages"]),
        (Scope(frozenset(["pages"]), frozenset(), whole=False, asked=True, ran=True), ["pages"]),
        (Scope(frozenset(), frozenset(), whole=False, asked=True, ran=True), []),
        (replace(EVERYTHING, missed=frozenset(["pages"])), ["Order.total"]),
        (replace(EVERYTHING, ran=False), []),
    ],
    ids=["whole repository", "one function", "other functions", "one not reviewed", "nothing was run"],
)
def test_stale_is_what_was_looked_for_and_not_found(scope, gone):
    entries = known(PROVED, UNDOCUMENTED, SUSPECTED)

    assert [entry.function for entry in baseline.stale(entries, [SUSPECTED], scope)] == gone
    kept = {entry.function for entry in baseline.updated(entries, [SUSPECTED], scope)}
    assert kept == {"Order.send", "Order.total", "pages"} - set(gone)


def test_a_suspicion_is_not_stale_when_no_model_was_asked():
    scope = replace(EVERYTHING, asked=False)

    assert not baseline.stale(known(SUSPECTED), [], scope)
    assert baseline.updated(known(SUSPECTED), [], scope) == known(SUSPECTED)


def test_what_is_folded_is_not_written_down():
    assert not known(replace(SUSPECTED, folded=True))


def test_a_run_could_have_seen_what_it_reviewed():
    scope = baseline.scope(REPORT, whole=True)
    seen = frozenset({"Order.send", "Order.total", "pages", "chunks"})
    assert scope == Scope(seen, frozenset({"Order.load"}), whole=False, asked=True, ran=True)

    nothing = baseline.scope(Report(None, Execution("off")), whole=True)
    assert nothing == Scope(frozenset(), frozenset(), whole=True, asked=False, ran=False)


ENTRY = '{"function": "f", "category": "bug", "verdict": "claim", "title": "t", "fingerprint": "x", "count": 1}'


def file_with(old, new):
    return '{"version": 1, "findings": [' + ENTRY.replace(old, new) + "]}"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"version": 1}',
        '{"version": 2, "findings": []}',
        '{"version": 1, "findings": {}}',
        '{"version": 1, "findings": [3]}',
        file_with('"f"', "3"),
        file_with("1", "0"),
        file_with("1", "true"),
        file_with("fingerprint", "mark"),
        "[" * 100_000,
        "\ufeff\0",
    ],
)
def test_a_malformed_baseline_is_one_clear_sentence(text):
    with pytest.raises(ConfigError, match=r"^b\.json: .*remove it$") as caught:
        baseline.parse(text.encode(), "b.json")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("kind", ["missing", "folder", "link out", "link in a circle"])
def test_what_is_no_baseline_is_not_read(tmp_path, kind):
    root = tmp_path / "repo"
    root.mkdir()
    (tmp_path / "outside.json").write_text(baseline.render(()))
    match kind:
        case "folder":
            (root / "b.json").mkdir()
        case "link out":
            (root / "b.json").symlink_to(tmp_path / "outside.json")
        case "link in a circle":
            (root / "b.json").symlink_to(root / "b.json")

    with pytest.raises(ConfigError, match=r"^b\.json: "):
        baseline.read(root, "b.json")

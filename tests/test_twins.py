"""What twin runs did not show is named with its reason."""

from dataclasses import replace

import pytest

from reviewer import twins
from reviewer.emitters import phrases
from reviewer.evidence.twin_result import TwinResult
from reviewer.evidence.worker_twin_drivers import complaint
from tests.changed import changed
from tests.sample_report import REPORT

FUNCTION = changed("def f():\n    return 1\n", "def f():\n    return 2\n", "f")
LATE = "the time for them was over before one came to it (setting `twin-seconds`)"
BROKEN = {"tests/test_f.py": "ModuleNotFoundError: No module named 'x'", "tests/test_g.py": "SyntaxError"}
OWN = "the repository's tests"


@pytest.mark.parametrize(
    ("result", "named"),
    [
        pytest.param(TwinResult(), [], id="no test enters it"),
        pytest.param(TwinResult(compared={FUNCTION.id: 3}, cut=True), [], id="compared before the end"),
        pytest.param(TwinResult(cut=True), [(OWN, LATE)], id="too late"),
        pytest.param(
            TwinResult(not_collected=BROKEN),
            [(OWN, "none could be run: tests/test_f.py: ModuleNotFoundError: No module named 'x'")],
            id="no test file can be imported",
        ),
        pytest.param(TwinResult(not_collected=BROKEN, batches=(("t.py", *BROKEN),)), [], id="others ran"),
        pytest.param(
            TwinResult(not_collected=BROKEN, batches=(tuple(BROKEN),), outcomes={"f.py::f": "passed"}),
            [(OWN, "none could be run: tests/test_f.py: ModuleNotFoundError: No module named 'x'")],
            id="doctests alone ran",
        ),
        pytest.param(
            TwinResult(not_twinned={FUNCTION.id: {"b": 1, "a": 2}}, cut=True),
            [(f"2 calls in {OWN}", "a"), (f"1 call in {OWN}", "b")],
            id="calls that cannot be compared",
        ),
    ],
)
def test_what_tests_did_not_show_is_named(result, named):
    found = twins.reasons(FUNCTION, result)

    assert [(one.function_id, one.call, one.reason) for one in found] == [(FUNCTION.id, *one) for one in named]
    assert all(one.of_tests for one in found)


@pytest.mark.parametrize(
    ("path", "old", "driven"),
    [("m.py", FUNCTION.old, True), ("m.py", None, False), ("tests/test_m.py", FUNCTION.old, False)],
    ids=["changed", "added", "a test"],
)
def test_functions_that_tests_do_not_call_in_both_versions_are_passed_over(path, old, driven):
    function = replace(FUNCTION, path=path, old=old)
    assert twins.driven([function]) == [function] * driven


def test_it_is_counted_apart_from_examples():
    report = replace(REPORT, not_run=(*REPORT.not_run, *twins.reasons(FUNCTION, TwinResult(cut=True))))

    assert "; 1 example not run; tests of 1 function not all compared" in phrases.summary(report, show_all=False)


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (
            "ImportError while loading conftest '/r/conftest.py'.\nconftest.py:1: in <module>\n    import x\n"
            "E   ModuleNotFoundError: No module named 'x'\n",
            "ModuleNotFoundError: No module named 'x'",
        ),
        (
            "ERROR: usage: pytest [options]\npytest: error: unrecognized arguments: --no\n",
            "unrecognized arguments: --no",
        ),
        ("", "pytest ends with status 4"),
    ],
    ids=["conftest", "option", "nothing"],
)
def test_why_pytest_would_not_start(said, reason):
    assert complaint(said, 4) == reason

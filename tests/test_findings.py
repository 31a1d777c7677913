import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from reviewer.data import Category, Claim, Evidence, Severity, Verdict
from reviewer.findings import fingerprint, from_claims
from tests.changed import changed

OLD = '''\
import os


def mean(rows):
    """Mean of the rows; 0.0 without any."""
    total = sum(rows)
    if not rows:
        return 0.0
    return total / len(rows)


def after():
    return 1
'''
NEW = OLD.replace("    if not rows:\n        return 0.0\n", "    count = len(rows)\n").replace(
    "len(rows)\n\n", "count\n\n"
)
FUNCTION = changed(OLD, NEW, "mean")


def claim(quote="return total / count", **changes):
    made = Claim(quote, Category.BUG, Severity.WARNING, "Division by zero", "Without rows it raises.", None)
    return replace(made, **changes)


def test_a_claim_becomes_a_suspected_finding_at_its_quote():
    (finding,), dropped = from_claims(FUNCTION, [claim(title=" Division\n by zero ")])
    assert dropped == 0
    assert (finding.path, finding.function, finding.function_id) == ("pkg/mod.py", "mean", "pkg/mod.py::mean")
    assert (finding.line, finding.end_line, finding.quote) == (8, 8, "    return total / count")
    assert (finding.evidence, finding.verdict) == (Evidence.SUSPECTED, Verdict.CLAIM)
    assert (finding.title, finding.message, finding.count) == ("Division by zero", "Without rows it raises.", 1)
    assert finding.introduced
    assert finding.suggestion is None
    assert finding.counterexample is None


@pytest.mark.parametrize("quote", ["if not rows:", "def after():", "", "return 0.0"])
def test_a_claim_without_one_place_is_dropped_and_counted(quote):
    assert from_claims(FUNCTION, [claim(quote)]) == ((), 1)


@pytest.mark.parametrize(
    ("function", "quote", "introduced"),
    [
        (FUNCTION, "count = len(rows)", True),
        (FUNCTION, "total = sum(rows)", False),
        (FUNCTION, "total = sum(rows)\n    count = len(rows)", True),
        (changed(None, NEW, "mean"), "total = sum(rows)", True),
        (replace(changed(None, NEW, "mean"), changed_lines=()), "total = sum(rows)", True),
    ],
    ids=["on a changed line", "beside it", "over it", "in an added function", "in an added function without lines"],
)
def test_introduced(function, quote, introduced):
    assert from_claims(function, [claim(quote)])[0][0].introduced is introduced


def test_findings_come_in_the_order_of_their_lines():
    found, _ = from_claims(FUNCTION, [claim(), claim("total = sum(rows)"), claim("count = len(rows)")])
    assert [finding.line for finding in found] == [6, 7, 8]
    assert len({finding.id for finding in found}) == 3


@pytest.mark.parametrize(
    ("other", "count"),
    [
        pytest.param(claim(), 1, id="the same"),
        pytest.param(claim(title="Something else altogether"), 1, id="same quote and category"),
        pytest.param(claim("return total/count"), 1, id="same quote, other spaces"),
        pytest.param(claim("count = len(rows)\nreturn total / count", title="Zero division"), 1, id="overlap, alike"),
        pytest.param(
            claim("count = len(rows)\nreturn total / count", title="Wrong type"), 2, id="overlap, other title"
        ),
        pytest.param(claim(category=Category.CONTRACT), 2, id="other category"),
        pytest.param(claim("count = len(rows)"), 2, id="other lines"),
    ],
)
def test_duplicates_merge(other, count):
    found, dropped = from_claims(FUNCTION, [claim(), replace(other, severity=Severity.ERROR)])
    assert (len(found), dropped) == (count, 0)
    assert sum(finding.count for finding in found) == 2
    if count == 1:
        assert found[0].severity is Severity.ERROR
        assert found[0].title == "Division by zero"


def test_the_fingerprint_knows_no_line_and_no_path():
    moved = changed("\n\n\n" + OLD, "\n\n\n" + NEW, "mean", path="other.py")
    (one,), (other,) = from_claims(FUNCTION, [claim()])[0], from_claims(moved, [claim()])[0]
    assert one.fingerprint == other.fingerprint
    assert (one.line, one.id) != (other.line, other.id)
    assert one.fingerprint == fingerprint("mean", Category.BUG, Verdict.CLAIM, "return  total / count ")


@pytest.mark.parametrize(
    "different",
    [
        ("other", Category.BUG, Verdict.CLAIM, "a"),
        ("mean", Category.CONTRACT, Verdict.CLAIM, "a"),
        ("mean", Category.BUG, Verdict.MISMATCH, "a"),
        ("mean", Category.BUG, Verdict.CLAIM, "b"),
    ],
)
def test_the_fingerprint_knows_the_rest(different):
    assert fingerprint(*different) != fingerprint("mean", Category.BUG, Verdict.CLAIM, "a")


# ---------------------------------------------------------------- suggestions


def patched(tmp_path: Path, function, suggestion: Claim, data: bytes, path: str = "pkg/mod.py", given=True) -> bytes:
    """The file after `git apply` of the suggestion."""
    (finding,), _ = from_claims(function, [suggestion], data if given else None)
    assert finding.suggestion
    assert not finding.suggestion.verified
    file = tmp_path / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)
    diff = finding.suggestion.patch.encode()
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    subprocess.run(["git", "apply", "--check", "-"], cwd=tmp_path, input=diff, check=True)
    subprocess.run(["git", "apply", "-"], cwd=tmp_path, input=diff, check=True)
    return file.read_bytes()


SAFE = "return total / count if count else 0.0"
FIXED = NEW.replace("return total / count", SAFE)


@pytest.mark.parametrize(
    ("quote", "replacement", "expected"),
    [
        pytest.param("    return total / count", f"    {SAFE}", FIXED, id="as in the file"),
        pytest.param("return total / count", SAFE, FIXED, id="indentation lost"),
        pytest.param("8     return total / count", f"8+    {SAFE}", FIXED, id="line numbers copied"),
        pytest.param("return total / count", f"```python\n{SAFE}\n```", FIXED, id="markdown"),
        pytest.param("return total / count", f"        {SAFE}", FIXED, id="too deep"),
        pytest.param("total / count", "total / count if count else 0.0", FIXED, id="part of a line"),
        pytest.param("total / count", SAFE, FIXED, id="whole line for a part"),
        pytest.param(
            "    count = len(rows)\n    return total / count",
            "if not rows:\n    return 0.0\nreturn total / len(rows)",
            OLD,
            id="all lines lost theirs",
        ),
        pytest.param(
            "    count = len(rows)\n    return total / count",
            "if not rows:\n        return 0.0\n    return total / len(rows)",
            OLD,
            id="the first line lost its",
        ),
    ],
)
def test_git_applies_the_suggestion(tmp_path, quote, replacement, expected):
    suggestion = claim(quote, replacement=replacement)
    assert patched(tmp_path, FUNCTION, suggestion, NEW.encode()) == expected.encode()


def test_lines_in_the_middle_need_no_file(tmp_path):
    suggestion = claim("count = len(rows)", replacement="count = len(rows) or 1")
    assert b"or 1" in patched(tmp_path, FUNCTION, suggestion, NEW.encode(), given=False)
    assert from_claims(FUNCTION, [claim(replacement=SAFE)])[0][0].suggestion is None


@pytest.mark.parametrize(
    "path", ["with space.py", 'quo"te.py', "bäck\\slash.py", "tab\t.py", "new\nline.py", "a b/ü.py", "-rf.py", "é.py"]
)
def test_odd_paths_are_quoted_as_git_does(tmp_path, path):
    function = changed(OLD, NEW, "mean", path=path)
    assert patched(tmp_path, function, claim(replacement=SAFE), NEW.encode(), path=path) == FIXED.encode()


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda text: text.replace("\n", "\r\n"), id="CRLF"),
        pytest.param(lambda text: text.rstrip("\n"), id="no line end at the end"),
        pytest.param(lambda text: text.partition("\n\ndef after")[0], id="last function"),
        pytest.param(lambda text: text.partition("\n\n\ndef after")[0], id="last function without line end"),
        pytest.param(lambda text: text[text.index("def mean") :], id="first function"),
    ],
)
def test_line_ends_and_ends_of_files(tmp_path, change):
    function = changed(change(OLD), change(NEW), "mean")
    data = change(NEW).encode()
    assert patched(tmp_path, function, claim(replacement=SAFE), data) == change(FIXED).encode()


@pytest.mark.parametrize(
    "replacement",
    [
        pytest.param("return total / count", id="the quote"),
        pytest.param("  return  total / count\n", id="the quote, other spaces"),
        pytest.param("return total / (count", id="no Python"),
        pytest.param("You should check count first.", id="prose"),
        pytest.param("if count:", id="half a statement"),
        pytest.param("  ", id="nothing"),
    ],
)
def test_a_replacement_that_is_no_change_or_no_code_is_no_suggestion(replacement):
    (finding,), dropped = from_claims(FUNCTION, [claim(replacement=replacement)], NEW.encode())
    assert (finding.suggestion, dropped) == (None, 0)


@pytest.mark.parametrize("data", [NEW.encode().replace(b"Mean", b"M\xe4an"), OLD.encode(), b""])
def test_a_file_that_is_not_the_version_has_no_patch(data):
    assert from_claims(FUNCTION, [claim(replacement=SAFE)], data)[0][0].suggestion is None

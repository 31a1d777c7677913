"""What the formats for platforms say, and within which limits."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from dataclasses import replace
from html import unescape
from urllib.parse import unquote_to_bytes

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewer import data, emitters
from reviewer.data import Evidence, Severity
from tests.sample_report import CLEAN, HOSTILE, PROVED, REPORT, SUSPECTED, UNDOCUMENTED, poisoned
from tests.test_markup import TEXTS, Shown

MACHINE = ("sarif", "github", "gitlab", "rdjsonl", "junit", "markdown")
FOLDED = replace(CLEAN, findings=(replace(SUSPECTED, folded=True),))


def emit(name, report, *, show_all=False):
    return emitters.emitter(name)(report, color=False, width=80, verbose=False, show_all=show_all)


def numbered(number, finding=PROVED):
    """Many findings like one, none of them the same; the last are the worst."""
    mild = [
        replace(finding, id=f"m{one}", fingerprint=f"m{one}", title=f"mild {one}", severity=Severity.INFO)
        for one in range(number - 2)
    ]
    return (
        *mild,
        *(replace(finding, id=f"w{one}", fingerprint=f"w{one}", title=f"worst {one}") for one in range(2)),
    )


MANY = replace(
    REPORT,
    findings=numbered(30),
    unreviewed=tuple(
        replace(REPORT.unreviewed[0], function_id=f"a.py::f{one}", function=f"f{one}") for one in range(25)
    ),
)


# ---------------------------------------------------------------- what every format must say


@pytest.mark.parametrize("name", emitters.FORMATS)
def test_what_was_not_reviewed_is_in_every_format(name):
    text = unescape(emit(name, replace(CLEAN, unreviewed=REPORT.unreviewed)))

    for said in ("Order.load", "deadline", "20 s were over", "shop/legacy.py", "unparsable"):
        assert said in text


@pytest.mark.parametrize("name", [one for one in emitters.FORMATS if one != "json"])
def test_folded_findings_are_counted_and_not_listed(name):
    text = unescape(emit(name, FOLDED))

    assert "1 suspected finding of qwen2.5-coder:7b is folded" in text.replace("<!-- -->", "")
    assert SUSPECTED.title not in text
    assert SUSPECTED.title in unescape(emit(name, FOLDED, show_all=True))


@pytest.mark.parametrize("name", [one for one in emitters.FORMATS if one != "json"])
def test_that_nothing_was_executed_is_in_every_format(name):
    text = emit(name, replace(CLEAN, execution=data.Execution("unavailable", "no Landlock")))

    assert "it is not possible here: no Landlock" in unescape(text).replace("<!-- -->", "")


@pytest.mark.parametrize("name", emitters.FORMATS)
def test_what_the_change_did_not_introduce_is_marked_in_every_format(name):
    old, new = (emit(name, replace(CLEAN, findings=(replace(PROVED, introduced=one),))) for one in (False, True))

    assert old != new


@pytest.mark.parametrize("name", MACHINE)
def test_a_behaviour_change_is_said_once(name):
    text = unescape(emit(name, REPORT))

    assert "chunks(items, 0)" in text.replace("%2C", ",")
    assert text.count("behaviour change of Order.total") == 0, "it is a finding"


@pytest.mark.parametrize("name", MACHINE)
def test_the_worst_come_first(name):
    text = emit(name, MANY)

    assert -1 < text.index("worst 0") < text.index("worst 1") < text.index("mild")


# ---------------------------------------------------------------- GitHub


def commands(text):
    """The commands that the runner sees in lines of a log: `::name key=value::data`, or `##[name]data` anywhere."""
    found = []
    for line in text.split("\n"):
        if line.lstrip().startswith("::"):
            info, _, message = line.lstrip()[2:].partition("::")
            name, _, rest = info.partition(" ")
            found.append((name, dict(pair.split("=", 1) for pair in rest.split(",") if pair), message))
        elif "##[" in line:
            found.append((line, {}, ""))
    return found


def unescaped(text):
    for code, character in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(code, character)
    return text


def test_github_annotates_each_kind_up_to_its_limit_and_the_log_has_the_rest():
    text = emit("github", MANY)
    found = commands(text)
    kinds = [name for name, _, _ in found]

    assert {kind: kinds.count(kind) for kind in kinds} == {"error": 2, "warning": 10, "notice": 10}
    assert [message for kind, _, message in found if kind == "warning"][-1].startswith("16 not reviewed: only 10")
    assert [message for kind, _, message in found if kind == "notice"][-2].startswith("23 more: only 10")
    assert len([line for line in text.splitlines() if line.startswith("- ")]) == 16 + 23
    assert "30 findings (30 proved)" in found[-1][2]


@pytest.mark.parametrize("number", [9, 10, 11])
def test_github_counts_what_it_leaves_out(number):
    found = commands(emit("github", replace(REPORT, findings=(), unreviewed=REPORT.unreviewed[:1] * number)))
    warnings = [message for kind, _, message in found if kind == "warning"]

    assert len(warnings) == min(number, 10)
    assert ("2 not reviewed" in warnings[-1]) == (number == 11)


def test_github_gets_files_lines_and_messages_back():
    path, title = "a,b:c%2C.py", "50%: a, b"
    report = replace(CLEAN, findings=(replace(PROVED, path=path, title=title, message="one\r\ntwo%0A"),))
    ((kind, properties, message), *_) = commands(emit("github", report))

    assert kind == "error"
    assert {name: unescaped(value) for name, value in properties.items()} == {
        "file": path,
        "line": "12",
        "endLine": "12",
        "title": f"{title} [proved]",
    }
    assert unescaped(message).startswith("in pages: one\\r\ntwo%0A\n")


# ---------------------------------------------------------------- levels


@pytest.mark.parametrize(
    ("severity", "evidence", "introduced", "levels"),
    [
        (Severity.ERROR, Evidence.PROVED, True, ("error", "error", "critical", "ERROR", "failure")),
        (Severity.ERROR, Evidence.PROVED, False, ("warning", "warning", "major", "WARNING", "skipped")),
        (Severity.ERROR, Evidence.SUSPECTED, True, ("warning", "warning", "major", "WARNING", "skipped")),
        (Severity.WARNING, Evidence.PROVED, True, ("warning", "warning", "major", "WARNING", "failure")),
        (Severity.INFO, Evidence.PROVED, True, ("note", "notice", "minor", "INFO", "failure")),
        (Severity.INFO, Evidence.SUSPECTED, False, ("note", "notice", "minor", "INFO", "skipped")),
    ],
    ids=lambda value: str(value) if isinstance(value, str | bool) else "",
)
def test_only_what_fails_a_run_fails_a_check(severity, evidence, introduced, levels):
    finding = replace(PROVED, severity=severity, evidence=evidence, introduced=introduced)
    report = replace(CLEAN, findings=(finding,))
    (case,) = (one for one in ET.fromstring(emit("junit", report)).iter("testcase") if len(one))

    assert levels == (
        json.loads(emit("sarif", report))["runs"][0]["results"][0]["level"],
        commands(emit("github", report))[0][0],
        json.loads(emit("gitlab", report))[0]["severity"],
        json.loads(emit("rdjsonl", report).splitlines()[0])["severity"],
        case[0].tag,
    )


@pytest.mark.parametrize("name", MACHINE)
def test_what_was_not_reviewed_is_no_error_of_the_code(name):
    report = replace(CLEAN, unreviewed=REPORT.unreviewed[:1])
    text = emit(name, report)
    seen = {
        "sarif": lambda: json.loads(text)["runs"][0]["results"],
        "github": lambda: [kind for kind, _, _ in commands(text) if kind == "error"],
        "gitlab": lambda: [one for one in json.loads(text) if one["severity"] != "info"],
        "rdjsonl": lambda: [line for line in text.splitlines() if json.loads(line)["severity"] != "INFO"],
        "junit": lambda: ET.fromstring(text).findall(".//failure"),
        "markdown": lambda: [line for line in text.splitlines() if line.startswith("### error")],
    }

    assert seen[name]() == []


# ---------------------------------------------------------------- GitLab


def test_gitlab_tells_entries_apart_that_have_one_fingerprint():
    twice = (PROVED, replace(PROVED, path="shop/other.py"))
    first, second = json.loads(emit("gitlab", replace(CLEAN, findings=twice)))

    assert first["fingerprint"] == PROVED.fingerprint
    assert first["fingerprint"] != second["fingerprint"]


def test_fingerprints_outlive_moved_lines():
    moved = replace(REPORT, findings=tuple(replace(one, line=one.line + 7, end_line=99) for one in REPORT.findings))
    marks = [[one["fingerprint"] for one in json.loads(emit("gitlab", report))] for report in (REPORT, moved)]

    assert marks[0] == marks[1]
    assert len(set(marks[0])) == len(marks[0])


def test_gitlab_says_how_many_more():
    report = replace(CLEAN, findings=numbered(5100))
    found = json.loads(emit("gitlab", report))

    assert len(found) == 5001
    assert found[-1]["description"] == "100 more entries are not listed, the worst are"


# ---------------------------------------------------------------- rdjsonl


def test_rdjsonl_is_nothing_when_all_is_well():
    assert emit("rdjsonl", CLEAN) == ""


def test_no_line_of_rdjsonl_is_longer_than_reviewdog_reads():
    huge = "🙂`\\" * 30_000
    patch = f"@@ -1 +1 @@\n-a\n+{huge}\n"
    finding = replace(PROVED, title=huge, message=huge, path="\udce9" * 4000, suggestion=data.Suggestion(patch, True))
    text = emit("rdjsonl", replace(CLEAN, findings=(finding,)))

    assert max(len(line.encode()) for line in text.splitlines()) < 65_536
    assert "more characters" in text


def test_rdjsonl_suggests_what_is_verified():
    first, *others = (json.loads(line) for line in emit("rdjsonl", REPORT).splitlines())

    assert first["suggestions"] == [
        {"range": {"start": {"line": 12}, "end": {"line": 12}}, "text": "    return -(-total // size)"}
    ]
    assert not any("suggestions" in one for one in others)


# ---------------------------------------------------------------- SARIF


def sarif(report, *, show_all=False):
    (run,) = json.loads(emit("sarif", report, show_all=show_all))["runs"]
    return run


def test_a_review_with_gaps_is_no_success_and_names_them():
    (invocation,) = sarif(REPORT)["invocations"]
    gaps = [one for one in invocation["toolExecutionNotifications"] if one["level"] == "error"]

    assert invocation["executionSuccessful"] is False
    assert [one["descriptor"]["id"] for one in gaps] == ["not-reviewed/deadline", "not-reviewed/unparsable"]
    assert gaps[0]["locations"][0]["physicalLocation"]["region"]["startLine"] == 80
    assert sarif(CLEAN)["invocations"] == [{"executionSuccessful": True, "toolExecutionNotifications": []}]


def test_sarif_has_each_rule_once_and_points_to_it():
    run = sarif(REPORT)
    driver = run["tool"]["driver"]

    for result in run["results"]:
        assert driver["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
    for note in run["invocations"][0]["toolExecutionNotifications"]:
        assert driver["notifications"][note["descriptor"]["index"]]["id"] == note["descriptor"]["id"]
    assert len({rule["id"] for rule in driver["rules"]}) == len(driver["rules"]) == 4


@pytest.mark.parametrize("verdict", data.Verdict)
@pytest.mark.parametrize("category", data.Category)
def test_every_verdict_and_category_has_a_rule_with_help(verdict, category):
    evidence = Evidence.SUSPECTED if verdict is data.Verdict.CLAIM else Evidence.PROVED
    finding = replace(PROVED, verdict=verdict, category=category, evidence=evidence)
    (rule,) = sarif(replace(CLEAN, findings=(finding,)))["tool"]["driver"]["rules"]

    assert rule["id"] == f"{verdict}/{category}"
    assert f"# reviewer: ignore[{category}]" in rule["help"]["text"]
    assert rule["help"]["markdown"]


@pytest.mark.parametrize("reason", data.Reason)
def test_every_reason_has_a_descriptor_with_help(reason):
    gap = replace(REPORT.unreviewed[0], reason=reason)
    (descriptor,) = sarif(replace(CLEAN, unreviewed=(gap,)))["tool"]["driver"]["notifications"]

    assert descriptor["id"] == f"not-reviewed/{reason}"
    assert descriptor["help"]["markdown"]


def test_every_result_says_whether_the_change_brought_it():
    states = {one["partialFingerprints"]["reviewer/v1"]: one["baselineState"] for one in sarif(REPORT)["results"]}

    assert [states[one] for one in ("3f1c0a", "c0ffee", "77ab09")] == ["new", "new", "unchanged"]
    assert set(states.values()) == {"new", "unchanged"}


def test_an_annotation_says_nothing_twice():
    for line in emit("github", REPORT).splitlines():
        given, _, message = line.partition("::")[2].partition("::")
        assert message not in given


def test_the_function_whose_example_it_is_is_a_related_location():
    (result,) = (one for one in sarif(REPORT)["results"] if "relatedLocations" in one)
    (related,) = result["relatedLocations"]

    assert related["logicalLocations"][0]["fullyQualifiedName"] == "report"
    assert related["physicalLocation"]["artifactLocation"]["uri"] == "shop/orders.py"
    assert result["message"]["text"].endswith("[shop/orders.py::report](1).")


def test_what_is_silenced_is_listed_as_suppressed_when_all_is_shown():
    report = replace(CLEAN, findings=(PROVED,), suppressed=(SUSPECTED,), baselined=(UNDOCUMENTED,))
    kinds = {
        one["ruleId"].partition("/")[0]: [suppression["kind"] for suppression in one.get("suppressions", ())]
        for one in sarif(report, show_all=True)["results"]
    }

    assert kinds == {"regression": [], "claim": ["inSource"], "undocumented_exception": ["external"]}
    assert len(sarif(report)["results"]) == 1, "GitHub reads no suppressions"


def test_paths_are_percent_encoded_bytes():
    path = "a b/c:d%41\udce9ü#?.py"
    (result,) = sarif(replace(CLEAN, findings=(replace(PROVED, path=path),)))["results"]
    uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]

    assert uri == "a%20b/c%3Ad%2541%E9%C3%BC%23%3F.py"
    assert unquote_to_bytes(uri) == path.encode("utf-8", "surrogateescape")


def test_sarif_stays_within_what_github_takes_and_says_how_many_more():
    report = replace(CLEAN, findings=numbered(3000, replace(PROVED, message="x" * 9000)))
    text = emit("sarif", report)
    run = json.loads(text)["runs"][0]
    (note,) = run["invocations"][0]["toolExecutionNotifications"]

    assert len(text) < 10_000_000
    assert note["message"]["text"] == f"{3000 - len(run['results'])} more results are not listed: the worst are"
    assert run["results"][0]["message"]["text"].startswith("worst 0")
    assert run["invocations"][0]["executionSuccessful"] is False


def test_no_link_comes_from_what_is_reviewed():
    finding = replace(PROVED, title="[click](https://evil.example)", message="and [here](1)", counterexample=None)
    gap = replace(REPORT.unreviewed[0], detail="[x](y)")
    run = sarif(replace(CLEAN, findings=(finding,), unreviewed=(gap,)))

    assert "](" not in run["results"][0]["message"]["text"]
    assert "](" not in run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"]


def test_sarif_says_no_address_and_no_path_of_the_machine():
    text = emit("sarif", replace(REPORT, findings=()))

    assert REPORT.model.endpoint not in text
    assert REPORT.execution.python not in text


# ---------------------------------------------------------------- JUnit


def test_junit_counts_what_it_has():
    root = ET.fromstring(emit("junit", REPORT))
    suite = root[0]
    cases = list(suite.iter("testcase"))

    assert suite.attrib == {
        "name": "reviewer", "tests": "7", "failures": "2", "errors": "2", "skipped": "2", "time": "20.125",
    }  # fmt: skip
    assert len(cases) == 7
    assert [case.get("name") for case in cases if not len(case)] == ["chunks"]
    assert {case.get("classname") for case in cases} == {"shop.pages", "shop.orders", "shop.legacy"}


# ---------------------------------------------------------------- Markdown


@pytest.mark.parametrize("text", ["x", "@a", "`", "🙂", "<&>", "``a "], ids=ascii)
def test_markdown_fits_into_a_comment_however_much_there_is(text):
    report = poisoned(MANY, text * 8000)
    markdown = emit("markdown", report)

    assert len(markdown) <= 65_536
    assert "not reviewed" in markdown.splitlines()[0]
    assert "more**" in markdown


def test_markdown_lists_further_findings_by_title():
    long = replace(PROVED, message="word " * 150)
    shown = emit("markdown", replace(CLEAN, findings=numbered(300, long)))

    assert "### More findings" in shown
    assert "- **" in shown.splitlines()[-1]


# ---------------------------------------------------------------- hostile texts


def structure(name, report):
    """The shape of what a reader of the format sees, without the texts."""
    text = emit(name, report)
    assert not any(character in text for character in "\x00\x1b\x7f\x85\u2028\u202e\ufffe\uffff\udce9")
    if name == "sarif":
        run = json.loads(text)["runs"][0]
        return [(one["ruleId"], one["level"], "fixes" in one) for one in run["results"]]
    if name == "gitlab":
        return [(one["check_name"], one["severity"], one["location"]["lines"]) for one in json.loads(text)]
    if name == "rdjsonl":
        return [(one["code"], one["severity"]) for one in map(json.loads, text.removesuffix("\n").split("\n"))]
    if name == "junit":
        return [(one.tag, len(one.attrib), len(one)) for one in ET.fromstring(text.encode()).iter()]
    if name == "github":
        return [(command, sorted(properties)) for command, properties, _ in commands(text)]
    shown = Shown(text)
    assert set(shown.tags) <= {"h2", "h3", "p", "pre", "code", "ul", "li", "strong"}
    return [tag for tag in shown.tags if tag in ("h2", "h3", "pre", "li")]


@pytest.mark.parametrize("name", MACHINE)
@settings(max_examples=40)
@given(text=TEXTS | st.text() | st.just(HOSTILE) | st.just("\n::error::x ##[error]y ]]> \udce9 \ufffe"))
def test_hostile_texts_break_no_format(name, text):
    plain = structure(name, poisoned(REPORT, "x"))
    found = structure(name, poisoned(REPORT, text))

    if name == "sarif":  # what cannot be encoded is no fix
        found, plain = ([one[:2] for one in results] for results in (found, plain))
    assert found == plain

import inspect
import json
import os
import re
import subprocess
import sys
from dataclasses import fields, is_dataclass, replace
from importlib import resources
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer import __version__, data, emitters
from reviewer.data import Outcome, OutcomeKind
from reviewer.emitters import phrases, sanitise
from reviewer.emitters.json import as_object
from tests import sample_report
from tests.sample_report import CLEAN, HOSTILE, REPORT, poisoned

GOLDEN = Path(__file__).parent / "golden"
SCHEMA = json.loads(resources.files("reviewer").joinpath("report.schema.json").read_text())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
COLOR_CODE = re.compile(r"\x1b\[[0-9;]*m")
UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def emit(report, name="text", *, color=False, width=88, verbose=False, show_all=False):
    return emitters.emitter(name)(report, color=color, width=width, verbose=verbose, show_all=show_all)


def compare(text, name):
    golden = GOLDEN / name
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8"), "right? then run again with UPDATE_GOLDEN=1"


@pytest.mark.parametrize(
    ("golden", "options"),
    [
        ("report.txt", {}),
        ("report-all.txt", {"show_all": True}),
        ("report-verbose.txt", {"verbose": True, "width": 60}),
        ("report-color.txt", {"color": True}),
        ("report.json", {"name": "json"}),
        ("report.html", {"name": "html"}),
        ("report.sarif", {"name": "sarif"}),
        ("report.github", {"name": "github"}),
        ("report.gitlab.json", {"name": "gitlab"}),
        ("report.rdjsonl", {"name": "rdjsonl"}),
        ("report.junit.xml", {"name": "junit"}),
        ("report.md", {"name": "markdown"}),
    ],
)
def test_goldens(golden, options):
    compare(emit(REPORT, **options).replace(f'"{__version__}"', '"VERSION"'), golden)


@pytest.mark.parametrize("name", emitters.FORMATS)
def test_every_format_ends_in_one_newline_and_takes_the_same_options(name):
    text = emit(CLEAN, name)

    assert text.endswith("\n") or (name == "rdjsonl" and not text)
    assert not text.endswith("\n\n")
    assert set(inspect.signature(emitters.emitter(name)).parameters) == {
        "report",
        "color",
        "width",
        "verbose",
        "show_all",
    }


def test_a_clean_report_is_one_line():
    assert emit(CLEAN) == "clean: 2 changed functions reviewed\n"


@pytest.mark.parametrize(
    ("report", "last"),
    [
        (replace(CLEAN, functions=(), change=""), "clean: no function to review"),
        (replace(CLEAN, functions=(), change="A\x1b"), r"clean: no function to review (A\x1b)"),
        (replace(CLEAN, functions=CLEAN.functions[:1]), "clean: 1 changed function reviewed"),
        (
            replace(CLEAN, functions=(*CLEAN.functions, REPORT.functions[5])),
            "clean: 2 changed functions reviewed; 1 needed no review",
        ),
        (
            replace(CLEAN, unreviewed=REPORT.unreviewed[:1]),
            "incomplete: no findings in 2 reviewed of 2 changed functions; 1 not reviewed",
        ),
        (
            replace(CLEAN, findings=(sample_report.PROVED,)),
            "1 finding (1 proved) in 1 of 2 changed functions",
        ),
        (
            REPORT,
            "3 findings (2 proved) in 3 of 6 changed functions; 2 not reviewed; 1 needed no review;"
            " 1 behaviour change; 1 test; 1 example not run; 1 suppressed by comments",
        ),
    ],
    ids=["nothing", "nothing of", "one", "unneeded", "incomplete", "finding", "everything"],
)
def test_the_last_line_sums_up(report, last):
    assert emit(report).splitlines()[-1] == last


@pytest.mark.parametrize(
    ("execution", "line"),
    [
        (data.Execution("off", "--no-execute"), "nothing was executed: --no-execute"),
        (data.Execution("off"), "nothing was executed"),
        (data.Execution("unavailable", "no Landlock"), "nothing was executed, it is not possible here: no Landlock"),
        (data.Execution("unsandboxed", "--unsandboxed"), "code was executed without a sandbox: --unsandboxed"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_that_nothing_was_executed_or_without_walls_is_always_said(execution, line):
    assert emit(replace(CLEAN, execution=execution)).splitlines() == [line, "clean: 2 changed functions reviewed"]


def test_empty_lines_outside_functions_are_not_worth_a_word():
    lines = data.OutsideLines("a.py", 3, 2, 0, blank=True)
    shown = emit(replace(CLEAN, outside_functions=(lines, data.OutsideLines("b.py", 1, 1, 0))))

    assert emit(replace(CLEAN, outside_functions=(lines,))) == emit(CLEAN)
    assert shown.startswith("outside functions, not reviewed: 1 line added, 0 deleted in 1 file\n")


@pytest.mark.parametrize("state", ["off", "unavailable"])
def test_where_there_was_nothing_to_execute_that_is_not_said(state):
    unneeded = replace(CLEAN, functions=(REPORT.functions[5],), execution=data.Execution(state, "a reason"))

    assert emit(unneeded) == "clean: no function to review; 1 needed no review\n"


FOR_PEOPLE = ("text", "html", "markdown")


@pytest.mark.parametrize("name", FOR_PEOPLE)
def test_what_a_finding_says_is_no_behaviour_change_besides(name):
    assert "Order([]).total()" in emit(REPORT, name)
    assert "1 behaviour change;" in emit(REPORT, name)
    alone = replace(REPORT, findings=())
    assert "2 behaviour changes;" in emit(alone, name)
    assert "Order([]).total()" in emit(alone, name)


@pytest.mark.parametrize("name", FOR_PEOPLE)
def test_what_is_silenced_is_listed_when_all_is_shown(name):
    proved, suspected = sample_report.PROVED, sample_report.SUSPECTED
    report = replace(CLEAN, suppressed=(suspected,), baselined=(proved,))
    shown = emit(report, name, show_all=True)

    for why, title in (("suppressed by a comment", suspected.title), ("known from the baseline", proved.title)):
        assert title in shown
        assert why in shown
        assert title not in emit(report, name)


@pytest.mark.parametrize("name", FOR_PEOPLE)
def test_calls_fail_alike_and_claims_say_the_same(name):
    proved = replace(sample_report.PROVED, count=3)
    shown = emit(replace(CLEAN, findings=(proved, replace(sample_report.SUSPECTED, count=2))), name)

    assert "3 calls fail alike" in shown
    assert "2 claims say the same" in shown
    assert "alike" not in emit(replace(CLEAN, findings=(replace(proved, count=1),)), name)


@pytest.mark.parametrize("name", FOR_PEOPLE[::2])
def test_that_something_was_raised_before_is_said_in_words(name):
    change = replace(REPORT.behaviour_changes[0], old=sample_report.raised("KeyError", "x"))

    shown = emit(replace(CLEAN, behaviour_changes=(change,)), name).replace("`", "")
    assert "was an exception, KeyError: x, now raises ZeroDivisionError" in shown


def test_in_colour_the_same_is_said():
    colored = emit(REPORT, color=True, verbose=True)

    assert COLOR_CODE.search(colored)
    assert COLOR_CODE.sub("", colored) == emit(REPORT, verbose=True)


@pytest.mark.parametrize("color", [False, True], ids=["plain", "color"])
def test_nothing_in_code_paths_or_replies_reaches_the_terminal_as_control_or_markup(color):
    text = emit(poisoned(REPORT, HOSTILE), color=color, verbose=True, width=2000)
    shown = COLOR_CODE.sub("", text) if color else text

    assert UNSAFE.search(shown) is None
    assert r"\x1b[2J\x1b]0;owned\x07 \x9b31m \x7f \u202eevil\u2069 \u200b [bold red]markup[/] [/] :smile: \r" in shown
    shown.encode()


def test_hostile_line_breaks_make_no_new_lines_where_one_was_meant():
    break_out = "\nclean: 6 changed functions reviewed\r\n\u2028\x85"
    finding = replace(sample_report.UNDOCUMENTED, title=break_out, path=break_out, counterexample=None, message="x")
    report = replace(CLEAN, findings=(finding,), functions=REPORT.functions)

    assert not any(line.startswith("clean") for line in emit(report).splitlines())


@given(st.text(st.characters(), max_size=20))
def test_any_text_can_be_shown_and_written(text):
    report = poisoned(REPORT, text)
    plain = emit(report, verbose=True)

    assert UNSAFE.search(plain) is None
    plain.encode("utf-8")
    assert COLOR_CODE.sub("", emit(report, color=True, verbose=True)) == plain
    assert json.loads(emit(report, "json"))["findings"][0]["title"] == report.findings[0].title


NOT_SHOWN = {"id", "promoted", "function_id", "kind", "type", "mutants_killed"}  # for machines, or said in other words


def texts(value):
    """Every text of a record that people should be able to see."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for entry in value:
            yield from texts(entry)
    elif is_dataclass(value):
        for field in fields(value):
            if field.name not in NOT_SHOWN:
                yield from texts(getattr(value, field.name))


def test_verbose_text_hides_no_part_of_the_report():
    shown = emit(REPORT, verbose=True, width=10_000)

    missing = [line for text in texts(REPORT) for line in text.splitlines() if line.strip() not in shown]
    assert missing == []


# ---------------------------------------------------------------- JSON and its schema


@pytest.mark.parametrize(
    "report",
    [REPORT, CLEAN, data.Report(None, data.Execution("off")), poisoned(CLEAN, "\udcff")],
    ids=["everything", "clean", "empty", "odd"],
)
def test_reports_satisfy_the_schema_that_ships(report):
    VALIDATOR.check_schema(SCHEMA)
    report = replace(report, execution=CLEAN.execution)

    VALIDATOR.validate(json.loads(emit(report, "json")))


def test_keys_come_in_the_contracts_order_with_additions_last():
    def check(value, schema):
        required = schema["required"]
        assert list(value)[: len(required)] == required
        assert set(value) == set(schema["properties"])

    written = as_object(REPORT)
    check(written, SCHEMA)
    for part in ("model", "execution", "stats"):
        check(written[part], SCHEMA["$defs"][part])
    for part, name in (
        ("functions", "function"),
        ("outside_functions", "outside"),
        ("findings", "finding"),
        ("behaviour_changes", "behaviour_change"),
        ("tests", "test"),
        ("unreviewed", "unreviewed"),
        ("not_run", "not_run"),
    ):
        check(written[part][0], SCHEMA["$defs"][name])
    check(written["findings"][2]["counterexample"], SCHEMA["$defs"]["counterexample"])
    check(written["findings"][2]["counterexample"]["new"], SCHEMA["$defs"]["outcome"])
    check(written["findings"][2]["suggestion"], SCHEMA["$defs"]["suggestion"])


@pytest.mark.parametrize(
    ("enum", "definition", "key"),
    [
        (data.Severity, "finding", "severity"),
        (data.Category, "finding", "category"),
        (data.Evidence, "finding", "evidence"),
        (data.Verdict, "finding", "verdict"),
        (data.OutcomeKind, "outcome", "kind"),
        (data.ChangeKind, "function", "change"),
        (data.Origin, "test", "origin"),
        (data.Reason, "unreviewed", "reason"),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else "",
)
def test_the_schema_knows_every_word(enum, definition, key):
    assert SCHEMA["$defs"][definition]["properties"][key]["enum"] == [member.value for member in enum]


def without(report, *path):
    value = json.loads(emit(report, "json"))
    *parents, last = path
    inner = value
    for step in parents:
        inner = inner[step]
    del inner[last]
    return value


def changed(report, new, *path):
    value = json.loads(emit(report, "json"))
    *parents, last = path
    inner = value
    for step in parents:
        inner = inner[step]
    inner[last] = new
    return value


@pytest.mark.parametrize(
    "wrong",
    [
        without(REPORT, "stats"),
        without(REPORT, "findings", 0, "fingerprint"),
        without(REPORT, "stats", "claims_dropped"),
        changed(REPORT, 2, "schema_version"),
        changed(REPORT, "clean", "status"),
        changed(REPORT, False, "incomplete"),
        changed(CLEAN, "findings", "status"),
        changed(CLEAN, True, "incomplete"),
        changed(REPORT, 0, "findings", 0, "line"),
        changed(REPORT, "style", "findings", 0, "category"),
        changed(REPORT, None, "findings", 2, "counterexample"),
        changed(REPORT, "proved", "findings", 0, "evidence"),
        changed(REPORT, "claim", "findings", 2, "verdict"),
        changed(REPORT, -1, "stats", "model_calls"),
    ],
)
def test_the_schema_refuses(wrong):
    assert not VALIDATOR.is_valid(wrong)


def test_the_schema_tolerates_additions():
    VALIDATOR.validate(changed(REPORT, {"new": 1}, "later"))
    VALIDATOR.validate(changed(REPORT, {"new": 1}, "findings", 0, "later"))


def test_a_path_that_is_not_utf_8_comes_back_as_its_bytes():
    path = os.fsdecode(b"shop/caf\xe9.py")
    text = emit(replace(CLEAN, outside_functions=(data.OutsideLines(path, 1, 1, 0),)), "json")

    assert text.isascii()
    assert os.fsencode(json.loads(text)["outside_functions"][0]["path"]) == b"shop/caf\xe9.py"


# ---------------------------------------------------------------- words


@pytest.mark.parametrize(
    ("outcome", "text"),
    [
        (Outcome(OutcomeKind.RETURNED, "'a\\n'", "str"), "`'a\\n'`"),
        (Outcome(OutcomeKind.PRINTED, "a\nb\n"), r"prints `a\nb\n`"),
        (Outcome(OutcomeKind.RAISED, None, "ValueError", "no pages"), "raises ValueError: no pages"),
        (Outcome(OutcomeKind.RAISED, None, "ValueError"), "raises ValueError"),
        (Outcome(OutcomeKind.TIMED_OUT), "timed out"),
        (Outcome(OutcomeKind.CRASHED, message="signal 11"), "crashed (signal 11)"),
        (Outcome(OutcomeKind.NOT_RUN, message="no module `x`"), "could not run (no module `x`)"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_outcomes_in_words(outcome, text):
    assert phrases.outcome(outcome) == text


@pytest.mark.parametrize(
    ("text", "block", "line"),
    [
        ("plain – ünï 🙂", "plain – ünï 🙂", "plain – ünï 🙂"),
        ("a\n\tb", "a\n\tb", r"a\n\tb"),
        ("a\r\nb", "a\\r\nb", r"a\r\nb"),
        ("\x1b[31m", r"\x1b[31m", r"\x1b[31m"),
        ("\x9b31m\x7f\x00", r"\x9b31m\x7f\x00", r"\x9b31m\x7f\x00"),
        ("\u202e\u2066\u061c", r"\u202e\u2066\u061c", r"\u202e\u2066\u061c"),
        ("\udce9", r"\xe9", r"\xe9"),
        ("\ud800", r"\ud800", r"\ud800"),
        ("\ufffe\uffff", r"\ufffe\uffff", r"\ufffe\uffff"),
        ("\u2028\x85", r"\u2028\x85", r"\u2028\x85"),
        ("\U000e0041", r"\U000e0041", r"\U000e0041"),
        ("\u3164\u2800\uffa0\u115f", r"\u3164\u2800\uffa0\u115f", r"\u3164\u2800\uffa0\u115f"),
        ("a\ufe00\U000e0100\u034f", r"a\ufe00\U000e0100\u034f", r"a\ufe00\U000e0100\u034f"),
        ("👩\u200d🚒 ❤\ufe0f", "👩\u200d🚒 ❤\ufe0f", "👩\u200d🚒 ❤\ufe0f"),
    ],
    ids=ascii,
)
def test_what_could_steer_a_terminal_becomes_visible(text, block, line):
    assert sanitise.block(text) == block
    assert sanitise.line(text) == line


def test_plain_text_and_json_import_no_rich():
    code = (
        "import sys; from reviewer import data, emitters;"
        "report = data.Report(None, data.Execution('off'));"
        "options = dict(color=False, width=80, verbose=True, show_all=True);"
        "[emitters.emitter(name)(report, **options) for name in ('text', 'json')];"
        "print(sorted({'rich', 'platformdirs', 'jsonschema', 'reviewer.emitters.sarif'} & set(sys.modules)))"
    )

    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "[]\n"

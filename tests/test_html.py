import re
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer import data
from reviewer.data import Evidence, Outcome, OutcomeKind, Verdict
from reviewer.emitters import html_code, html_nodes, html_outcomes, phrases
from reviewer.emitters.html_style import STYLE
from tests.pages import Parsed, contrast, luminance, page
from tests.sample_report import CLEAN, HOSTILE, PROVED, REPORT, SUSPECTED, poisoned, raised, returned

PIECES = [
    *("<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "</code>", "</pre>", "</style>", "</title>", "<!--"),
    *("-->", "<![CDATA[", "]]>", "<?", '"', "'", "' onload=alert(1) '", '" autofocus onfocus="', "&lt;", "&#60;", "&"),
    *("`", "#", '"""', "@a", "def ", "\\", "\n", "\r", "\t", "\0", "\x0c", "\x85", "\u2028", "\u202e", "\ufeff"),
    *("\ufffe", "\U0010ffff", "\ud800", "javascript:", "url(", "@@", "-", "+", ">>> "),
]
hostile = st.lists(st.sampled_from(PIECES) | st.characters(), max_size=12).map("".join)


HARMLESS = Parsed(page(poisoned(REPORT, "x"))).skeleton()


@given(hostile.filter(bool))
def test_no_text_adds_an_element_or_an_attribute(text):
    written = page(poisoned(REPORT, text))

    assert Parsed(written).skeleton() == HARMLESS
    written.encode()


@given(hostile)
def test_what_is_invisible_moves_text_or_is_forbidden_is_shown_as_an_escape(text):
    written = page(poisoned(REPORT, text))

    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]", written)


def test_hostile_text_is_there_to_be_read():
    shown = Parsed(page(poisoned(REPORT, HOSTILE + "<b>\ufdd0\U0010ffff"))).text

    assert shown.count(r"\x1b[2J\x1b]0;owned\x07 \x9b31m \x7f \u202eevil\u2069") > 60
    assert shown.count(r"<b>\ufdd0\U0010ffff") > 60


@given(hostile)
def test_an_attribute_holds_any_text(text):
    (link, parsed) = html_nodes.element("a", text, href=text).source, ("a", {"href"})

    assert [(tag, set(given)) for tag, given in Parsed(link).elements] == [parsed]


def texts(value):
    """Every text of a record that people should be able to see."""
    names = {"id", "promoted", "function_id", "kind", "type", "mutants_killed", "source"}
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for entry in value:
            yield from texts(entry)
    elif hasattr(value, "__dataclass_fields__"):
        for name in value.__dataclass_fields__:
            if name not in names or isinstance(value, data.GeneratedTest):
                yield from texts(getattr(value, name))


def test_the_page_hides_no_part_of_the_report():
    parsed = Parsed(page(REPORT))
    shown = parsed.text + " ".join(parsed.all("data-line"))

    lines = [line for text in texts(REPORT) for line in text.splitlines()]
    ids = {REPORT.tests[0].function_id, *REPORT.tests[0].mutants_killed}
    missing = {line for line in lines if line.strip() not in shown and line.replace("_", " ") not in shown} - ids
    assert missing == set()
    assert len(lines) > 100


# ---------------------------------------------------------------- a page that stands alone


@pytest.fixture(scope="module")
def whole():
    return Parsed(page(REPORT, show_all=True))


def test_nothing_is_loaded_and_nothing_runs(whole):
    names = {tag for tag, _ in whole.elements}
    attributes = {name for _, given in whole.elements for name in given}

    assert not names & {"script", "link", "img", "iframe", "object", "embed", "form", "base", "svg", "font", "video"}
    assert attributes <= {
        *("lang", "charset", "http-equiv", "content", "name", "class", "id", "href", "aria-label", "data-line"),
        *("colspan", "scope", "open", "data-label"),
    }
    assert not re.search(r"url\(|@import|expression\(|//", STYLE)


def test_the_policy_allows_this_style_sheet_alone(whole):
    (policy,) = [
        given["content"] for _, given in whole.elements if given.get("http-equiv") == "Content-Security-Policy"
    ]
    (style,) = whole.styles
    allowed = b64encode(sha256(style.encode()).digest()).decode()

    assert policy == f"default-src 'none'; style-src 'sha256-{allowed}'; base-uri 'none'; form-action 'none'"


def test_links_lead_to_places_of_the_page_that_are_there_once(whole):
    ids, links = whole.all("id"), whole.all("href")

    assert len(set(ids)) == len(ids)
    assert {link.removeprefix("#") for link in links} <= set(ids)
    assert {"at-f1", "at-f2", "at-f3", "at-b1"} <= set(ids)
    assert "#proved" in links


def test_headings_skip_no_level(whole):
    levels = [int(tag[1]) for tag, _ in whole.elements if re.fullmatch("h[1-6]", tag)]

    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


# ---------------------------------------------------------------- what it says first


@pytest.mark.parametrize(
    ("report", "state", "parts"),
    [
        (REPORT, "findings", "proved suspected unreviewed behaviour tests not-run functions outside statistics"),
        (CLEAN, "clean", "functions statistics"),
        (data.Report(None, data.Execution("off")), "clean", "statistics"),
        (replace(CLEAN, unreviewed=REPORT.unreviewed), "incomplete", "unreviewed functions statistics"),
        (replace(CLEAN, findings=(SUSPECTED,)), "suspected", "suspected functions statistics"),
        (replace(CLEAN, findings=(replace(SUSPECTED, folded=True),)), "clean", "suspected functions statistics"),
    ],
    ids=["everything", "clean", "empty", "incomplete", "suspected", "folded"],
)
def test_the_state_is_said_in_the_words_of_the_text(report, state, parts):
    written = page(report)
    parsed = Parsed(written)
    sections = [given["id"] for tag, given in parsed.elements if tag == "section"]

    assert f'<p class="status {state}">{phrases.summary(report, False)}</p>' in written
    assert f"<title>{phrases.summary(report, False)}</title>" in written
    assert sections == parts.split()
    assert [link for link in parsed.all("href") if "at-" not in link] == [f"#{section}" for section in sections]


def test_folded_findings_are_counted_until_all_are_wanted():
    report = replace(CLEAN, findings=(replace(SUSPECTED, folded=True),))

    assert SUSPECTED.title not in page(report)
    assert f"{phrases.folded(report)} (--show all)." in page(report)
    assert SUSPECTED.title in page(report, show_all=True)
    assert "folded" not in page(report, show_all=True)


def test_a_part_of_the_change_says_that_it_is_one():
    assert "<dt>Part</dt>\n<dd>2/4 of the change</dd>" in page(replace(CLEAN, shard="2/4"))
    assert "<dt>Part</dt>" not in page(CLEAN)


@pytest.mark.parametrize("state", ["off", "unavailable", "unsandboxed"])
def test_that_nothing_was_executed_or_without_walls_stands_at_the_top(state):
    report = replace(CLEAN, execution=data.Execution(state, "a reason"))
    (notice,) = re.findall('<p class="notice">(.*)</p>', page(report))

    assert notice.casefold() == phrases.walls(report)
    assert "notice" not in Parsed(page(CLEAN)).all("class")


def test_the_gravest_findings_come_first():
    titles = re.findall("<h3>(.*)</h3>", page(REPORT))

    assert titles[:3] == [PROVED.title, "An order without lines now raises", SUSPECTED.title]


# ---------------------------------------------------------------- side by side


@pytest.mark.parametrize(
    ("verdict", "old", "columns", "judged"),
    [
        (Verdict.REGRESSION, returned("5.0"), ["Promised"], ["promise kept", "promise broken"]),
        (Verdict.MISMATCH, None, ["Promised"], ["promise broken"]),
        (Verdict.MISMATCH, returned("4"), ["Promised"], ["promise broken", "promise broken"]),
        (Verdict.MISMATCH, Outcome(OutcomeKind.NOT_RUN), ["Promised"], ["promise broken"]),
        (Verdict.UNDOCUMENTED_EXCEPTION, returned("5"), ["Expected, as before"], ["as expected", "not as expected"]),
        (Verdict.CLAIM_CONFIRMED, returned("5"), ["Expected"], ["as expected", "not as expected"]),
        (Verdict.CLAIM_CONFIRMED, returned("3"), ["Expected"], ["not as expected"]),
        (Verdict.CLAIM, None, ["Expected by the model"], ["not as expected"]),
    ],
    ids=lambda value: value.value if isinstance(value, Verdict) else "",
)
def test_a_counterexample_says_who_kept_the_promise(verdict, old, columns, judged):
    shown = replace(PROVED, verdict=verdict, counterexample=replace(PROVED.counterexample, old=old))
    written = html_outcomes.counterexample(shown, shown.counterexample).source

    assert re.findall('<th scope="col">(.*)</th>', written) == [*columns, "Old", "New"]
    assert re.findall('class="judged (?:good|bad)">(.*?)<', written) == judged
    assert ("no old version" in written) == (old is None)


@pytest.mark.parametrize(
    ("expected", "got", "shown"),
    [
        (returned("[1, 2, 3]", "list"), returned("[1, 4, 3]", "list"), "<code>[1, <mark>4</mark>, 3]</code>"),
        (returned("[1, 2]", "list"), returned("[1, 2, 2]", "list"), "<code>[1, 2<mark>, 2</mark>]</code>"),
        (returned("5"), returned("4"), "<code>4</code>"),
        (returned("5"), returned("5", "Size"), '<code>5</code><span class="dim"> Size</span>'),
        (returned("'a'", "str"), raised("KeyError", "'a'"), "raises <code>KeyError: 'a'</code>"),
        (raised("KeyError", "a"), raised("KeyError", "b"), "raises <code>KeyError: <mark>b</mark></code>"),
        (raised("KeyError", "a"), raised("TypeError", "a"), "raises <code>TypeError: a</code>"),
        (raised("KeyError"), raised("KeyError", "b"), "raises <code>KeyError: b</code>"),
        (returned("5"), Outcome(OutcomeKind.TIMED_OUT), "<span>timed out</span>"),
        (
            Outcome(OutcomeKind.PRINTED, "a\nb\n"),
            Outcome(OutcomeKind.PRINTED, "a\nb"),
            '<code>a<span class="end"></span>\nb<mark></mark></code>',
        ),
        (
            Outcome(OutcomeKind.PRINTED, "a\nb"),
            Outcome(OutcomeKind.PRINTED, "a \nb"),
            '<code>a<mark> </mark><span class="end"></span>\nb</code>',
        ),
    ],
    ids=[
        "middle",
        "added",
        "all",
        "type",
        "exception",
        "message",
        "other",
        "no-message",
        "timeout",
        "no-last-newline",
        "space",
    ],
)
def test_what_differs_is_marked(expected, got, shown):
    example = replace(PROVED.counterexample, expected=expected, old=expected, new=got)
    written = html_outcomes.counterexample(PROVED, example).source

    assert shown in last_cell(written)


def last_cell(written):
    return written.rpartition("<td>")[2].partition("</td>")[0]


@given(st.text("ab\n ", max_size=12), st.text("ab\n ", max_size=12))
def test_marking_changes_no_text(expected, got):
    example = replace(PROVED.counterexample, expected=returned(expected), old=None, new=returned(got))
    written = html_outcomes.counterexample(PROVED, example).source
    (code,) = re.findall("<code>(.*?)</code>", last_cell(written), re.DOTALL)

    assert Parsed(code).text == got


# ---------------------------------------------------------------- colours of code


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("return x", {"return": "keyword"}),
        ("def pages(): pass", {"def": "keyword", "pages": "definition", "pass": "keyword"}),
        ("async def f(): ...", {"async": "keyword", "def": "keyword", "f": "definition"}),
        ("class Page(Base):", {"class": "keyword", "Page": "definition"}),
        ("@cache.all\ndef f", {"@cache.all": "decorator", "def": "keyword", "f": "definition"}),
        ("a @ b", {}),
        ("x = 0x1f + 1_0.5e3", {"0x1f": "number", "1_0.5e3": "number"}),
        ("x1 = définition", {}),
        ("None or True", {"None": "constant", "or": "keyword", "True": "constant"}),
        ("s = 'a # b' # c 'd'", {"'a # b'": "string", "# c 'd'": "comment"}),
        ('rb"\\"" + f\'{x}\'', {'rb"\\""': "string", "f'{x}'": "string"}),
        ('"""a\n"b" """ + c', {'"""a\n"b" """': "string"}),
        ("'open\nreturn", {"'open": "string", "return": "keyword"}),
        ("'''open\nreturn", {"'''open\nreturn": "string"}),
        ("returned, classes", {}),
    ],
)
def test_kinds_of_code(text, kinds):
    assert {piece: kind for kind, piece in html_code.tokens(text) if kind} == kinds


@given(st.text(st.sampled_from("\"'\\#@rbf\n \t0x_adef") | st.characters(), max_size=40))
def test_colours_neither_add_nor_lose_a_character(text):
    assert "".join(piece for _, piece in html_code.tokens(text)) == text


LONG = 300_000


@pytest.mark.parametrize(
    "text",
    [
        *(
            "match" + " " * LONG,
            '"' * LONG,
            "'" + "\\" * LONG,
            '"""' + '\\"""\n' * (LONG // 5),
            "\n" + " " * LONG + "x",
        ),
        *("f" * LONG, "@" * LONG, "0_" * LONG, "def " * (LONG // 4), "@" + "a." * LONG, "'''" + '"""' * (LONG // 3)),
    ],
    ids=lambda text: repr(text[:8]),
)
def test_no_text_holds_the_colouring_up(text):
    assert sum(len(piece) for _, piece in html_code.tokens(text)) == len(text)


def test_long_code_is_folded():
    lines = "\n".join(f"line{number}()" for number in range(50))
    test = replace(REPORT.tests[0], source=lines)
    finding = replace(PROVED, quote=lines, evidence=Evidence.PROVED)
    written = page(replace(CLEAN, findings=(finding,), tests=(test,)))

    assert "<summary>The code in question, 50 lines</summary>" in written
    assert "<details><summary>Source</summary>" in written
    assert '<details open=""><summary>Source</summary>' in page(REPORT)


# ---------------------------------------------------------------- colours


BACKGROUNDS = {"page", "surface", "marked", "added", "deleted"}
ON_COLOR = {"marked": {"text", "dim"}, "added": {"text"}, "deleted": {"text"}}  # else every text on every background


def schemes():
    """The variables of the light and of the dark scheme."""
    blocks = re.findall(r":root \{(.*?)\}", STYLE, re.DOTALL)
    return dict(
        zip(("light", "dark"), (dict(re.findall(r"--(\w+): (#\w{6})", block)) for block in blocks), strict=True)
    )


def test_contrast_is_reckoned_as_wcag_does():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_can_be_read_on_every_background(scheme):
    colors = schemes()[scheme]
    texts = colors.keys() - BACKGROUNDS - {"border"}
    assert {name for name in re.findall(r"[^-]color: var\(--(\w+)\)", STYLE) if name != "border"} <= texts

    poor = {
        (text, background): round(contrast(colors[text], colors[background]), 2)
        for background in BACKGROUNDS
        for text in ON_COLOR.get(background, texts)
        if contrast(colors[text], colors[background]) < 4.5
    }
    assert poor == {}


def test_both_schemes_know_the_same_colours():
    light, dark = schemes().values()

    assert light.keys() == dark.keys() >= BACKGROUNDS
    assert luminance(light["page"]) > 0.9
    assert luminance(dark["page"]) < 0.02

"""The page as a browser lays it out and paints it, light and dark, wide and narrow, and as a validator reads it."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from reviewer import data
from reviewer.data import OutcomeKind, Verdict
from tests.browser import chromium, pixels
from tests.e2e.helpers import changed, reviewer
from tests.pages import Parsed, contrast, luminance, page, skeleton
from tests.sample_report import CLEAN, HOSTILE, PROVED, REPORT, poisoned, raised
from tests.validators import FOLDER, command, installed, run

pytestmark = pytest.mark.slow  # each lays a page out in a browser of its own

GOLDEN = Path(__file__).parents[1] / "golden" / "report.html"
WIDTHS = {"wide": 1000, "narrow": 360}
LONG = "word" * 80

# Everything that is hard to lay out: long words, long lines, several lines, many values.
WIDE = replace(
    REPORT,
    findings=(
        replace(
            PROVED,
            id="wide",
            verdict=Verdict.MISMATCH,
            title=f"render('{LONG}'): returned something else",
            path=f"{LONG}.py",
            function=LONG,
            quote=f"@cache\ndef {LONG}(text):\n    return '{LONG}' + {LONG}",
            counterexample=replace(
                PROVED.counterexample,
                call=f"render('{LONG}', {list(range(200))!r})",
                expected=data.Outcome(OutcomeKind.PRINTED, f"{LONG}\n{LONG}\n"),
                old=None,
                new=raised(LONG, LONG),
            ),
            suggestion=data.Suggestion(f"@@ -1 +1 @@\n-{LONG}\n+{LONG} {LONG}\n", verified=False),
        ),
        *REPORT.findings,
    ),
    change=LONG,
    execution=data.Execution("unsandboxed", LONG, (), f"/{LONG}/python"),
    model=replace(REPORT.model, name=LONG, digest=LONG),
    tests=(replace(REPORT.tests[0], name=LONG, path=LONG, source=f"def {LONG}():\n    {LONG}\n"),),
    unreviewed=(replace(REPORT.unreviewed[0], function=LONG, detail=LONG),),
    not_run=(data.NotRun(LONG, LONG, LONG),),
)

# What is not really there to be seen of the elements, each with the reason.
HIDDEN = """(selector) => {
  const found = [...document.querySelectorAll(selector)];
  return found.length ? found.flatMap(one => {
    one.scrollIntoView({block: "center"});
    const box = one.getBoundingClientRect();
    const above = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
    const reasons = [];
    if (box.width < 5 || box.height < 5) reasons.push("no size");
    if (box.left < 0 || box.right > innerWidth) reasons.push("beyond the side");
    if (!one.checkVisibility({opacityProperty: true, visibilityProperty: true})) reasons.push("not visible");
    if (!one.contains(above)) reasons.push("covered");
    return reasons.map(reason => `${one.tagName} ${one.textContent.slice(0, 20)}: ${reason}`);
  }) : ["there is none"];
}"""

# The colour of each text and of what is behind it, with a piece of the text.
TEXT_COLORS = """(() => {
  const found = {};
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const behind = one => {
    while (one && getComputedStyle(one).backgroundColor === "rgba(0, 0, 0, 0)") one = one.parentElement;
    return one ? getComputedStyle(one).backgroundColor : "none";
  };
  while (texts.nextNode()) {
    const one = texts.currentNode.parentElement, text = texts.currentNode.data.trim();
    if (text) found[getComputedStyle(one).color + " on " + behind(one)] = text;
    for (const part of ["::before", "::after"]) {
      const style = getComputedStyle(one, part);
      if (style.content !== "none") found[style.color + " on " + behind(one)] = style.content;
    }
  }
  return found;
})()"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    with chromium(tmp_path_factory.mktemp("chromium")) as opened:
        yield opened


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """The files of some reports' pages by name."""
    folder = tmp_path_factory.mktemp("pages")
    reports = {
        "sample": REPORT,
        "wide": WIDE,
        "clean": CLEAN,
        "empty": data.Report(None, data.Execution("off")),
        "incomplete": replace(CLEAN, unreviewed=REPORT.unreviewed),
        "harmless": poisoned(REPORT, "x"),
        "hostile": poisoned(REPORT, HOSTILE + ATTACK),
    }
    for name, report in reports.items():
        (folder / f"{name}.html").write_text(page(report), encoding="utf-8")
    return lambda name: folder / f"{name}.html"


def hidden(browser, selector):
    return browser.evaluate(f"({HIDDEN})({selector!r})")


def painted(browser, selector):
    """How many pixels of the first such element stand out from its background as text has to."""
    box = browser.evaluate(
        f"(box => [box.x + scrollX, box.y + scrollY, box.width, box.height])"
        f"(document.querySelector({selector!r}).getBoundingClientRect())"
    )
    counted = Counter(pixel for row in pixels(browser.screenshot(*box)) for pixel in row)
    (background, _), *others = counted.most_common()
    return sum(number for pixel, number in others if contrast(pixel, background) >= 4.5)


TABLE = "#at-f1 table.outcomes"


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_counterexample_can_be_seen(browser, pages, scheme, width):
    browser.show(pages("sample"), width=WIDTHS[width], scheme=scheme)

    assert hidden(browser, f"{TABLE}, {TABLE} th, {TABLE} td, {TABLE} code") == []
    for place, text in enumerate(["5", "5promise kept", "4promise broken"], 1):
        cell = f"{TABLE} tbody td:nth-child({place})"
        assert browser.evaluate(f"document.querySelector({cell!r}).innerText.replace(/\\s*\\n/g, '')") == text
        assert painted(browser, f"{cell} code") >= 10
    assert painted(browser, f"{TABLE} thead code") > 200


@pytest.mark.parametrize(
    ("change", "reason", "paints"),
    [
        ("table.style.display = 'none'", "no size", None),
        ("table.style.visibility = 'hidden'", "not visible", False),
        ("table.style.opacity = 0", "not visible", False),
        ("table.style.position = 'absolute'; table.style.left = '-9000px'", "beyond the side", None),
        ("table.after(cover)", "covered", False),
        ("table.style.color = getComputedStyle(document.body).backgroundColor", None, False),
        ("", None, True),
    ],
    ids=["removed", "hidden", "transparent", "outside", "covered", "colourless", "as-it-is"],
)
def test_a_counterexample_that_cannot_be_seen_would_be_noticed(browser, pages, change, reason, paints):
    browser.show(pages("sample"))
    browser.evaluate(
        f"""const table = document.querySelector({TABLE!r}), cover = document.createElement("div");
        cover.style.cssText = "position: fixed; inset: 0; background: white; z-index: 9"; {change}; 0"""
    )

    found = hidden(browser, TABLE)
    assert any(reason in one for one in found) if reason else found == []
    if paints is not None:
        assert (painted(browser, f"{TABLE} tbody td code") >= 10) == paints


@pytest.mark.parametrize("name", ["sample", "wide", "clean", "hostile"])
@pytest.mark.parametrize("width", [320, 360, 1000])
def test_nothing_reaches_beyond_the_side(browser, pages, width, name):
    browser.show(pages(name), width=width)
    browser.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true }); 0")

    assert browser.evaluate("[innerWidth, document.documentElement.scrollWidth]") == [width, width]
    beyond = "[...document.body.querySelectorAll('*')].filter(one => one.getBoundingClientRect().right > innerWidth)"
    inside = "[...document.body.querySelectorAll(':not(.listing thead, .listing thead *)')]"
    inside += ".filter(one => one.clientWidth && one.scrollWidth > one.clientWidth + 1)"
    assert browser.evaluate(f"{beyond}.map(one => one.outerHTML.slice(0, 80))") == []
    assert browser.evaluate(f"{inside}.map(one => one.outerHTML.slice(0, 80))") == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_is_painted_in_the_scheme_that_is_wanted(browser, pages, scheme):
    browser.show(pages("sample"), scheme=scheme)
    seen = Counter(luminance(pixel) for row in pixels(browser.screenshot(0, 0, 400, 150)) for pixel in row)

    (background, number), *_ = seen.most_common()
    assert number > 25_000
    assert background < 0.02 if scheme == "dark" else background > 0.9


@pytest.mark.parametrize("name", ["sample", "wide", "clean", "incomplete"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_stands_out_from_what_is_behind_it(browser, pages, scheme, name):
    browser.show(pages(name), scheme=scheme)
    colors = browser.evaluate(TEXT_COLORS)

    assert len(colors) >= {"clean": 4, "incomplete": 5}.get(name, 12)
    assert {pair: text for pair, text in colors.items() if contrast(*pair.split(" on ")) < 4.5} == {}


ATTACK = """"><script>document.title = "owned"</script><img src="http://192.0.2.1/x.png" onerror="alert(1)">
</code></pre></style></title><svg onload=alert(1)><a href="javascript:alert(1)" style="position: fixed">' autofocus
<!-- ]]> <meta http-equiv="refresh" content="0; url=http://192.0.2.1/"><link rel="stylesheet" href="//192.0.2.1/x">"""


def test_a_browser_finds_no_markup_in_hostile_text_and_loads_nothing(browser, pages):
    def elements(name):
        browser.show(pages(name))
        attributes = "Object.fromEntries([...one.attributes].map(({name, value}) => [name, value]))"
        listed = f"[...document.querySelectorAll('*')].map(one => [one.localName, {attributes}])"
        return skeleton(browser.evaluate(listed))

    assert elements("harmless") == Parsed(page(poisoned(REPORT, "x"))).skeleton()
    assert elements("hostile") == elements("harmless")

    browser.show(pages("hostile"))
    assert browser.requests() == [pages("hostile").as_uri()]
    assert browser.complaints() == []
    assert not any(event["method"] == "Page.javascriptDialogOpening" for event in browser.events)
    assert browser.evaluate("document.title").startswith("3 findings")
    assert browser.evaluate("document.body.innerText.includes('<script>document.title')")


def test_the_policy_stops_what_a_mistake_of_ours_would_let_in(browser, pages, tmp_path):
    broken = tmp_path / "broken.html"
    markup = "<script>document.title = 'owned'</script><img src='https://192.0.2.1/x.png'><p style='color: red'>x</p>"
    broken.write_text(pages("clean").read_text().replace("<footer>", f"{markup}<footer>"))
    browser.show(broken)

    assert browser.evaluate("document.title").startswith("clean")
    assert sum("Content Security Policy" in complaint for complaint in browser.complaints()) == 3
    assert browser.requests()[0] == broken.as_uri()


def test_paper_shows_what_is_folded(browser, pages):
    shown = "[...document.querySelectorAll('details')].map(one => one.lastElementChild.checkVisibility())"
    browser.show(pages("sample"))
    assert set(browser.evaluate(shown)) == {True, False}

    browser.show(pages("sample"), media="print")
    assert set(browser.evaluate(shown)) == {True}
    assert browser.evaluate("getComputedStyle(document.querySelector('nav')).display") == "none"


def test_on_paper_the_page_is_light(browser, pages):
    browser.show(pages("sample"), media="print", scheme="dark")

    assert browser.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


@pytest.mark.executes
def test_the_page_of_a_real_review_shows_its_counterexample_and_says_what_the_text_says(browser, tmp_path):
    before = 'def pages(total):\n    """Pages for so many things.\n\n    >>> pages(101)\n    5\n    """\n    {}\n'
    repo = changed(tmp_path / "repo", before.format("return -(-total // 25)"), before.format("return total // 25"))
    file = tmp_path / "page.html"
    said = reviewer(repo, "review", "--model", "none")
    if "nothing was executed" in said.stdout:
        pytest.skip("nothing can be executed here")
    written = reviewer(repo, "review", "--model", "none", "--format", "html", "--output", str(file))

    assert (said.code, written.code, written.stdout) == (1, 1, ""), said.stderr + written.stderr
    browser.show(file, width=360, scheme="dark")
    assert hidden(browser, "table.outcomes, .outcomes td") == []
    assert browser.evaluate("document.querySelector('.status').innerText") == said.stdout.splitlines()[-1]
    assert " ".join(browser.evaluate("document.querySelector('.outcomes').innerText").split()) == (
        "Counterexample pages(101) Promised Old New prints 5 prints 5 promise kept prints 4 promise broken"
    )


# ---------------------------------------------------------------- the validator of the W3C's own service


def complaints(*files):
    """What the Nu Html Checker says; it knows no hashes in a policy, which the browser above shows to be right."""
    java, jar = command("java"), installed(FOLDER / "vnu-jar" / "build" / "dist" / "vnu.jar")
    known = ("--filterpattern", "Inline style violates Content Security.*", "--no-langdetect", "--Werror")
    done = run(java, "-XX:TieredStopAtLevel=1", "-Xss4m", "-jar", jar, *known, *files)
    assert (done.returncode == 0) == (not done.stderr)
    return done.stderr


def test_a_validator_finds_nothing(pages):
    names = ("wide", "clean", "empty", "incomplete", "harmless", "hostile")

    assert complaints(GOLDEN, *map(pages, names)) == ""


BROKEN = {
    "open": ("</table>", "", "table"),
    "style": ("color-scheme: light", "colr-scheme: light", "CSS"),
    "attribute": ('scope="col"', 'scope="cell"', "scope"),
    "identity": ('id="at-f2"', 'id="at-f1"', "Duplicate ID"),
    "language": (' lang="en"', "", "lang"),
}


def test_the_validator_would_notice(tmp_path):
    golden = GOLDEN.read_text()
    for name, (old, new, _) in BROKEN.items():
        assert old in golden
        (tmp_path / f"{name}.html").write_text(golden.replace(old, new, 1))
    said = complaints(*(tmp_path / f"{name}.html" for name in BROKEN)).splitlines()

    for name, (_, _, word) in BROKEN.items():
        assert any(f"/{name}.html" in line and word in line for line in said), name

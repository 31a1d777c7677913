"""What is inside Markdown, as GitHub's own renderer shows it."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from cmarkgfm import github_flavored_markdown_to_html
from cmarkgfm.cmark import Options
from hypothesis import given
from hypothesis import strategies as st

from reviewer.emitters import markup, sanitise

# What Markdown, HTML and the platforms act on, and what of it has slipped through elsewhere.
SIGNS = st.sampled_from(
    [
        *"\\`*_{}[]()<>#+-.!|~$&@:/=%^'\" \t\n\r",
        *("1.", "2)", "@team", "#12", "!3", "~label", "%4", "GH-5", ":smile:", "www.a.example", "https://a.example"),
        *("a@b.example", "mailto:a@b.example", "[x](https://a.example)", "![x](/y)", "[x]: /y", "[^1]", "- [ ]"),
        *("<b>", "</details>", "<!--", "-->", "<script>", "&lt;", "&#64;", "&commat;user", "```", "~~~", "---", "==="),
        *("| a | b |\n|---|---|", "$`x`$", "/close", "::: x", "$$", "\x1b[2J", "\u202e", "word", "a"),
    ]
)
TEXTS = st.lists(SIGNS | st.characters(), max_size=12).map("".join)


class Shown(HTMLParser):
    """The tags of a rendered text, its running text in the pieces that filters see, and its code."""

    def __init__(self, markdown: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.words: list[str] = [""]
        self.codes: list[str] = []
        self.text = ""
        self.coding = False
        self.feed(github_flavored_markdown_to_html(markdown, Options.CMARK_OPT_UNSAFE))
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.words.append("")
        if tag == "code":
            self.coding = True
            self.codes.append("")

    def handle_endtag(self, tag):
        self.words.append("")
        self.coding = self.coding and tag != "code"

    def handle_comment(self, data):
        self.words.append("")

    def handle_data(self, data):
        self.text += data
        (self.codes if self.coding else self.words)[-1] += data


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        ("The last page is missing", "The last page is missing"),
        ("`post` skips *close*", r"`post` skips \*close\*"),
        ("ask @team about #12", "ask @<!-- -->team about #<!-- -->12"),
        ("see https://a.example", "see https:<!-- -->//a.example"),
        ("www.a.example", "www<!-- -->.a.example"),
        ("<img src=x> &lt;", "&lt;img src=x&gt; &amp;<!-- -->lt;"),
        ("# no heading", r"\# no heading"),
        ("1. no list", r"1\. no list"),
        ("/close", r"\/close"),
        ("[x](y)", r"\[x\](y)"),
        ("[work_item:7] [1, 2]", r"\[<!-- -->work\_item:<!-- -->7\] \[1, 2\]"),
        ("a | b", r"a \| b"),
        ("a\nb\x1b", r"a\\nb\\x1b"),
        ("", ""),
    ],
)
def test_prose(text, markdown):
    assert markup.prose(text) == markdown


ACTED_ON = re.compile(r"[@#!~%&$^]\w|://|www\.|:\w+:|\bgh-\d", re.IGNORECASE)


@given(TEXTS)
def test_prose_is_shown_as_it_is_and_nothing_in_it_is_acted_on(text):
    wanted = re.sub("`([^`]+)`", lambda code: code[1] if code[1].strip() else "(blank)", sanitise.line(text).strip())
    shown = Shown(markup.prose(text))

    assert shown.text.removesuffix("\n") == wanted
    assert set(shown.tags) <= {"p", "code"}
    assert not any(ACTED_ON.search(word) for word in shown.words)


@given(TEXTS)
def test_code_is_shown_as_it_is(text):
    safe = sanitise.line(text)
    shown = Shown(f"- {markup.code(text)}, x")

    assert shown.text.strip("\n") == f"{safe if safe.strip() else '(blank)' if safe else '(empty)'}, x"
    assert shown.tags == (["ul", "li", "code"] if safe.strip() else ["ul", "li"])


@given(TEXTS)
def test_nothing_leaves_a_fence(text):
    shown = Shown(f"{markup.fence(text, 'python')}\n\nafter")

    assert shown.tags == ["pre", "code", "p"]
    assert shown.codes == [sanitise.block(text).rstrip("\n") + "\n"]


@pytest.mark.parametrize(
    ("text", "markdown"),
    [("a", "`a`"), ("a`b", "``a`b``"), ("`", "`` ` ``"), (" a ", "`  a  `"), ("``a", "``` ``a ```"), ("", "(empty)")],
)
def test_code(text, markdown):
    assert markup.code(text) == markdown


def test_a_fence_is_longer_than_any_inside():
    assert markup.fence("a\n````\nb\n", "python") == "`````python\na\n````\nb\n`````"

"""What is put into configuration files leaves every byte of the rest as it was, and means what it should."""

import tomllib

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from reviewer.errors import ConfigError
from reviewer.setupfiles import has_table, names_us, rendered, toml, with_hooks, with_table

SOURCES = {"local": None, "fetched": ("https://example.invalid/reviewer", "v0.1.0")}
TESTS = {"tests": "tests/test_<module>_docs.py"}


def ours(source) -> list[str]:
    return ["reviewer", "reviewer-push"]


def check(before: str, after: str, source) -> None:
    """`after` is `before` with lines put in at one place, and one more repository in what it says."""
    old, new = (yaml.safe_load(text.removeprefix("\ufeff")) or {} for text in (before, after))
    repos = new.pop("repos")
    assert [hook["id"] for hook in repos[-1]["hooks"]] == ours(source)
    assert repos[:-1] == (old.pop("repos", None) or [])
    assert new == old
    if source:
        assert (repos[-1]["repo"], repos[-1]["rev"]) == source
    else:
        assert repos[-1]["repo"] == "local"


PLAIN = """\
# See https://pre-commit.com for more information
repos:
- repo: https://example.invalid/hooks
  rev: v5.0.0
  hooks:
  - id: trailing-whitespace # trim
  - id: check-yaml

# the end
"""
SAMPLE = """\
default_install_hook_types: [pre-commit, pre-push]
repos:
-   repo: https://example.invalid/hooks
    rev: v3.2.0
    hooks:
    -   id: trailing-whitespace
        args: [--markdown-linebreak-ext=md]
"""
MIDDLE = """\
minimum_pre_commit_version: 3.2.0
repos: # all of them

  # first
  - repo: local
    hooks:
      - id: one
        name: one
        entry: |
          sh -c '
            true
          '
        language: system
        exclude: >
          (?x)^(
            a|
            b
          )$
  # - repo: switched-off

ci:
  skip: [one]
exclude: ^vendor/
"""
LAYOUTS = {
    "empty": "",
    "blank": "\n",
    "only a comment": "# nothing yet",
    "none": "repos: []\n",
    "none, with a comment": "repos: []  # none yet\nfail_fast: true\n",
    "null": "repos:\n",
    "plain": PLAIN,
    "as pre-commit writes it": SAMPLE,
    "deep": MIDDLE,
    "begins a document": "# x\n---\n" + PLAIN,
    "quoted key": PLAIN.replace("repos:", '"repos":'),
    "byte order mark": "\ufeffrepos: []\n",
    "no newline at the end": PLAIN.removesuffix("\n\n# the end\n"),
    "other keys follow": PLAIN + "fail_fast: true\n",
}


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize("text", LAYOUTS.values(), ids=LAYOUTS)
def test_our_entry_is_added_to_any_usual_layout(text, newline, source):
    before = text.replace("\n", newline)
    after = with_hooks(before, source)

    check(before, after, source)
    assert "\n" not in after.replace("\r\n", "") or "\r\n" not in before
    kept = [line.rstrip("\r") for line in after.split("\n")]
    for line in before.split("\n"):
        assert line.rstrip("\r").replace(" []", "") in [one.replace(" []", "") for one in kept]
    assert names_us(after)


@pytest.mark.parametrize("name", ["plain", "as pre-commit writes it", "deep", "other keys follow"])
def test_lines_are_put_in_and_none_is_changed(name):
    before = LAYOUTS[name].splitlines(keepends=True)
    after = with_hooks(LAYOUTS[name], None).splitlines(keepends=True)
    start = next(place for place, line in enumerate(after) if place >= len(before) or line != before[place])

    assert after[:start] + after[start + len(after) - len(before) :] == before


def test_the_layout_of_the_file_is_kept():
    assert with_hooks(SAMPLE, SOURCES["fetched"]).endswith(
        "-   repo: https://example.invalid/reviewer\n    rev: v0.1.0\n    hooks:\n    -   id: reviewer\n"
        "    -   id: reviewer-push\n"
    )


@pytest.mark.parametrize(
    "text",
    [
        "repos: [{repo: local, hooks: []}]\n",
        "repos: &all\n- repo: local\n  hooks: []\n",
        "{repos: []}\n",
        "repos:\n-\n  repo: local\n  hooks: []\n",
        "repos:\n\t- repo: local\n",
        "fail_fast: true\n",
        "repos: []\n---\nrepos: []\n",
        "repos: []\nrepos: []\n",
    ],
)
def test_an_unusual_layout_is_refused_with_the_lines_to_add(text):
    with pytest.raises(ConfigError, match=r"^\.pre-commit-config\.yaml: .*add our entry yourself"):
        with_hooks(text, None)


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_the_lines_to_add_are_on_one_line_what_they_are_on_many(source):
    with pytest.raises(ConfigError) as refusal:
        with_hooks("repos: [{repo: local, hooks: []}]\n", source)
    (line,) = str(refusal.value).splitlines()

    assert [yaml.safe_load(line.partition("to `repos`: ")[2])] == yaml.safe_load("\n".join(rendered(source)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("- id: reviewer\n", True),
        ("  - id: 'reviewer' # ours\n", True),
        ("hooks: [{id: reviewer}]\n", True),
        ("  id: reviewer-push\n", True),
        ("  # - id: reviewer\n", False),
        ("  - id: reviewer-tests\n", False),
        ("  - id: code-reviewer\n", False),
        ("  - repo: https://example.invalid/reviewer\n", False),
        ("  - id: other # not id: reviewer\n", False),
    ],
)
def test_whether_a_configuration_names_us(text, expected):
    assert names_us(text) is expected


blanks = st.sampled_from([0, 2, 4])
comments = st.sampled_from(["", "# c\n", "\n", "  # indented\n"])


@given(blanks, st.sampled_from([1, 3]), st.sampled_from([0, 2]), st.integers(1, 3), comments, st.booleans())
def test_any_layout_that_yaml_reads_is_added_to(indent, gap, nested, items, comment, more):
    lines = ["repos:\n"]
    for number in range(items):
        inner = " " * (indent + 1 + gap)
        lines += [
            f"{' ' * indent}-{' ' * gap}repo: https://example.invalid/{number}\n",
            f"{inner}rev: v{number}\n",
            comment,
            f"{inner}hooks:\n",
            f"{inner}{' ' * nested}-{' ' * gap}id: hook-{number}\n",
        ]
    text = "".join(lines) + comment + ("fail_fast: true\n" if more else "")
    for source in SOURCES.values():
        check(text, with_hooks(text, source), source)


# ---------------------------------------------------------------- pyproject.toml


PROJECTS = {
    "empty": "",
    "comment": "# mine\n",
    "no newline": '[project]\nname = "x"  # why',
    "crlf": '[tool.ruff]\r\nline-length = 100\r\n\r\n[tool.ruff.lint]\r\nselect = ["E"]\r\n',
    "arrays of tables": '[[tool.mypy.overrides]]\nmodule = ["a"]\n',
    "dotted": 'tool.ruff.line-length = 100\n[project]\nname = "x"\n',
    "byte order mark": "\ufeff[project]\nname = 'x'\n",
    "multi-line text": 'text = """\n[tool.reviewer]\n"""\n',
}


@pytest.mark.parametrize("text", PROJECTS.values(), ids=PROJECTS)
def test_the_table_is_put_behind_what_is_there(text):
    after = with_table(text, TESTS)

    assert after.startswith(text)
    assert tomllib.loads(after.removeprefix("\ufeff"))["tool"]["reviewer"] == TESTS
    assert has_table(after)
    assert not has_table(text)
    assert ("\r\n" in text) == ("\r\n" in after)


@pytest.mark.parametrize(
    "text", ["tool = {ruff = {}}\n", "tool = 1\n", "[tool]\nreviewer = {}\n", "[[tool]]\n"], ids=lambda text: text
)
def test_where_no_table_can_be_added_that_is_said(text):
    with pytest.raises(ConfigError, match=r"^pyproject\.toml: "):
        with_table(text, TESTS)


@given(st.dictionaries(st.from_regex(r"[a-z][a-z-]{0,8}", fullmatch=True), st.text(), max_size=4))
def test_any_text_is_written_so_that_it_is_read_again(entries):
    entries = {name: value.encode("utf-8", "replace").decode() for name, value in entries.items()}

    assert tomllib.loads(toml(entries)) == entries

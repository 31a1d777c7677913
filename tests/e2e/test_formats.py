"""The formats for platforms, of real reviews."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import jsonschema
import pytest

from tests.e2e.helpers import MODEL, changed, finding, found, reviewer, says
from tests.repos import Repo
from tests.servers import played

pytestmark = [pytest.mark.executes, pytest.mark.slow]  # whole reviews in every format
TESTS = Path(__file__).parents[1]
BEFORE = '''\
"""Prices."""


def total(prices):
    """Sum of the prices.

    >>> total([1, 2])
    3
    """
    return sum(prices)
'''
AFTER = BEFORE.replace("sum(prices)", "sum(prices[1:])")
GITLAB = json.loads((TESTS / "gitlab-code-quality.schema.json").read_text())


def written(repo: Repo, format_: str, *arguments: str, host: str = "", code: int = 1) -> str:
    """What `reviewer review` writes into a file, with nothing on stdout."""
    chosen = ("--model", MODEL) if host else ("--model", "none")
    env = {"OLLAMA_HOST": host} if host else {}
    done = reviewer(repo, "review", "--format", format_, "--output", "out", *chosen, *arguments, **env)
    assert (done.code, done.stdout) == (code, ""), done.stderr
    return (repo.root / "out").read_text(encoding="utf-8")


def results(text: str) -> list[dict]:
    (run,) = json.loads(text)["runs"]
    return run["results"]


def silenced(text: str) -> list[tuple[str, str]]:
    return [(one["ruleId"], each["kind"]) for one in results(text) for each in one.get("suppressions", ())]


def test_every_format_of_one_review_says_the_same(tmp_path):
    repo = changed(tmp_path, BEFORE, AFTER)
    title = json.loads(written(repo, "json"))["findings"][0]["title"]
    texts = {name: written(repo, name) for name in ("sarif", "github", "gitlab", "rdjsonl", "junit", "markdown")}
    jsonschema.validate(json.loads(texts["gitlab"]), GITLAB)

    assert title in results(texts["sarif"])[0]["message"]["text"]
    assert texts["github"].startswith("::error file=shop.py,line=10,endLine=10,title=total([1%2C 2])")
    assert title in json.loads(texts["gitlab"])[0]["description"]
    assert title in json.loads(texts["rdjsonl"].splitlines()[0])["message"]
    assert title in ET.fromstring(texts["junit"]).find(".//failure").get("message")
    assert "### error: total(\\[1, 2\\])" in texts["markdown"]


def test_the_verified_fix_makes_the_file_what_it_was(tmp_path):
    repo = changed(tmp_path, BEFORE, AFTER)
    claim = finding("return sum(prices[1:])", "Wrong elements", replacement="    return sum(prices)")
    with played(says(found(claim))) as server:
        sarif = results(written(repo, "sarif", host=server.host))
        diagnostics = written(repo, "rdjsonl", host=server.host).splitlines()
    ((replacement,),) = ([*change["replacements"]] for fix in sarif[0]["fixes"] for change in fix["artifactChanges"])
    region = replacement["deletedRegion"]
    lines = AFTER.split("\n")
    (suggestion,) = json.loads(diagnostics[0])["suggestions"]

    assert (region["startLine"], region["endLine"]) == (10, 10)
    assert lines[9][region["startColumn"] - 1 : region["endColumn"] - 1] == lines[9]
    lines[9] = replacement["insertedContent"]["text"]
    assert "\n".join(lines) == BEFORE
    assert suggestion == {"range": {"start": {"line": 10}, "end": {"line": 10}}, "text": lines[9]}


def test_what_a_comment_or_the_baseline_silences_is_suppressed_in_sarif(tmp_path):
    repo = changed(tmp_path, BEFORE, AFTER)
    written(repo, "sarif", "--write-baseline", code=0)
    known = written(repo, "sarif", "--baseline", ".reviewer-baseline.json", "--show", "all", code=0)
    repo.edit("shop.py", lambda text: text.replace("(prices):", "(prices):  # reviewer: ignore[contract] known"))
    repo.add("shop.py")
    ignored = written(repo, "sarif", "--show", "all", code=0)
    silent = written(repo, "sarif", code=0)

    assert silenced(known) == [("regression/contract", "external")]
    assert silenced(ignored) == [("regression/contract", "inSource")]
    assert {one["ruleId"] for one in results(silent)} <= {"behaviour-change"}

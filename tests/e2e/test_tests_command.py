"""`reviewer tests` as a user runs it: the patch, the files, what is kept, dropped, refused and said."""

import json
import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from tests.e2e.helpers import SCRIPTS, Run, environment, program, reviewer
from tests.repos import Repo
from tests.servers import MODEL, played

pytestmark = [pytest.mark.executes, pytest.mark.slow]  # whole runs, with mutants

SHOP = '''\
"""Prices."""


def total(prices, tax=0):
    """Sum of the prices, and the tax.

    Raises:
        ValueError: if tax is negative.

    >>> total([1, 2])
    3
    >>> total([])
    0
    """
    if tax < 0:
        raise ValueError("a negative tax")
    return sum(prices) + tax


def half(amount):
    """Half of the amount, rounded down.

    half(5) == 2
    """
    return amount // 2


def silent(amount):
    return amount
'''
FILE = "tests/test_shop_docs.py"


def shop(parent, text: str = SHOP, path: str = "shop.py") -> Repo:
    repo = Repo(parent)
    repo.write(path, text).add().commit()
    return repo


def made(repo: Repo, *arguments: str, **env: str) -> Run:
    """`reviewer tests --model none` on the whole repository."""
    return reviewer(repo, "tests", "--all", "--model", "none", *arguments, **env)


def plain_pytest(repo: Repo, *arguments: str) -> Run:
    """pytest as a user of the project runs it, outside of any sandbox."""
    command = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments)
    return program(*command, cwd=repo.root, PYTHONDONTWRITEBYTECODE="1")


def files(repo: Repo) -> dict[str, bytes]:
    """Everything in the worktree."""
    found = (path for path in repo.root.rglob("*") if path.is_file() and ".git" not in path.parts)
    return {path.relative_to(repo.root).as_posix(): path.read_bytes() for path in found}


def names(repo: Repo, path: str = FILE) -> list[str]:
    """The test functions of a file."""
    lines = (repo.root / path).read_text().splitlines()
    return [line[4:].partition("(")[0] for line in lines if line.startswith("def test_")]


# ---------------------------------------------------------------- the patch and the file


def test_the_printed_patch_is_one_that_git_applies_and_its_tests_pass(tmp_path):
    repo = shop(tmp_path)
    before = files(repo)

    run = made(repo)

    assert run.code == 0
    assert files(repo) == before
    patch = tmp_path / "docs.patch"
    assert made(repo, "--output", str(patch)).stdout == ""
    assert patch.read_text() == run.stdout
    repo.git("apply", str(patch))
    assert names(repo) == [
        "test_total_sum_of_the_prices_and_the_tax",
        "test_total_raises_value_error",
        "test_half_of_the_amount_rounded_down",
    ]
    assert plain_pytest(repo).code == 0
    assert "shop.py::silent: no test: it has no docstring" in run.stderr
    assert "shop.py::half: 1 case, 1 passed, 1 kept" in run.stderr


def test_what_is_written_is_what_the_patch_says_and_a_second_run_changes_nothing(tmp_path):
    repo = shop(tmp_path)
    patch = made(repo).stdout

    written = made(repo, "--write")

    assert (written.code, written.stdout) == (0, "")
    now = files(repo)
    repo.remove("tests").git("apply", "-", data=patch.encode())
    assert files(repo) == now
    assert (made(repo).stdout, made(repo, "--write").stdout) == ("", "")
    assert files(repo) == now


def test_a_changed_function_gets_its_tests_anew_and_the_others_stay(tmp_path):
    repo = shop(tmp_path)
    made(repo, "--write")
    before = (repo.root / FILE).read_text()
    repo.add().commit()
    repo.edit("shop.py", lambda text: text.replace("half(5) == 2", "half(5) == 2, half(8) == 4"))

    run = reviewer(repo, "tests", "--model", "none", "--write")

    after = (repo.root / FILE).read_text()
    assert run.code == 0
    assert "(8, 4)" in after
    assert after.split("def test_half")[0].rpartition("# reviewer:")[0] in before
    assert plain_pytest(repo).code == 0


def test_a_test_that_the_user_edited_is_left_alone(tmp_path):
    repo = shop(tmp_path)
    made(repo, "--write")
    repo.edit(FILE, lambda text: text.replace("assert half(5) == 2", "assert half(5) == 2  # mine"))
    mine = (repo.root / FILE).read_text()
    repo.edit("shop.py", lambda text: text.replace("half(5) == 2", "half(7) == 3"))

    run = made(repo, "--write", "--prune")

    assert (repo.root / FILE).read_text() == mine
    assert f"{FILE}::test_half_of_the_amount_rounded_down: edited by hand" in run.stderr


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda text: text.partition("def half")[0], "the function is gone"),
        (lambda text: text.replace("Half of the amount, rounded down.", "The half."), "the docstring no longer"),
        (lambda text: text.replace("    half(5) == 2\n", ""), "the example is gone"),
    ],
    ids=["function", "sentence", "example"],
)
def test_a_stale_test_is_reported_and_goes_only_with_prune(tmp_path, change, why):
    repo = shop(tmp_path)
    made(repo, "--write")
    before = names(repo)
    repo.edit("shop.py", change)
    if why.startswith("the docstring"):
        repo.edit("shop.py", lambda text: text.replace("half(5) == 2", "Nothing else."))

    run = made(repo, "--write")

    assert f"{FILE}::{before[-1]}: stale, --prune removes it unless it was edited: {why}" in run.stderr
    assert names(repo) == before
    assert "removed" in made(repo, "--write", "--prune").stderr
    assert names(repo) == before[:-1]


def test_a_test_whose_function_still_breaks_its_promise_is_not_stale(tmp_path):
    repo = shop(tmp_path)
    made(repo, "--write")
    before = (repo.root / FILE).read_text()
    repo.edit("shop.py", lambda text: text.replace("amount // 2", "amount // 3"))

    run = made(repo, "--write", "--prune")

    assert (repo.root / FILE).read_text() == before
    assert "mismatch: half(5): returns 1, documented is 2" in run.stderr


def test_tests_of_functions_and_modules_that_are_not_selected_are_not_stale(tmp_path):
    repo = shop(tmp_path)
    repo.write("pyproject.toml", '[tool.reviewer]\ntests = "tests/test_all.py"\n')
    repo.write("more.py", SHOP.replace("def half", "def third").replace("half(5) == 2", "third(5) == 2"))
    repo.add().commit()
    made(repo, "--write")
    before = (repo.root / "tests/test_all.py").read_text()
    assert len(names(repo, "tests/test_all.py")) == 6

    one = made(repo, "--write", "--prune", "shop.py::half")

    assert (one.code, (repo.root / "tests/test_all.py").read_text()) == (0, before)
    assert plain_pytest(repo).code == 0


def test_tests_of_a_module_that_was_deleted_or_renamed_are_stale(tmp_path):
    repo = shop(tmp_path)
    made(repo, "--write")
    repo.add().commit()
    repo.git("mv", "shop.py", "market.py")

    run = reviewer(repo, "tests", "--model", "none", "--write", "--prune", "--staged")

    assert run.code == 0
    assert run.stderr.count("removed") >= 3
    assert not (repo.root / FILE).read_text().strip()


def test_a_source_file_with_a_syntax_error_makes_nothing_stale(tmp_path):
    repo = shop(tmp_path)
    made(repo, "--write")
    before = files(repo)
    repo.edit("shop.py", lambda text: text.replace("return amount // 2", "return (amount // 2"))

    run = made(repo, "--write", "--prune")

    assert "stale" not in run.stderr
    assert files(repo)[FILE] == before[FILE]


def test_no_tests_are_made_for_tests(tmp_path):
    repo = shop(tmp_path)
    made(repo, "--write")
    repo.add().commit()

    run = made(repo)

    assert (run.code, run.stdout) == (0, "")
    assert "it is a test itself" not in run.stderr
    assert "3 tests for 3 functions" in run.stderr
    assert f"{FILE}: no test for 3 functions: it is a test itself: test_total" in made(repo, FILE).stderr


def test_what_the_user_has_in_the_file_stays(tmp_path):
    repo = shop(tmp_path)
    mine = '"""Mine."""\n\nfrom shop import half\n\n\ndef test_mine( ):\n    assert half(4)==2 # so\n'
    repo.write(FILE, mine)

    made(repo, "--write")

    text = (repo.root / FILE).read_text()
    assert text.startswith('"""Mine."""\n')
    assert "def test_mine( ):\n    assert half(4)==2 # so\n" in text
    assert plain_pytest(repo).code == 0


def test_what_the_projects_tests_assert_already_is_not_asserted_again(tmp_path):
    repo = shop(tmp_path)
    repo.write("tests/test_mine.py", "import shop\n\n\ndef test_half():\n    assert shop.half(5) == 2\n").add().commit()

    run = made(repo, "--write")

    assert "test_half" not in (repo.root / FILE).read_text()
    assert "dropped at the gate `new`: half(5): the project's tests assert it already" in run.stderr


@pytest.mark.parametrize(
    ("source", "more", "where"),
    [
        ("src/store/shop.py", {"src/store/__init__.py": ""}, "tests/test_shop_docs.py"),
        ("store/shop.py", {"store/__init__.py": "", "test/test_old.py": ""}, "test/test_shop_docs.py"),
        (
            "store/shop.py",
            {
                "store/__init__.py": "",
                "pyproject.toml": '[tool.reviewer]\ntests = "checks/<package>/test_<module>.py"\n',
            },
            "checks/store/test_shop.py",
        ),
    ],
    ids=["src", "package", "template"],
)
def test_the_file_goes_where_the_project_keeps_its_tests(tmp_path, source, more, where):
    repo = shop(tmp_path, path=source)
    for path, text in more.items():
        repo.write(path, text)
    repo.add().commit()

    run = made(repo, "--write")

    assert (run.code, names(repo, where)) == (0, names(repo, where))
    environment = {"PYTHONPATH": str(repo.root / "src")} if source.startswith("src") else {}
    done = program(sys.executable, "-m", "pytest", "-q", where, cwd=repo.root, **environment)
    assert done.code == 0, done.stdout


# ---------------------------------------------------------------- refused


def test_nothing_is_written_through_a_link_that_leads_out(tmp_path):
    repo = shop(tmp_path)
    (tmp_path / "outside").mkdir()
    (repo.root / "tests").symlink_to(tmp_path / "outside")

    run = made(repo, "--write")

    assert (run.code, run.stdout) == (2, "")
    assert "leads out of the repository" in run.stderr
    assert list((tmp_path / "outside").iterdir()) == []


def test_a_test_file_that_does_not_parse_is_said_before_anything_runs(tmp_path):
    repo = shop(tmp_path, SHOP + "\n\nopen('ran', 'w')\n")
    repo.write(FILE, "def broken(:\n").add().commit()
    before = files(repo)

    run = made(repo, "--write")

    assert (run.code, run.stdout) == (2, "")
    assert len(run.stderr.strip().splitlines()) == 1
    assert f"{FILE}: the test file does not parse" in run.stderr
    assert files(repo) == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--format", "html"], "--format html"),
        (["--output", "."], "--output .: it is a folder"),
        (["--output", "docs.patch", "--write"], "--output takes the patch, of which --write leaves nothing"),
        (["nowhere.py"], "nowhere.py"),
        (["shop.py::nothing"], "no function of that name"),
        (["--staged"], "exclude each other"),
    ],
)
def test_wrong_use_exits_2_with_nothing_on_stdout(tmp_path, arguments, said):
    run = made(shop(tmp_path), *arguments)

    assert (run.code, run.stdout) == (2, "")
    assert said in run.stderr


# ---------------------------------------------------------------- the report


def test_the_report_keeps_the_contract_and_names_nodes_of_pytest(tmp_path):
    repo = shop(tmp_path)

    run = made(repo, "--write", "--format", "json")

    assert run.code == 0
    report = run.report
    assert report["status"] == "clean"
    assert [(test["function"], test["origin"], test["verdict"], test["written"]) for test in report["tests"]] == [
        ("total", "example", "documents", True),
        ("total", "raises", "documents", True),
        ("half", "example", "documents", True),
    ]
    for test in report["tests"]:
        assert (test["path"], test["source_path"]) == (FILE, "shop.py")
        assert test["source"] in (repo.root / FILE).read_text()
        assert len(test["mutants_killed"]) <= test["mutants_total"]
        assert test["mutants_killed"]
    assert report["tests"][0]["line"] == 4
    assert report["tests"][0]["imports"] == ["from shop import total", "import pytest"]
    assert plain_pytest(repo, *(f"{test['path']}::{test['name']}" for test in report["tests"])).code == 0
    gates = report["stats"]["gates"]
    assert [gates[name] for name in ("proposed", "parses", "runs", "passes", "stable", "kills", "new")] == [4] * 7
    assert 0 < gates["mutants_killed"] <= gates["mutants"]
    assert [(entry["call"], entry["reason"]) for entry in report["not_run"]] == [("silent", "it has no docstring")]
    patch = made(repo.remove("tests"), "--format", "json").report
    assert {test["written"] for test in patch["tests"]} == {False}


def test_a_test_guards_fixes_or_documents(tmp_path):
    broken = SHOP.replace("return amount // 2", "return amount // 3").replace('"""Prices."""\n', "")
    repo = shop(tmp_path, broken)
    repo.edit("shop.py", lambda text: text.replace("amount // 3", "amount // 2"))
    repo.edit("shop.py", lambda text: text.replace("sum(prices) + tax", "tax + sum(prices)"))
    repo.edit("shop.py", lambda text: text + '\n\ndef twice(amount):\n    """twice(2) == 4"""\n    return amount * 2\n')

    report = reviewer(repo, "tests", "--model", "none", "--format", "json").report

    verdicts = {test["function"]: test["verdict"] for test in report["tests"]}
    assert verdicts == {"total": "guards", "half": "fixes", "twice": "documents"}


def test_a_documented_example_that_fails_becomes_a_finding_and_no_test(tmp_path):
    repo = shop(tmp_path, SHOP.replace("half(5) == 2", "half(5) == 3"))

    run = made(repo, "--format", "json")

    assert run.code == 0
    assert [test["function"] for test in run.report["tests"]] == ["total", "total"]
    (finding,) = run.report["findings"]
    assert (finding["function"], finding["verdict"], finding["evidence"]) == ("half", "mismatch", "proved")
    script = tmp_path / "counterexample.py"
    script.write_text(finding["counterexample"]["script"])
    assert program(sys.executable, script, cwd=repo.root).code == 1


def test_an_example_that_cannot_be_tried_is_no_failure_of_the_code(tmp_path):
    repo = shop(tmp_path, SHOP.replace("half(5) == 2", ">>> half(unknown)\n    2\n    >>> half((4)\n    2"))

    run = made(repo, "--format", "json")

    assert (run.code, run.report["findings"]) == (0, [])
    assert {entry["function_id"] for entry in run.report["not_run"]} == {"shop.py::half", "shop.py::silent"}
    assert "half(unknown)" in made(repo, "--verbose").stderr


def test_what_it_does_now_is_pinned_only_when_asked(tmp_path):
    repo = shop(tmp_path)

    run = made(repo, "--write", "--characterise", "--format", "json")

    pinned = [test for test in run.report["tests"] if test["origin"] == "characterisation"]
    assert {test["verdict"] for test in pinned} == {"characterises"}
    assert pinned
    for test in pinned:
        assert "_characterisation" in test["name"]
        assert test["docstring_quote"] is None
        assert "What it does now" in test["source"]
        assert test["mutants_killed"]
    assert plain_pytest(repo).code == 0
    before = files(repo)
    assert made(repo, "--write", "--characterise", "--prune").stdout == ""
    assert made(repo, "--write", "--prune").stdout == ""
    assert files(repo) == before


def test_what_was_not_examined_exits_3_and_is_named(tmp_path):
    repo = shop(tmp_path)
    repo.write("odd.py", b"# coding: nothing\n\xff\n").add().commit()

    run = made(repo, "--format", "json")

    assert run.code == 3
    assert [(item["path"], item["reason"]) for item in run.report["unreviewed"]] == [("odd.py", "unparsable")]
    assert len(run.report["tests"]) == 3
    assert made(repo, "--on-incomplete", "pass").code == 0


def test_after_the_deadline_nothing_is_begun_and_nothing_taken_away(tmp_path):
    repo = shop(tmp_path)
    made(repo, "--write")
    before = files(repo)

    run = made(repo, "--deadline", "0.01", "--write", "--prune", "--format", "json")

    assert run.code == 3
    assert run.functions("deadline") == ["total", "half", "silent"]
    assert (run.report["tests"], files(repo)) == ([], before)


def test_nothing_changed_is_no_test_and_exit_0(tmp_path):
    run = reviewer(shop(tmp_path), "tests", "--model", "none")

    assert (run.code, run.stdout) == (0, "")
    named = "a file or folder that is named needs no change"
    assert run.stderr == f"0 tests for 0 functions (the worktree against HEAD); {named}\n"


def test_quiet_says_only_what_went_wrong(tmp_path):
    assert made(shop(tmp_path), "--write", "--quiet").stderr == ""


# ---------------------------------------------------------------- every kind of function

KINDS = '''\
"""Every kind of function."""

import contextlib


class Box:
    """A box of things.

    >>> Box([1]).size
    1
    """

    def __init__(self, things):
        self.things = list(things)

    @property
    def size(self):
        """How many things there are."""
        return len(self.things)

    def put(self, thing):
        """Put a thing in and return the box's size.

        >>> box = Box([])
        >>> box.put(3)
        1
        >>> box.put(3)
        2
        """
        self.things.append(thing)
        return len(self.things)

    @classmethod
    def empty(cls):
        """A box with nothing in it.

        >>> Box.empty().size
        0
        """
        return cls([])

    @staticmethod
    def unit(name):
        """The unit in capitals.

        >>> Box.unit("cm")
        'CM'
        """
        return name.upper()


async def later(value):
    """The value and one, later.

    >>> import asyncio
    >>> asyncio.run(later(1))
    2
    """
    return value + 1


def upto(n):
    """The numbers below n.

    >>> list(upto(3))
    [0, 1, 2]
    """
    yield from range(n)


@contextlib.contextmanager
def doubled(n):
    """Twice the number, for a while.

    >>> with doubled(2) as result:
    ...     print(result)
    4
    """
    yield n * 2


def grow(items):
    """Put the number of items at the end of the list itself.

    >>> numbers = [5]
    >>> grow(numbers)
    >>> numbers
    [5, 1]
    """
    items.append(len(items))


def shout(word):
    """Print the word in capitals.

    >>> shout("hey")
    HEY
    """
    print(word.upper())


def lines(path):
    """How many lines the file has.

    >>> file = tmp_path / "a.txt"
    >>> _ = file.write_text("a\\\\nb\\\\n")
    >>> lines(file)
    2
    """
    return len(path.read_text().splitlines())


def outer(n):
    """The square and one.

    >>> outer(3)
    10
    """

    def inner(m):
        return m * m

    return inner(n) + 1
'''


def test_every_kind_of_function_gets_a_test_that_passes(tmp_path):
    repo = shop(tmp_path, KINDS, "kinds.py")

    run = made(repo, "--write", "--format", "json")

    assert (run.code, run.report["findings"]) == (0, [])
    tested = {test["function"] for test in run.report["tests"]}
    wanted = {"Box.size", "Box.put", "Box.empty", "Box.unit", "later", "upto", "doubled", "grow", "shout", "outer"}
    assert wanted <= tested | {entry["function_id"] for entry in run.report["not_run"]}
    assert tested >= wanted, made(repo, "--verbose").stderr
    assert plain_pytest(repo).code == 0


# ---------------------------------------------------------------- a model

CLAMP = '''\
"""Bounds."""


def clamp(value, low=0, high=10):
    """Keep a value between low and high.

    A value below low becomes low. A value above high becomes high.
    """
    if value < low:
        return low
    return min(value, high - 1)
'''
LOW, HIGH = "A value below low becomes low.", "A value above high becomes high."


def case(call, value, quote=LOW, setup=()):
    return {"quote": quote, "setup": list(setup), "tested_call": call, "then": "returns", "value": value}


def answers(**replies):
    """A model that answers each kind of question with a reply, or with what a function makes of the question."""
    starts = {
        "You rewrite the docstring": replies["transcribe"],
        "You propose calls of one Python function": replies["inputs"],
        "You say what one call": replies["expect"],
    }

    def play(handler):
        system, *_, last = (message["content"] for message in handler.server.seen[-1].json["messages"])
        reply = next((reply for start, reply in starts.items() if system.startswith(start)), {"ok": True})
        if callable(reply):
            reply = reply(last)
        handler.stream()
        handler.pieces(json.dumps(reply))
        handler.last(prompt_eval_count=len(system) // 4 + len(last) // 4, eval_count=40)

    return play


def with_model(repo: Repo, play, *arguments: str) -> Run:
    with played(play) as server:
        return reviewer(repo, "tests", "--all", "--model", MODEL, *arguments, OLLAMA_HOST=server.host)


TRANSCRIBED = {
    "cases": [
        case("clamp(-1)", "0"),
        case("clamp(-5, -2)", "-2"),  # right too, but kills what the first kills
        case("clamp(3)", "3", quote="It keeps three."),  # no such sentence
        case("clamp(99)", "10", quote=HIGH),  # right, and the code is wrong
        case("__import__('os').system('true')", "0"),
        case("clamp(open('/etc/passwd').read())", "0"),
        case("clamp(1, setup())", "0"),
        case("clamp(-1", "0"),
    ]
}
INPUTS = {
    "calls": [
        {"quote": LOW, "setup": [], "tested_call": "clamp(4)"},
        {"quote": HIGH, "setup": [], "tested_call": "clamp(12)"},
        {"quote": LOW, "setup": [], "tested_call": "clamp(-7)"},
    ]
}


def voting(question):
    """4 for 4, 10 for 12 (which is right, and the code is wrong), and nothing it agrees on for -7."""
    voting.turn += 1
    value = "4" if "clamp(4)" in question else "10" if "clamp(12)" in question else str(voting.turn)
    return {"quote": HIGH if value == "10" else LOW, "reason": "So.", "then": "returns", "value": value}


voting.turn = 100


def test_of_a_models_cases_only_those_are_kept_that_hold_and_earn_their_place(tmp_path):
    repo = shop(tmp_path, CLAMP, "bounds.py")

    play = answers(transcribe=TRANSCRIBED, inputs=INPUTS, expect=voting)
    run = with_model(repo, play, "--write", "--format", "json")

    report = run.report
    assert run.code == 0
    kept = [(test["origin"], test["verdict"], test["docstring_quote"]) for test in report["tests"]]
    assert kept == [("model", "documents", LOW)]
    assert "clamp(4) == 4" in report["tests"][0]["source"] or "(4, 4)" in report["tests"][0]["source"]
    assert "-1, 0" in report["tests"][0]["source"]
    assert "-5" not in report["tests"][0]["source"]
    (finding,) = report["findings"]
    assert (finding["evidence"], finding["verdict"]) == ("suspected", "claim")
    assert finding["counterexample"]["call"] == "clamp(12)"
    assert report["stats"]["claims_dropped"] == 6
    assert plain_pytest(repo).code == 0


def test_what_a_model_said_in_vain_is_listed_with_the_reason(tmp_path):
    play = answers(transcribe=TRANSCRIBED, inputs=INPUTS, expect=voting)

    said = with_model(shop(tmp_path, CLAMP, "bounds.py"), play, "--verbose").stderr

    for line in (
        "`proposed`: clamp(3): its quote is not in the docstring",
        "`proposed`: clamp(-7): the votes on what it must do do not agree",
        "`kills`: clamp(-5, -2): no mutant dies that an earlier test does not kill",
        "`passes`: clamp(99): it fails, and only a model says what is right",
        "[suspected] claim: clamp(12): returns 9, by the docstring it may have to be 10",
    ):
        assert line in said


def test_a_regression_that_only_a_models_case_shows_is_proved(tmp_path):
    repo = shop(tmp_path, CLAMP.replace("high - 1", "high"), "bounds.py")
    repo.write("bounds.py", CLAMP)
    nothing = {"calls": []}

    with played(answers(transcribe=TRANSCRIBED, inputs=nothing, expect=voting)) as server:
        run = reviewer(repo, "tests", "--model", MODEL, "--format", "json", OLLAMA_HOST=server.host)

    (finding,) = run.report["findings"]
    assert (finding["evidence"], finding["verdict"]) == ("proved", "regression")
    assert finding["counterexample"]["call"] == "clamp(99)"
    assert [test["verdict"] for test in run.report["tests"]] == ["guards"]


def test_the_body_is_never_shown(tmp_path):
    repo = shop(tmp_path, CLAMP.replace("high - 1", "high - 1  # secret"), "bounds.py")

    with played(answers(transcribe=TRANSCRIBED, inputs=INPUTS, expect=voting)) as server:
        reviewer(repo, "tests", "--all", "--model", MODEL, OLLAMA_HOST=server.host)

    asked = [seen.body.decode() for seen in server.prompts()]
    assert any(LOW in text for text in asked)
    assert not any("secret" in text or "min(value" in text for text in asked)


def test_a_model_that_gives_no_answer_leaves_the_documented_tests_and_exits_3(tmp_path):
    repo = shop(tmp_path)

    run = with_model(repo, lambda handler: handler.say({"error": "out of memory"}, 500), "--format", "json")

    assert run.code == 3
    assert run.functions("model_error")
    assert {test["function"] for test in run.report["tests"]} == {"total", "half"}


def test_ctrl_c_ends_with_130_and_names_what_is_left(tmp_path):
    repo = shop(tmp_path)
    asked = threading.Event()

    def hold(handler):
        handler.stream()
        asked.set()
        handler.until_gone()

    with played(hold) as server:
        command = [SCRIPTS / "reviewer", "tests", "--all", "--model", MODEL, "--format", "json"]
        with subprocess.Popen(
            command,
            cwd=repo.root,
            env=environment(OLLAMA_HOST=server.host),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        ) as process:
            assert asked.wait(60)
            time.sleep(0.1)
            os.killpg(process.pid, signal.SIGINT)
            stdout, stderr = process.communicate(timeout=60)
    run = Run(process.returncode, os.fsdecode(stdout), os.fsdecode(stderr))

    assert run.code == 130
    assert run.functions("interrupted") == ["total", "half", "silent"]
    assert "Traceback" not in run.stderr

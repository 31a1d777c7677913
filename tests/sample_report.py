"""One report with every part in it, for every format's golden, and the characters that must not reach a terminal."""

from dataclasses import fields, is_dataclass, replace
from enum import Enum

from reviewer import data
from reviewer.data import Category, ChangeKind, Evidence, Origin, OutcomeKind, Reason, Severity, Verdict

HOSTILE = "\x1b[2J\x1b]0;owned\x07 \x9b31m \x7f \u202eevil\u2069 \u200b [bold red]markup[/] [/] :smile: \r"

PATCH = """\
--- a/shop/pages.py
+++ b/shop/pages.py
@@ -12,1 +12,1 @@
-    return total // size
+    return -(-total // size)
"""

SCRIPT = """\
import sys
sys.path.insert(0, ".")
from shop.pages import pages
got = pages(101, 25)
print("pages(101, 25)", "expected 5, got", got)
sys.exit(got != 5)
"""


def returned(value, type_="int"):
    return data.Outcome(OutcomeKind.RETURNED, value=value, type=type_)


def raised(type_, message=None):
    return data.Outcome(OutcomeKind.RAISED, type=type_, message=message)


def function(name, line, *, path="shop/pages.py", change=ChangeKind.MODIFIED, reviewed=True, **extra):
    fields = {"old_path": None, "old_function": None, "needs_review": True, "cached": False} | extra
    return data.ReviewedFunction(
        f"{path}::{name}", path, name, line, line + 8, change=change, reviewed=reviewed, **fields
    )


PROVED = data.Finding(
    id="f1",
    function_id="shop/pages.py::pages",
    path="shop/pages.py",
    function="pages",
    line=12,
    end_line=12,
    severity=Severity.ERROR,
    category=Category.CONTRACT,
    evidence=Evidence.PROVED,
    verdict=Verdict.REGRESSION,
    introduced=True,
    title="The last page is missing when it is not full",
    message="The docstring promises that items left over get a page of their own. The division now rounds down, so"
    " they get none.",
    quote="    return total // size",
    counterexample=data.Counterexample(
        setup=("size = 25",),
        call="pages(101, size)",
        expected=returned("5"),
        old=returned("5"),
        new=returned("4"),
        docstring_quote=">>> pages(101, 25)\n5",
        through=None,
        script=SCRIPT,
    ),
    suggestion=data.Suggestion(PATCH, verified=True),
    fingerprint="3f1c0a",
    count=3,
)

SUSPECTED = data.Finding(
    id="f2",
    function_id="shop/orders.py::Order.send",
    path="shop/orders.py",
    function="Order.send",
    line=40,
    end_line=42,
    severity=Severity.WARNING,
    category=Category.RESOURCE,
    evidence=Evidence.SUSPECTED,
    verdict=Verdict.CLAIM,
    introduced=False,
    title="The file stays open when sending fails",
    message="An exception in `post` skips `close`.\n\nA `with` statement closes it either way.",
    quote='file = open(path)\n\npost(file, f"{self.id}")',
    counterexample=None,
    suggestion=data.Suggestion("-file = open(path)\n+with open(path) as file:\n", verified=False),
    fingerprint="77ab09",
)

UNDOCUMENTED = data.Finding(
    id="f3",
    function_id="shop/orders.py::Order.total",
    path="shop/orders.py",
    function="Order.total",
    line=60,
    end_line=60,
    severity=Severity.INFO,
    category=Category.ERROR_HANDLING,
    evidence=Evidence.PROVED,
    verdict=Verdict.UNDOCUMENTED_EXCEPTION,
    introduced=True,
    title="An order without lines now raises",
    message="It returned 0 before.",
    quote=None,
    counterexample=data.Counterexample(
        setup=(),
        call="Order([]).total()",
        expected=returned("0"),
        old=returned("0"),
        new=raised("IndexError", "list index out of range"),
        docstring_quote=None,
        through="shop/orders.py::report",
        script="print('x')\n",
    ),
    suggestion=None,
    fingerprint="c0ffee",
)

REPORT = data.Report(
    model=data.ModelInfo("qwen2.5-coder:7b", "sha256:2b0496", "ollama", "http://127.0.0.1:11434"),
    execution=data.Execution("sandboxed", None, ("landlock", "seccomp"), "/usr/bin/python3"),
    functions=(
        function("Order.send", 38, path="shop/orders.py"),
        function("Order.total", 58, path="shop/orders.py", cached=True),
        function("Order.load", 80, path="shop/orders.py", reviewed=False),
        function("pages", 10),
        function("chunks", 30, change=ChangeKind.ADDED),
        function(
            "windows",
            50,
            change=ChangeKind.RENAMED,
            reviewed=False,
            needs_review=False,
            old_path="shop/lists.py",
            old_function="slide",
        ),
    ),
    outside_functions=(
        data.OutsideLines("shop/orders.py", 1, 2, 0),
        data.OutsideLines("shop/orders.py", 20, 1, 1),
    ),
    findings=(SUSPECTED, UNDOCUMENTED, PROVED),
    behaviour_changes=(
        data.BehaviourChange(
            id="b1",
            function_id="shop/pages.py::chunks",
            path="shop/pages.py",
            function="chunks",
            line=30,
            call="chunks(items, 0)",
            setup=("items = [1, 2]",),
            old=returned("[]", "list"),
            new=raised("ZeroDivisionError"),
            source="mutated",
            promoted=None,
            script="print('y')\n",
        ),
        data.BehaviourChange(
            id="b2",
            function_id="shop/orders.py::Order.total",
            path="shop/orders.py",
            function="Order.total",
            line=58,
            call="Order([]).total()",
            setup=(),
            old=returned("0"),
            new=raised("IndexError", "list index out of range"),
            source="example",
            promoted="f3",
        ),
    ),
    tests=(
        data.GeneratedTest(
            function_id="shop/pages.py::pages",
            source_path="shop/pages.py",
            path="tests/test_pages_docs.py",
            function="pages",
            line=10,
            name="test_pages_full_pages",
            source="def test_pages_full_pages():\n    assert pages(100, 25) == 4\n",
            imports=("from shop.pages import pages",),
            origin=Origin.EXAMPLE,
            docstring_quote=">>> pages(100, 25)",
            mutants_killed=("m1", "m4"),
            mutants_total=5,
            verdict="guards",
            written=False,
        ),
    ),
    unreviewed=(
        data.Unreviewed(
            "shop/orders.py", Reason.DEADLINE, "20 s were over", "shop/orders.py::Order.load", "Order.load", 80
        ),
        data.Unreviewed("shop/legacy.py", Reason.UNPARSABLE, "its declared encoding `latin-9000` is not known"),
    ),
    not_run=(data.NotRun("shop/pages.py::chunks", "chunks(undefined, 2)", "NameError: name 'undefined'"),),
    stats=data.Stats(
        functions=6,
        needing_review=5,
        reviewed=4,
        model_calls=5,
        retries=1,
        cache_hits=1,
        prompt_tokens=2104,
        cached_prompt_tokens=1510,
        completion_tokens=312,
        model_seconds=18.25,
        sandbox_seconds=0.5,
        wall_seconds=20.125,
        cases_run=12,
        twin_comparisons=0,
        claims_dropped=2,
        suppressed=1,
    ),
    change="staged changes against HEAD",
)

CLEAN = data.Report(
    model=REPORT.model,
    execution=REPORT.execution,
    functions=(function("pages", 10), function("chunks", 30)),
    stats=data.Stats(functions=2, needing_review=2, reviewed=2),
)


def poisoned(value, text):
    """The same records with `text` added to each of their texts."""
    if isinstance(value, Enum):
        return value
    if isinstance(value, str):
        return value + text
    if isinstance(value, tuple):
        return tuple(poisoned(entry, text) for entry in value)
    if is_dataclass(value):
        return replace(value, **{field.name: poisoned(getattr(value, field.name), text) for field in fields(value)})
    return value

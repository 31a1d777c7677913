"""A good model, played reply by reply behind a real port: the whole report must be exactly right."""

import contextlib
import hashlib
import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.e2e.helpers import ROOT, finding, found, reviewer
from tests.repos import Repo

STANDIN = Path(os.environ.get("REVIEWER_SHARED") or ROOT.parent / "shared") / "tools" / "standin.py"
MODEL = "standin:7b"
pytestmark = pytest.mark.skipif(not STANDIN.is_file(), reason=f"no stand-in server at {STANDIN}")

BEFORE = '''\
"""Orders of a shop."""

LIMIT = 10


def total(prices):
    """Sum of the prices."""
    return sum(prices)


def average(prices):
    """Mean price, 0 for none."""
    return sum(prices) / len(prices) if prices else 0


def cheapest(prices):
    """The lowest price."""
    return min(prices)


class Order:
    """What one customer wants."""

    def __init__(self, lines):
        self.lines = lines

    def names(self):
        """Names of what is wanted, without doubles, in order."""
        return list(dict.fromkeys(name for name, _ in self.lines))

    def merge(self, other):
        """Take the lines of another order, too."""
        self.lines = self.lines + other.lines
'''

AFTER = '''\
"""Orders of a shop."""

LIMIT = 12


def total(prices):
    """Sum of the prices."""
    result = 0
    for price in prices[1:]:
        result += price
    return result


def average(prices):
    """Mean price, 0 for none."""
    return sum(prices) / len(prices)


def lowest(prices):
    """The lowest price."""
    return min(prices)


class Order:
    """What one customer wants."""

    def __init__(self, lines):
        self.lines = lines

    def names(self):
        """Names of what is wanted, without doubles, in order."""
        found = []
        for name, _ in self.lines:
            if name not in found:  # reviewer: ignore[performance] orders are short
                found.append(name)
        return sorted(found)

    def merge(self, other):
        """Take the lines of another order, too."""
        for line in other.lines:
            self.lines.append(line)
            self.lines.append(line)


def parse(text):
    """An order from lines of `name price`."""
    return Order([line.split() for line in text.splitlines()])
'''

REPLIES = {
    "def total": found(
        finding(
            "for price in prices[1:]:",
            "First price is left out",
            explanation="total([5]) is 0, not 5.",
            replacement="for price in prices:",
        ),
        finding("for price in prices[2:]:", "Not in the code"),
    ),
    "def average": found(
        finding(
            "    return sum(prices) / len(prices)",
            "Empty list divides by zero",
            explanation="average([]) raises ZeroDivisionError; 0 is promised.",
            kind="contract",
            severity="warning",
            replacement="    return sum(prices) / len(prices) if prices else 0",
        ),
        finding(
            "return sum(prices) / len(prices)", "Divides by zero for empty list", kind="contract", severity="error"
        ),
    ),
    "def names": found(
        finding("if name not in found:", "Quadratic search", kind="performance", severity="info"),
        finding("32 +        return sorted(found)", "Order is lost", kind="contract", explanation="Sorted\x1b[2J."),
    ),
    "def merge": found(
        finding("self.lines.append(line)", "Appended twice"),
        finding('"""Take the lines of another order, too."""', "Docstring is vague", severity="info"),
    ),
    "def parse": "```json\n"
    + found(finding("Order([line.split() for", "Price stays text", severity="warning"))
    + "\n```",
}


@contextlib.contextmanager
def standin(queue: Path):
    """The server's address, while a thread answers what it is asked."""
    command = [sys.executable, STANDIN, "--queue", queue, "--port", "0", "--model", MODEL, "--wait", "60"]
    done = threading.Event()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        answering = threading.Thread(target=answer, args=(queue, done))
        answering.start()
        try:
            yield process.stdout.readline().strip()
        finally:
            done.set()
            answering.join()
            process.terminate()


def answer(queue: Path, done: threading.Event) -> None:
    """Lay a reply beside every request that names a function of the table."""
    answered = set()
    while not done.wait(0.02):
        for request in set(queue.glob("*.request.json")) - answered:
            answered.add(request)
            prompt = json.loads(request.read_text())["messages"][-1]["content"]
            function = prompt.partition("FUNCTION ")[2]
            reply = next(reply for name, reply in REPLIES.items() if name in function)
            request.with_name(request.name.replace("request.json", "reply")).write_text(reply)


def expected(function, line, category, severity, title, message, quote, patch=None, introduced=True, count=1):
    """A finding as the contract has it."""
    mark = digest(function, category, "claim", " ".join(quote.split()))[:32]
    return {
        "id": digest(f"orders.py::{function}", mark)[:12],
        "function_id": f"orders.py::{function}",
        "path": "orders.py",
        "function": function,
        "line": line,
        "end_line": line,
        "severity": severity,
        "category": category,
        "evidence": "suspected",
        "verdict": "claim",
        "introduced": introduced,
        "title": title,
        "message": message,
        "quote": quote,
        "counterexample": None,
        "suggestion": patch and {"patch": patch, "verified": False},
        "fingerprint": mark,
        "count": count,
        "folded": False,
    }


def digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def function(name, line, end_line, change="modified", old=None, *, reviewed=True):
    return {
        "id": f"orders.py::{name}",
        "path": "orders.py",
        "function": name,
        "line": line,
        "end_line": end_line,
        "change": change,
        "old_path": None,
        "old_function": old,
        "needs_review": reviewed,
        "reviewed": reviewed,
        "cached": False,
    }


TOTAL_PATCH = """\
diff --git a/orders.py b/orders.py
--- a/orders.py
+++ b/orders.py
@@ -6,7 +6,7 @@
 def total(prices):
     \"\"\"Sum of the prices.\"\"\"
     result = 0
-    for price in prices[1:]:
+    for price in prices:
         result += price
     return result
\x20
"""
AVERAGE_PATCH = """\
diff --git a/orders.py b/orders.py
--- a/orders.py
+++ b/orders.py
@@ -13,7 +13,7 @@
\x20
 def average(prices):
     \"\"\"Mean price, 0 for none.\"\"\"
-    return sum(prices) / len(prices)
+    return sum(prices) / len(prices) if prices else 0
\x20
\x20
 def lowest(prices):
"""

REPORT = {
    "schema_version": 1,
    "status": "findings",
    "incomplete": False,
    "execution": {
        "state": "off",
        "reason": "execution is switched off (--no-execute)",
        "isolation": [],
        "python": None,
    },
    "functions": [
        function("total", 6, 11),
        function("average", 14, 16),
        function("lowest", 19, 21, "renamed", "cheapest", reviewed=False),
        function("Order.names", 30, 36),
        function("Order.merge", 38, 42),
        function("parse", 45, 47, "added"),
    ],
    "outside_functions": [
        {"path": "orders.py", "line": 3, "added": 1, "deleted": 1},
        {"path": "orders.py", "line": 43, "added": 2, "deleted": 0},
    ],
    "findings": [
        expected(
            "total",
            9,
            "bug",
            "error",
            "First price is left out",
            "total([5]) is 0, not 5.",
            "    for price in prices[1:]:",
            TOTAL_PATCH,
        ),
        expected(
            "average",
            16,
            "contract",
            "error",
            "Empty list divides by zero",
            "average([]) raises ZeroDivisionError; 0 is promised.",
            "    return sum(prices) / len(prices)",
            AVERAGE_PATCH,
            count=2,
        ),
        expected(
            "Order.names",
            36,
            "contract",
            "error",
            "Order is lost",
            "Sorted\x1b[2J.",
            "        return sorted(found)",
        ),
        expected(
            "Order.merge",
            39,
            "bug",
            "info",
            "Docstring is vague",
            "It fails for [1].",
            '        """Take the lines of another order, too."""',
            introduced=False,
        ),
        expected(
            "parse",
            47,
            "bug",
            "warning",
            "Price stays text",
            "It fails for [1].",
            "    return Order([line.split() for line in text.splitlines()])",
        ),
    ],
    "behaviour_changes": [],
    "tests": [],
    "unreviewed": [],
    "not_run": [],
    "change": "the worktree against HEAD",
    "shard": None,
    "baselined": [],
}
STATS = {
    "functions": 6,
    "needing_review": 5,
    "reviewed": 5,
    "model_calls": 5,
    "retries": 0,
    "cache_hits": 0,
    "claims_dropped": 2,
    "suppressed": 1,
    "cases_run": 0,
    "twin_comparisons": 0,
}


def test_the_report_of_a_good_models_review_is_exactly_right(tmp_path):
    repo = Repo(tmp_path)
    repo.write("orders.py", BEFORE).add().commit()
    repo.write("orders.py", AFTER)
    with standin(tmp_path / "queue") as address:
        options = ("--model", MODEL, "--fail-on", "suspected")
        first = reviewer(repo, "review", "--format", "json", *options, OLLAMA_HOST=address)
        again = reviewer(repo, "review", "--format", "json", *options, OLLAMA_HOST=address)
        shown = reviewer(repo, "review", *options, OLLAMA_HOST=address)
        requests = len(list((tmp_path / "queue").glob("*.request.json")))

    report = first.report
    stats, model = report.pop("stats"), report.pop("model")
    silenced = report.pop("suppressed")
    for part, wanted in REPORT.items():
        assert report[part] == wanted, part
    assert report.keys() == REPORT.keys()
    assert [(finding["function"], finding["evidence"]) for finding in silenced] == [("Order.names", "suspected")]
    assert {name: stats[name] for name in STATS} == STATS
    assert (model["name"], model["provider"], model["endpoint"]) == (MODEL, "ollama", address)
    assert model["digest"] == hashlib.sha256(f"standin {MODEL} 32768".encode()).hexdigest()
    assert (first.code, again.code, shown.code) == (1, 1, 1)
    assert again.report["findings"] == REPORT["findings"]
    assert requests == 5
    assert "orders.py:9: error bug [suspected] First price is left out" in shown.stdout
    assert "5 findings (0 proved) in 5 of 6 changed functions; 1 needed no review; 1 suppressed" in shown.stdout
    assert "\x1b" not in shown.stdout


def test_the_suggestions_can_be_applied(tmp_path):
    repo = Repo(tmp_path)
    repo.write("orders.py", AFTER)

    repo.git("apply", "-", data=TOTAL_PATCH.encode())
    repo.git("apply", "-", data=AVERAGE_PATCH.encode())

    assert "in prices:" in (repo.root / "orders.py").read_text()

"""The table of awkward docstrings: a module, then what is read out of each of its functions."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from reviewer.data import Case, ExpectedKind, FunctionVersion, Module
from reviewer.evidence.cases import documented, raises
from tests.documents import parsed

GOLDEN = Path(__file__).parent / "golden" / "docstrings"


def entries(path: Path) -> Iterator[tuple[str, str, list[str]]]:
    """Title, module and expected lines of each entry: `===== title`, the module, `----- read as`, the lines."""
    for entry in path.read_text(encoding="utf-8").split("===== ")[1:]:
        title, _, rest = entry.partition("\n")
        source, _, lines = rest.partition("----- read as\n")
        yield title, source, lines.splitlines()


def rendered(source: str) -> list[str]:
    module = parsed(source)
    return [line for function in module.functions for line in _lines(function, module)]


def _lines(function: FunctionVersion, module: Module) -> Iterator[str]:
    cases, broken = documented(function, module)
    docstrings = [function.docstring, module.docstring, *(header.docstring for header in module.classes)]
    docstrings += [other.docstring for other in module.functions]
    for case in (*cases, *raises(function, module, cases)):
        assert case.quote is None or any(case.quote in docstring for docstring in docstrings if docstring)
        yield f"{function.name}: {_case(case)}"
    for example in broken:
        assert any(example.text in docstring for docstring in docstrings if docstring)
        yield f"{function.name}: NOT RUN {example.text!r}: {example.reason}"


def _case(case: Case) -> str:
    expected = case.expected
    words = {
        ExpectedKind.VALUE: f"is {expected.text}",
        ExpectedKind.OUTPUT: f"shows {expected.text!r}",
        ExpectedKind.EXCEPTION: f"raises {expected.type}" + (f": {expected.text}" if expected.text else ""),
    }[expected.kind]
    parts = [*case.setup, case.call]
    shown = "; ".join(part.replace("\n", "\\n") for part in parts) + f"  {words}".replace("\n", "\\n")
    return " ".join(
        [
            shown,
            *expected.doctest_flags,
            *([f"through {case.through}"] if case.through else []),
            *(["(documented)"] if case.origin == "raises" else []),
        ]
    )


ENTRIES = [
    pytest.param(source, lines, id=f"{path.stem}: {title}")
    for path in sorted(GOLDEN.glob("*.txt"))
    for title, source, lines in entries(path)
]


@pytest.mark.parametrize(("source", "lines"), ENTRIES)
def test_awkward_docstrings_are_read_as_a_person_reads_them(source, lines):
    assert rendered(source) == lines

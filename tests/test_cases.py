import pytest

from reviewer.evidence.cases import documented
from reviewer.evidence.examples_notations import NOTATIONS
from tests.documents import documented_by, named


def read(docstring: str):
    module = documented_by(docstring)
    return documented(named(module, "f"), module)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        pytest.param(text, wanted, id=f"{notation.name}: {text!r}")
        for notation in NOTATIONS
        for text, wanted in notation.examples.items()
    ],
)
def test_a_notations_examples_hold(text, wanted):
    cases, _ = read(text)
    assert [(case.call, case.expected.text or case.expected.type) for case in cases] == ([wanted] if wanted else [])
    assert all(case.quote in text for case in cases)

import pytest

from reviewer.evidence.annotations import from_annotations
from reviewer.evidence.plausible import plausible
from tests.changed import parsed


@pytest.mark.parametrize(
    ("text", "value", "expected"),
    [
        ("'%.2f'", "%.1f", True),
        ("'%.1f of it'", "%.1f", True),
        ("'%.1f%.1f'", "%.1f", False),
        ("''", "%.1f", False),
        ("'%.1f%%'", "%.1f", True),
        ("'{} {}'", "{}", False),
        ("'ascii'", "utf-8", True),
        ("'ab'", "utf-8", False),
        ("''", "utf-8", False),
        ("'utf-8'", "ab", True),
    ],
)
def test_texts_that_callers_may_pass(text, value, expected):
    assert plausible(text, value) == expected


@pytest.mark.parametrize(
    ("parameter", "texts"),
    [
        ("charset: str = 'utf-8'", {"f()", "f(charset='utf-8')", "f(charset='ascii')", "f(charset='latin-1')"}),
        ("form: str = '%.1f'", {"f()", "f(form='%.1f')"}),
    ],
)
@pytest.mark.parametrize("draw", [False, True])
def test_what_a_special_text_stands_for_is_all_that_is_passed(parameter, texts, draw):
    module = parsed(f"def f({parameter}):\n    pass\n")
    made = from_annotations(module.functions[0], module, draw=draw)
    assert {call.call for call in made} == texts

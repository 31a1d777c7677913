"""What the project's own configuration files say."""

from __future__ import annotations

import pytest

from reviewer import projectfiles

LISTED = '[tool.pytest.ini_options]\ndoctest_optionflags = ["ELLIPSIS", "NORMALIZE_WHITESPACE"]\n'


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param({}, (), id="no settings"),
        pytest.param({"pyproject.toml": LISTED}, ("ELLIPSIS", "NORMALIZE_WHITESPACE"), id="a list"),
        pytest.param(
            {"pyproject.toml": LISTED.replace('["ELLIPSIS", "NORMALIZE_WHITESPACE"]', '"ELLIPSIS"')},
            ("ELLIPSIS",),
            id="a text",
        ),
        pytest.param({"pyproject.toml": LISTED.replace(".ini_options", "")}, ("ELLIPSIS", "NORMALIZE_WHITESPACE")),
        pytest.param({"pytest.ini": "[pytest]\ndoctest_optionflags = ELLIPSIS\n"}, ("ELLIPSIS",), id="pytest.ini"),
        pytest.param({"tox.ini": "[pytest]\ndoctest_optionflags=\n  ELLIPSIS\n"}, ("ELLIPSIS",), id="tox.ini"),
        pytest.param({"setup.cfg": "[tool:pytest]\ndoctest_optionflags=ELLIPSIS\n"}, ("ELLIPSIS",), id="setup.cfg"),
        pytest.param({"setup.cfg": "[tool:pytest\n"}, (), id="what does not parse"),
        pytest.param(
            {"pytest.ini": "[pytest]\ndoctest_optionflags = SKIP ALLOW_UNICODE NUMBER IGNORE_EXCEPTION_DETAIL\n"},
            ("IGNORE_EXCEPTION_DETAIL",),
            id="those that say how a text is meant, alone",
        ),
        pytest.param({"pyproject.toml": "[tool.pytest]\nini_options = 3\n"}, (), id="another shape"),
    ],
)
def test_a_project_says_how_its_doctests_are_meant(files, expected, tmp_path):
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    assert projectfiles.doctest_flags(tmp_path) == expected

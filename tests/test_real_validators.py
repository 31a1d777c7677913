"""What the formats' own validators say. `.ci/validators` installs them."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

from reviewer import emitters
from tests import sample_report, validators
from tests.sample_report import CLEAN, HOSTILE, PROVED, REPORT, SUSPECTED, UNDOCUMENTED, poisoned

pytestmark = pytest.mark.slow  # each starts a program of somebody else's, which takes seconds

HERE = Path(__file__).parent
HOSTILE_PATHS = "\udce9 ü%41:?#[]\\\"<&>'\n\ufffe"
REPORTS = {
    "everything": REPORT,
    "clean": CLEAN,
    "hostile": poisoned(REPORT, HOSTILE + HOSTILE_PATHS + "](x) ]]> --> ``` %0A::error::"),
    "silenced": replace(CLEAN, findings=(PROVED,), suppressed=(SUSPECTED,), baselined=(UNDOCUMENTED,)),
    "shard": replace(REPORT, shard="2/4"),
}


def written(name: str, report: sample_report.data.Report) -> str:
    return emitters.emitter(name)(report, color=False, width=80, verbose=False, show_all=True)


@pytest.fixture
def files(tmp_path):
    def write(name, suffix):
        for report in REPORTS:
            (tmp_path / f"{report}{suffix}").write_text(written(name, REPORTS[report]), encoding="utf-8")
        return sorted(tmp_path.glob(f"*{suffix}"))

    return write


# ---------------------------------------------------------------- SARIF


def multitool(*paths):
    """What Microsoft's multitool finds: it exits 0 even with errors."""
    program = validators.installed(validators.MULTITOOL / "Sarif.Multitool")
    said = validators.run(program, "validate", "--rule-kind", "Sarif;Ghas", *paths)
    assert f"{len(paths)} files scanned" in said.stdout, said
    return set(re.findall(r"(error|warning) (\w+): (.*)", said.stdout))


def test_the_multitool_finds_nothing_wrong_with_sarif(files):
    found = multitool(*files("sarif", ".sarif"))

    assert {rule for _, rule, _ in found} == {"SARIF2005"}, found
    assert {text.split("'")[3] for _, _, text in found} == {"informationUri"}, "there is no address to give"


def test_the_multitool_is_listened_to(files):
    path = files("sarif", ".sarif")[0]
    log = json.loads(path.read_text())
    del log["runs"][0]["tool"]["driver"]["name"]
    path.write_text(json.dumps(log))

    assert "error" in {level for level, _, _ in multitool(path)}


@pytest.fixture(scope="session")
def sarif_schema():
    return json.loads(validators.installed(validators.MULTITOOL / "sarif-2.1.0.json").read_text())


@pytest.mark.parametrize("name", REPORTS)
def test_sarif_satisfies_its_schema(name, sarif_schema):
    jsonschema.validate(json.loads(written("sarif", REPORTS[name])), sarif_schema)


def test_the_schema_of_sarif_refuses(sarif_schema):
    log = json.loads(written("sarif", REPORT))
    log["runs"][0]["results"][0]["baselineState"] = "old"

    assert not jsonschema.Draft202012Validator(sarif_schema).is_valid(log)


# ---------------------------------------------------------------- rdjsonl


def rdformat(tmp_path, diagnostics):
    """The validator's exit code; it reads rdjson, whose diagnostics are rdjsonl's lines."""
    program = validators.installed(
        validators.FOLDER / "@umbrelladocs" / "rdformat-validator" / "bin" / "rdformat-validator.js"
    )
    path = tmp_path / "report.rdjson"
    path.write_text(json.dumps({"diagnostics": diagnostics}))
    return validators.run(validators.command("node"), program, "--strict", "--no-extra-fields", path)


def test_rdjsonl_is_what_its_validator_expects(tmp_path):
    lines = [line for report in REPORTS.values() for line in written("rdjsonl", report).splitlines()]
    said = rdformat(tmp_path, [json.loads(line) for line in lines])

    assert len(lines) > 20
    assert said.returncode == 0, said


def test_the_validator_of_rdjsonl_refuses(tmp_path):
    assert rdformat(tmp_path, [{"message": "no place"}]).returncode == 1


# ---------------------------------------------------------------- JUnit


def test_junit_is_well_formed_and_satisfies_the_schema(files):
    said = validators.run(
        validators.command("xmllint"), "--noout", "--schema", HERE / "junit.xsd", *files("junit", ".xml")
    )

    assert said.returncode == 0, said
    assert said.stderr.count("validates") == len(REPORTS)


def test_xmllint_refuses(tmp_path):
    path = tmp_path / "report.xml"
    path.write_text(written("junit", REPORT).replace("<failure ", "<failed ").replace("</failure", "</failed"))

    assert validators.run(validators.command("xmllint"), "--schema", HERE / "junit.xsd", path).returncode == 3


# ---------------------------------------------------------------- GitLab

GITLAB = jsonschema.Draft202012Validator(json.loads((HERE / "gitlab-code-quality.schema.json").read_text()))


@pytest.mark.parametrize("name", REPORTS)
def test_gitlab_satisfies_the_schema(name):
    GITLAB.check_schema(GITLAB.schema)
    GITLAB.validate(json.loads(written("gitlab", REPORTS[name])))


def test_the_schema_of_gitlab_refuses():
    entries = json.loads(written("gitlab", REPORT))

    assert not GITLAB.is_valid([{**entries[0], "severity": "error"}])
    assert not GITLAB.is_valid([{**entries[0], "location": {"path": "./a.py", "lines": {"begin": 1}}}])

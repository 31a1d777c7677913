"""The rules about who may import whom, kept by reading the imports of every module, lazy ones included."""

import ast
import builtins
import fnmatch
import re
import sys
import tomllib
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted((ROOT / "reviewer").rglob("*.py"))
}

# Each outside library and the one module that knows it.
IMPORTERS = {
    "docstring_parser": {"docstrings"},
    "git": {"gitrunner"},
    "httpx": {"models.client"},
    "hypothesis": {"evidence.drawn"},
    "ollama": {"models.client"},
    "platformdirs": {"folders"},
    "rich": {"emitters.text"},
    "tree_sitter": {"functions"},
    "tree_sitter_python": {"functions"},
    "xllamacpp": {"models.embedded"},
}

# Modules that touch the world, by stage; a stage knows no other stage.
EFFECTS = {
    "git": {"changes", "contents", "gitrunner", "hookfolder", "outgoing", "revisions", "sources", "staging"},
    "cache": {"cache", "cachefile", "turns"},
    "models": {"models.choose", "models.client", "models.cut", "models.embedded", "models.inventory", "models.ollama"}
    | {"models.pull", "models.server", "models.wire"},
    "sandbox": {"evidence.import_roots", "evidence.interpreter", "evidence.isolation", "evidence.sandbox"}
    | {"evidence.servers", "evidence.starting", "evidence.wire"},
}
# What knows Typer; no stage and no command knows any of it.
COMMAND_LINE = {"cli", "cli_hooks", "cli_options", "cli_setup", "plain"}
# The pipelines and their parts; besides them only commands, which look at what a review needs.
JOINERS = {"pipeline", "running", "boxes", "generation", "twins", "twinning", "again"}

# They put processes, sockets and files into the hands of whoever imports them.
WORLD = {
    "ctypes",
    "http",
    "mmap",
    "multiprocessing",
    "selectors",
    "shutil",
    "socket",
    "sqlite3",
    "subprocess",
    "urllib",
}
MAY_TOUCH_THE_WORLD = set().union(*EFFECTS.values()) | {"commands.doctor", "commands.init", "commands.review", "quick"}


def worker(name: str) -> bool:
    """The part that runs in the project's interpreter, as files beside each other and not as this package."""
    return name.startswith("reviewer.evidence.worker")


def imported(path: Path) -> set[str]:
    """Full names of what a file imports anywhere in it: modules, or names of modules."""
    found = set()
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: a relative import"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def module_of(name: str) -> str:
    """The module that an imported name is or is in."""
    return name if name in MODULES else name.rpartition(".")[0]


NAMES = {name: imported(path) for name, path in MODULES.items() if not worker(name)}
GRAPH = {
    name: {module_of(one) for one in names if one.partition(".")[0] == "reviewer"} for name, names in NAMES.items()
}
OUTSIDE = {name: {one.partition(".")[0] for one in names} - {"reviewer"} for name, names in NAMES.items()}


def short(names) -> set[str]:
    return {name.removeprefix("reviewer.") for name in names}


def test_nothing_imports_in_a_circle():
    assert list(TopologicalSorter(GRAPH).static_order())


def test_every_file_has_its_place_in_the_maps_of_the_code():
    texts = "".join((ROOT / name).read_text("utf-8") for name in ("README.md", "CONTRIBUTING.md"))
    mapped = re.findall(r"`(?:reviewer/)?([\w*]+\.py)`", texts)
    folders = {ROOT / "reviewer", ROOT / "reviewer" / "evidence"}
    files = {path.name for path in MODULES.values() if path.parent in folders and not path.name.startswith("__")}

    assert [one for one in mapped if not fnmatch.filter(files, one)] == []
    assert [name for name in sorted(files) if not any(fnmatch.fnmatch(name, one) for one in mapped)] == []


def test_every_import_of_our_own_exists():
    assert set().union(*GRAPH.values()) <= set(MODULES)


def test_outside_libraries_are_known_and_each_has_one_importer():
    used: dict[str, set[str]] = {}
    for name, libraries in OUTSIDE.items():
        for library in libraries - sys.stdlib_module_names:
            used.setdefault(library, set()).update(short([name]))

    assert used.pop("typer") <= {"cli", "cli_hooks", "cli_options", "cli_setup", "plain"} | {
        name for name in short(MODULES) if name.startswith("commands.")
    }
    assert used == IMPORTERS


def test_outside_libraries_are_declared():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    declared = [*project["dependencies"], *project["optional-dependencies"]["embedded"]]
    names = {re.match(r"[\w-]+", line)[0].replace("-", "_") for line in declared}
    known_by = {"git": "gitpython", "httpx": "ollama", "hypothesis": None}

    assert {known_by.get(name, name) for name in (*IMPORTERS, "typer")} - {None} <= names


@pytest.mark.parametrize("name", ["data", "records"])
def test_the_records_import_the_standard_library_alone(name):
    assert OUTSIDE[f"reviewer.{name}"] <= sys.stdlib_module_names
    assert short(GRAPH[f"reviewer.{name}"]) <= {"records"}


@pytest.mark.parametrize("stage", EFFECTS)
def test_a_stage_that_touches_the_world_knows_no_other(stage):
    others = set().union(*(names for other, names in EFFECTS.items() if other != stage))
    for name in EFFECTS[stage]:
        assert not short(GRAPH[f"reviewer.{name}"]) & others, name


def test_only_the_pipeline_and_commands_join_stages():
    joining = set()
    for name, imports in GRAPH.items():
        if sum(bool(short(imports) & modules) for modules in EFFECTS.values()) > 1:
            joining |= short([name])

    assert {name for name in joining if not name.startswith("commands.")} <= JOINERS


def test_only_what_is_named_touches_the_world():
    touching = {name for name, libraries in OUTSIDE.items() if libraries & WORLD}

    assert short(touching) <= MAY_TOUCH_THE_WORLD


PURE = {
    *("context", "diff", "docstrings", "excerpt", "findings", "fragments", "functions", "pairing", "patches", "quotes"),
    *("replies", "reporting", "requests", "risk", "suppressions", "trust", "evidence.cases", "evidence.verdicts"),
    *("evidence.mutants", "evidence.scripts", "models.answer", "comparison", "linediff", "shards"),
    *("platforms", "platforms.github", "platforms.gitlab", "platforms.others", "platforms.records", "pushing"),
}


def test_pure_modules_open_nothing():
    for name in PURE:
        assert not called(MODULES[f"reviewer.{name}"]) & {"open", "print", "input", "exec"}, name
        assert not OUTSIDE[f"reviewer.{name}"] & {"pathlib", "tempfile", "threading", "time", "signal"}, name


def called(path: Path) -> set[str]:
    """Builtin functions that a file calls by name."""
    calls = (node.func for node in ast.walk(ast.parse(path.read_bytes())) if isinstance(node, ast.Call))
    return {function.id for function in calls if isinstance(function, ast.Name)} & set(dir(builtins))


@pytest.mark.parametrize("name", sorted(name for name in NAMES if name.startswith("reviewer.emitters")))
def test_an_emitter_turns_a_report_into_text_and_no_more(name):
    assert short(GRAPH[name]) <= {
        "reviewer",  # its version
        "data",
        "records",  # how a record is declared
        "emitters",
        *short(one for one in NAMES if one.startswith("reviewer.emitters.")),
    }
    assert not NAMES[name] & {"reviewer.data.Claim", "reviewer.data.Case", "reviewer.data.ChangedFunction"}
    assert "data" not in {one.rpartition(".")[2] for one in NAMES[name]}, "the whole of `data` holds Claim, too"
    assert not called(MODULES[name]) & {"open", "print", "input", "exec", "eval"}
    assert not OUTSIDE[name] & {*WORLD, "os", "pathlib", "sys", "tempfile", "threading", "time"}


def test_nothing_below_imports_the_command_line():
    above = {"reviewer.__main__", *(f"reviewer.{name}" for name in COMMAND_LINE)}
    for name, imports in GRAPH.items():
        if name not in above:
            assert not imports & above, name
            below = not name.startswith("reviewer.commands")
            assert not (below and any(one.startswith("reviewer.commands") for one in imports)), name


def test_the_worker_needs_the_standard_library_alone():
    files = {name.rpartition(".")[2] for name in MODULES if worker(name)}
    for name, path in MODULES.items():
        if worker(name):
            tops = {one.partition(".")[0] for one in imported(path)}
            # pytest.approx compares where the project has pytest; without it nothing is lost.
            assert tops <= sys.stdlib_module_names | files | {"reviewer", "pytest"}, name


def test_no_module_lets_a_fault_pass_for_a_result():
    for name in NAMES.keys() - {"reviewer.__main__"}:
        for node in ast.walk(ast.parse(MODULES[name].read_bytes())):
            if isinstance(node, ast.ExceptHandler) and not isinstance(node.body[-1], ast.Raise):
                assert node.type is not None, f"{name}:{node.lineno}"
                caught = {one.id for one in ast.walk(node.type) if isinstance(one, ast.Name)}
                assert not caught & {"Exception", "BaseException"}, f"{name}:{node.lineno}"

from __future__ import annotations

import os
from pathlib import Path

import pytest

from reviewer.evidence.import_roots import import_roots, module_name

INIT = {"p/__init__.py": "", "p/q/__init__.py": "", "p/q/m.py": ""}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    folder.mkdir()
    return folder


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


@pytest.mark.parametrize(
    ("files", "path", "roots", "name"),
    [
        (INIT, "p/q/m.py", ["."], "p.q.m"),
        ({"m.py": ""}, "m.py", ["."], "m"),
        (INIT, "p/q/__init__.py", ["."], "p.q"),
        ({f"src/{name}": "" for name in INIT}, "src/p/q/m.py", ["src"], "p.q.m"),
        ({"src/ns/p/m.py": ""}, "src/ns/p/m.py", ["src"], "ns.p.m"),
        ({f"deep/er/{name}": "" for name in INIT}, "deep/er/p/q/m.py", ["deep/er"], "p.q.m"),
        ({"scripts/run-me.py": ""}, "scripts/run-me.py", ["scripts"], None),
        ({"src/p/__init__.py": "", "tests/test_p.py": ""}, "tests/test_p.py", ["src", "tests"], "test_p"),
        (
            {"pyproject.toml": '[tool.setuptools.packages.find]\nwhere = ["lib"]', "lib/ns/m.py": ""},
            "lib/ns/m.py", ["lib"], "ns.m",
        ),
        (
            {"pyproject.toml": '[tool.setuptools]\npackage-dir = {"" = "lib"}', "lib/ns/m.py": ""},
            "lib/ns/m.py", ["lib"], "ns.m",
        ),
        (
            {"pyproject.toml": '[tool.hatch.build.targets.wheel]\npackages = ["python/ns"]', "python/ns/m.py": ""},
            "python/ns/m.py", ["python"], "ns.m",
        ),
        (
            {"pyproject.toml": '[tool.poetry]\npackages = [{include = "ns", from = "lib"}]', "lib/ns/m.py": ""},
            "lib/ns/m.py", ["lib"], "ns.m",
        ),
        (
            {"pyproject.toml": '[tool.uv.build-backend]\nmodule-root = "lib"', "lib/ns/m.py": ""},
            "lib/ns/m.py", ["lib"], "ns.m",
        ),
        (
            {"pyproject.toml": '[tool.pdm.build]\npackage-dir = "lib"', "lib/ns/m.py": ""},
            "lib/ns/m.py", ["lib"], "ns.m",
        ),
        (
            {"pyproject.toml": '[tool.maturin]\npython-source = "python"', "python/ns/m.py": ""},
            "python/ns/m.py", ["python"], "ns.m",
        ),
        ({"setup.cfg": "[options]\npackage_dir =\n    = lib\n", "lib/ns/m.py": ""}, "lib/ns/m.py", ["lib"], "ns.m"),
        ({"setup.cfg": "[options.packages.find]\nwhere = lib\n", "lib/ns/m.py": ""}, "lib/ns/m.py", ["lib"], "ns.m"),
        (
            {"pyproject.toml": '[tool.pytest.ini_options]\npythonpath = ["one", "two"]', "one/a": "", "two/n/m.py": ""},
            "two/n/m.py", ["one", "two"], "n.m",
        ),
        ({"pytest.ini": "[pytest]\npythonpath = lib\n", "lib/n/m.py": ""}, "lib/n/m.py", ["lib"], "n.m"),
        ({"pyproject.toml": '[tool.setuptools]\npackage-dir = {"" = ".."}', "m.py": ""}, "m.py", ["."], "m"),
        ({"pyproject.toml": '[tool.setuptools]\npackage-dir = {"" = "/etc"}', "m.py": ""}, "m.py", ["."], "m"),
        ({"pyproject.toml": "tool = 3\n[broken", "m.py": ""}, "m.py", ["."], "m"),
        ({"pyproject.toml": f"tool = {'[' * 9999}", "m.py": ""}, "m.py", ["."], "m"),
        ({"pyproject.toml": "tool = 3", "setup.cfg": "no section", "m.py": ""}, "m.py", ["."], "m"),
        (
            {"pyproject.toml": "[tool.poetry]\npackages = 3\n[tool.hatch.build]\npackages = [1, 'x']", "m.py": ""},
            "m.py", ["."], "m",
        ),
    ],
)  # fmt: skip
def test_a_file_is_imported_from_where_the_project_says(
    root: Path, files: dict[str, str], path: str, roots: list[str], name: str | None
) -> None:
    write(root, files)
    found = import_roots(root, path)
    assert [os.path.relpath(one, root) for one in found] == roots
    assert module_name(root / path, found) == name


def test_a_package_that_only_the_change_has_is_a_package(root: Path) -> None:
    found = import_roots(root, "p/__init__.py", "p/m.py")
    assert found == (root,)
    assert module_name(root / "p" / "m.py", found) == "p.m"


def test_a_link_out_of_the_repository_is_no_root(root: Path, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (root / "src").symlink_to(tmp_path / "outside")
    write(root, {"m.py": ""})
    assert import_roots(root, "m.py") == (root,)

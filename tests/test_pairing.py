"""What happened to each function, by the diff that git itself makes or by hunks written out."""

import subprocess
from pathlib import Path

import pytest

from reviewer.data import ChangedFunction, FileChange, Hunk, OutsideLines
from reviewer.functions import parse
from reviewer.pairing import pair

Listed = tuple[str, str, str | None, bool]


def hunks(old: bytes | None, new: bytes | None, folder: Path) -> tuple[Hunk, ...]:
    (folder / "old").write_bytes(old or b"")
    (folder / "new").write_bytes(new or b"")
    command = ["git", "diff", "--no-index", "--unified=0", "old", "new"]
    patch = subprocess.run(command, cwd=folder, capture_output=True, check=False).stdout
    headers = [line.split()[1:3] for line in patch.split(b"\n") if line.startswith(b"@@ ")]
    numbers = [[int(n) for part in header for n in (part[1:] + b",1").split(b",")[:2]] for header in headers]
    return tuple(Hunk(*four) for four in numbers)


def change(folder: Path, path: str, old: str | None, new: str | None, old_path: str | None = None) -> FileChange:
    before, after = (None if text is None else text.encode() for text in (old, new))
    old_path = None if old is None else old_path or path
    return FileChange(path, old_path, before, after, hunks(before, after, folder))


def paired(*changes: FileChange) -> tuple[tuple[ChangedFunction, ...], tuple[OutsideLines, ...]]:
    return pair(
        [
            (
                file,
                None if file.old is None else parse(file.old_path or file.path, file.old),
                None if file.new is None else parse(file.path, file.new),
            )
            for file in changes
        ]
    )


def listed(*changes: FileChange) -> list[Listed]:
    return [(f.id, f.change.value, f.old_function, f.needs_review) for f in paired(*changes)[0]]


LONG = "    total = 0\n    for item in items:\n        total += item\n    return total\n"
TWO = "class A:\n    def m(self):\n        return 1\n\n    def n(self, items):\n" + "".join(
    "    " + line + "\n" for line in LONG.splitlines()
)
PROPERTY = """class A:
    @property
    def x(self):
        return self._x

    @x.setter
    def x(self, value):
        self._x = value
"""
OUTER = "def outer():\n    x = 1\n\n    def inner():\n        return 2\n\n    return x\n"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param("def f(): return 1\n", "def f(): return 2\n", [("m.py::f", "modified", None, True)], id="body"),
        pytest.param("def f(): pass\n", "@d\ndef f(): pass\n", [("m.py::f", "modified", None, True)], id="decorator"),
        pytest.param(
            "def f():\n    'a'\n", "def f():\n    'b'\n", [("m.py::f", "modified", None, True)], id="docstring"
        ),
        pytest.param("def f(): pass\n", "def f(): pass  # c\n", [("m.py::f", "modified", None, False)], id="comment"),
        pytest.param(
            "def f():\n  a\n  b\n", "def f():\n  a\n\n  b\n", [("m.py::f", "modified", None, False)], id="blank"
        ),
        pytest.param(
            'def f():\n    """a\n    b"""\n',
            'def f():\n    """a\n\n    b"""\n',
            [("m.py::f", "modified", None, True)],
            id="blank line in the docstring",
        ),
        pytest.param(
            "def f():\n    return '''a\n    b'''\n",
            "def f():\n    return '''a\n\n    b'''\n",
            [("m.py::f", "modified", None, True)],
            id="blank line in a string",
        ),
        pytest.param(
            "def f():\n    return 'a\\\n        b'\n",
            "if 1:\n    def f():\n        return 'a\\\n            b'\n",
            [("m.py::f", "modified", None, True)],
            id="a string indented with its function",
        ),
        pytest.param(
            'def f():\n    """a\n    b"""\n',
            'if 1:\n    def f():\n        """a\n        b"""\n',
            [("m.py::f", "moved", None, False)],
            id="a docstring indented with its function",
        ),
        pytest.param(
            "def f():\r    return 1\r\rdef g(): pass\r",
            "def f():\r    return 2\r\rdef g(): pass\r",
            [("m.py::f", "modified", None, True), ("m.py::g", "moved", None, False)],
            id="all on what git takes for one line",
        ),
        pytest.param(
            'def f():\n    return """a\n        b"""\n',
            'class A:\n    def f():\n        return """a\n            b"""\n',
            [("m.py::A.f", "modified", "f", True)],
            id="a string indented with its function into a class",
        ),
        pytest.param("def f(): pass\n", "x = 1\n\n\ndef f(): pass\n", [], id="only shifted"),
        pytest.param("", "def f(): pass\n", [("m.py::f", "added", None, True)], id="added"),
        pytest.param("def f(): pass\n", "", [("m.py::f", "deleted", None, False)], id="deleted"),
        pytest.param("def f(x):\n" + LONG, "def g(x):\n" + LONG, [("m.py::g", "renamed", "f", False)], id="renamed"),
        pytest.param(
            "def f(x): return x or f(x)\n",
            "def g(x): return x or g(x)\n",
            [("m.py::g", "renamed", "f", False)],
            id="renamed with its recursion",
        ),
        pytest.param(
            "def f(x):\n    'a'\n" + LONG,
            "def g(x):\n    'b'\n" + LONG,
            [("m.py::g", "renamed", "f", True)],
            id="renamed with another docstring",
        ),
        pytest.param(
            "def f(x):\n" + LONG,
            "def g(x):\n" + LONG.replace("= 0", "= 1"),
            [("m.py::g", "modified", "f", True)],
            id="renamed and edited",
        ),
        pytest.param(
            "def f(x):\n" + LONG,
            "def g(y):\n    raise KeyError\n",
            [("m.py::f", "deleted", None, False), ("m.py::g", "added", None, True)],
            id="replaced",
        ),
        pytest.param(
            TWO,
            TWO.replace("class A", "class B"),
            [("m.py::B.m", "renamed", "A.m", False), ("m.py::B.n", "renamed", "A.n", False)],
            id="class renamed",
        ),
        pytest.param(
            TWO,
            TWO.replace("class A", "class B").replace("= 0", "= 1"),
            [("m.py::B.m", "renamed", "A.m", False), ("m.py::B.n", "modified", "A.n", True)],
            id="class renamed and a method edited",
        ),
        pytest.param(
            "class A:\n    def m(self): return 1\n    def k(self): pass\nclass B:\n    z = 1\n",
            "class A:\n    def k(self): pass\nclass B:\n    z = 1\n    def m(self): return 1\n",
            [("m.py::B.m", "moved", "A.m", False)],
            id="to another class",
        ),
        pytest.param(
            "def a(x):\n    return x\n\n\ndef f(items):\n" + LONG,
            "def f(items):\n" + LONG + "\n\ndef a(x):\n    return x\n",
            [("m.py::a", "moved", None, False)],
            id="down the file",
        ),
        pytest.param(
            "def f(x):\n    return x\n",
            "if 1:\n    def f(x):\n        return x\n",
            [("m.py::f", "moved", None, False)],
            id="under a condition",
        ),
        pytest.param(
            OUTER, OUTER.replace("2", "3"), [("m.py::outer.<locals>.inner", "modified", None, True)], id="inner changes"
        ),
        pytest.param(
            "def outer():\n    x = 1\n    return x\n",
            OUTER,
            [("m.py::outer.<locals>.inner", "added", None, True)],
            id="inner comes",
        ),
        pytest.param(
            OUTER,
            "def outer():\n    x = 1\n    return x\n",
            [("m.py::outer.<locals>.inner", "deleted", None, False)],
            id="inner goes",
        ),
        pytest.param(
            'def f():\n    def g():\n        return """a\n            b"""\n    return g\n',
            'if 1:\n    def f():\n        def g():\n            return """a\n                b"""\n        return g\n',
            [("m.py::f", "moved", None, False), ("m.py::f.<locals>.g", "modified", None, True)],
            id="a string in inner, indented with both",
        ),
        pytest.param(
            'def f():\n    """a\n    b"""\n    def g():\n        return 1\n',
            'def f():\n    """a\n\n    b"""\n    def g():\n        return 2\n',
            [("m.py::f", "modified", None, True), ("m.py::f.<locals>.g", "modified", None, True)],
            id="inner changes, and a blank line in the docstring",
        ),
        pytest.param(
            OUTER, OUTER.replace("x = 1", "x = 3"), [("m.py::outer", "modified", None, True)], id="outer only"
        ),
        pytest.param(
            PROPERTY,
            PROPERTY.replace("= value", "= value or 1"),
            [("m.py::A.x#2", "modified", None, True)],
            id="setter",
        ),
        pytest.param(
            PROPERTY,
            PROPERTY.replace("    @x.setter", "    @x.deleter\n    def x(self):\n        del self._x\n\n    @x.setter"),
            [("m.py::A.x#2", "added", None, True)],
            id="deleter before the setter",
        ),
        pytest.param(
            "if a:\n    def f(): return 1\nelse:\n    def f(): return 2\n",
            "def f(): return 2\n",
            [("m.py::f", "moved", None, False), ("m.py::f#2", "deleted", None, False)],
            id="one of two branches goes",
        ),
        pytest.param(
            "def f():\n    x = \n",
            "def f():\n    x = = \n",
            [("m.py::f", "modified", None, True)],
            id="broken both times",
        ),
    ],
)
def test_what_happened(old: str, new: str, expected: list[Listed], tmp_path: Path) -> None:
    assert listed(change(tmp_path, "m.py", old, new)) == expected


def test_a_function_moves_to_another_file(tmp_path: Path) -> None:
    body = "def f(items):\n" + LONG
    (function,), outside = paired(
        change(tmp_path, "a.py", body + "\nx = 1\n", "x = 1\n"), change(tmp_path, "b.py", None, body)
    )

    assert (function.id, function.change, function.old_path, function.old_function) == (
        "b.py::f",
        "moved",
        "a.py",
        None,
    )
    assert not function.needs_review
    assert function.changed_lines == (1, 2, 3, 4, 5)
    assert outside == (OutsideLines("a.py", 1, 0, 1, blank=True),)


def test_in_a_renamed_file_only_changed_functions_are_listed(tmp_path: Path) -> None:
    (function,), _ = paired(change(tmp_path, "b.py", TWO, TWO.replace("= 0", "= 1"), old_path="a.py"))

    assert (function.id, function.change, function.old_path) == ("b.py::A.n", "modified", "a.py")


def test_a_deleted_file_lists_its_functions_at_their_old_place(tmp_path: Path) -> None:
    functions, outside = paired(change(tmp_path, "a.py", "x = 1\n" + TWO, None))

    assert [(f.id, f.version.line, f.changed_lines) for f in functions] == [("a.py::A.m", 3, ()), ("a.py::A.n", 6, ())]
    assert sum(run.deleted for run in outside) == 3
    assert all(run.line > 0 for run in outside)


@pytest.mark.parametrize(
    ("old", "new", "lines"),
    [
        pytest.param("def f():\n  a\n  b\n  c\n", "def f():\n  a\n  c\n", (2,), id="the line before"),
        pytest.param("def f():\n  a\n  b\n", "def f():\n  b\n", (1,), id="the def"),
        pytest.param("x\n@d\ndef f(): pass\n", "x\ndef f(): pass\n", (2,), id="the def for a decorator"),
        pytest.param("def f():\n  a\n  b\n", "def f():\n  a\n", (2,), id="the last line left"),
        pytest.param("def f():\n  a\n  b\nx\n", "def f():\n  a\n  b2\n  c\nx\n", (3, 4), id="replaced lines"),
        pytest.param("def f():\n  a\n  b\nx\n", "def f():\n  a\ny\n", (2,), id="what took the place is outside"),
    ],
)
def test_changed_lines(old: str, new: str, lines: tuple[int, ...], tmp_path: Path) -> None:
    (function,), _ = paired(change(tmp_path, "m.py", old, new))

    assert function.changed_lines == lines


def test_an_insertion_is_slid_off_the_function_that_did_not_change() -> None:
    old = "def a():\n    return 1\n\ndef c():\n    pass\n"
    new = "def a():\n    return 1\n\ndef b():\n    return 1\n\ndef c():\n    pass\n"
    file = FileChange("m.py", "m.py", old.encode(), new.encode(), (Hunk(1, 0, 2, 3),))

    functions, outside = paired(file)

    assert [(f.id, f.change.value, f.changed_lines) for f in functions] == [("m.py::b", "added", (4, 5))]
    assert outside == (OutsideLines("m.py", 3, 1, 0, blank=True),)


def test_the_old_docstrings_around_a_function_are_known(tmp_path: Path) -> None:
    old = '"A module."\nclass A:\n    "A class."\n    def m(self): return 1\nclass B:\n    def m(self): return 1\n'
    new = (
        old.replace('"A module."', '"New."').replace("return 1", "return 2")
        + "    def n(self): return 3\ndef f(): ...\n"
    )

    functions, _ = paired(change(tmp_path, "m.py", old, new), change(tmp_path, "n.py", None, "def g(): ...\n"))

    assert {one.name: one.old_around for one in functions} == {
        "A.m": ("A class.", "A module."),
        "B.m": ("A module.",),
        "B.n": ("A module.",),
        "f": ("A module.",),
        "g": (),
    }


def test_lines_outside_functions_are_counted_in_runs(tmp_path: Path) -> None:
    old = "import a\nx = 1\n\n\nclass C:\n    y = 1\n    def m(self): pass\n"
    new = "import b\nimport c\nx = 1\n\n\nclass C:\n    def m(self): return 1\n"

    functions, outside = paired(change(tmp_path, "m.py", old, new))

    assert [f.id for f in functions] == ["m.py::C.m"]
    assert outside == (OutsideLines("m.py", 1, 2, 1), OutsideLines("m.py", 6, 0, 1))


@pytest.mark.parametrize(
    ("old", "new", "blank"),
    [
        pytest.param("x = 1\n", "x = 1\n\n \n", True, id="added"),
        pytest.param("x = 1\n\n\ny = 1\n", "x = 1\ny = 1\n", True, id="deleted"),
        pytest.param("x = 1\n\ny = 1\n", "x = 1\n# why\ny = 1\n", False, id="became text"),
        pytest.param("x = 1\ny = 1\n", "x = 1\n\n", False, id="was text"),
        pytest.param(None, "\n\ndef f(): pass\n", True, id="of a new file"),
    ],
)
def test_empty_lines_outside_functions_are_known_as_such(
    old: str | None, new: str, blank: bool, tmp_path: Path
) -> None:
    _, (outside,) = paired(change(tmp_path, "m.py", old, new))

    assert outside.blank is blank


def test_a_file_that_cannot_be_parsed_loses_no_function_and_no_line() -> None:
    file = FileChange("m.py", "m.py", b"def f(): pass\n", b"\xff\n", (Hunk(1, 1, 1, 1),))

    assert pair([(file, parse("m.py", b"def f(): pass\n"), None)]) == ((), (OutsideLines("m.py", 1, 1, 1),))


def test_ids_stay_apart_when_one_of_a_name_is_deleted(tmp_path: Path) -> None:
    old = "if a:\n    def f():\n        return 1\nelse:\n    def f():\n        return 2\n"
    functions, _ = paired(change(tmp_path, "m.py", old, "else_ = 1\ndef f():\n    return 2\n"))

    assert len({f.id for f in functions}) == len(functions) == 2

"""Which imports a case from a model may make, and what a dotted name stands for. Pure."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping

from reviewer.data import Module
from reviewer.evidence.examples_scope import Scope
from reviewer.evidence.examples_syntax import statements

_OS = (
    *(
        "system",
        "popen",
        "_exit",
        "abort",
        "kill",
        "killpg",
        "fork",
        "forkpty",
        "remove",
        "unlink",
        "rmdir",
        "removedirs",
    ),
    *("rename", "renames", "replace", "chdir", "fchdir", "chmod", "chown", "chroot", "link", "symlink", "truncate"),
    *("putenv", "setuid", "setgid", "nice", "open", "startfile", "pidfd_open"),
    *("execl", "execle", "execlp", "execlpe", "execv", "execve", "execvp", "execvpe", "posix_spawn", "posix_spawnp"),
    *("spawnl", "spawnle", "spawnlp", "spawnlpe", "spawnv", "spawnve", "spawnvp", "spawnvpe"),
)
_MODULES = (
    *("subprocess", "multiprocessing", "socket", "socketserver", "ssl", "ctypes", "_ctypes", "signal", "pty", "tty"),
    *("webbrowser", "ftplib", "smtplib", "poplib", "imaplib", "telnetlib", "nntplib", "xmlrpc", "http.client"),
    *(
        "http.server",
        "urllib.request",
        "importlib",
        "imp",
        "pkgutil",
        "runpy",
        "code",
        "codeop",
        "pdb",
        "bdb",
        "builtins",
    ),
    *(
        "antigravity",
        "this",
        "turtle",
        "tkinter",
        "idlelib",
        "atexit",
        "gc",
        "faulthandler",
        "resource",
        "venv",
        "site",
    ),
    *("ensurepip", "pip", "cProfile", "profile", "trace", "tracemalloc", "_thread", "posix", "nt", "test"),
    *("concurrent.futures.ProcessPoolExecutor", "unittest.mock.patch", "unittest.main", "inspect.currentframe"),
)
_SYS = (
    "exit",
    "settrace",
    "setprofile",
    "setrecursionlimit",
    "modules",
    "meta_path",
    "path_hooks",
    "_getframe",
    "stdin",
)
_SHUTIL = ("rmtree", "move", "chown")
DANGEROUS = frozenset(
    (
        *_MODULES,
        *(f"os.{name}" for name in _OS),
        *(f"sys.{name}" for name in _SYS),
        *(f"shutil.{name}" for name in _SHUTIL),
        *("code.interact", "io.open", "codecs.open", "io.open_code"),
    )
)
"""Names that end or leave the process, ask a person, change how Python runs, or replace the code under test."""


def is_dangerous(origin: str) -> bool:
    """Whether a full dotted name is one of those, or lies inside one."""
    parts = origin.split(".")
    return any(".".join(parts[:length]) in DANGEROUS for length in range(1, len(parts) + 1))


class Imports:
    """What a module imports, and what a case may import beside it."""

    def __init__(self, module: Module, scope: Scope) -> None:
        self._scope = scope
        self._origins: dict[str, str] = {}
        self._packages: set[str] = set()
        for line in module.imports:
            for node in statements(line.text.strip()) or ():
                if isinstance(node, ast.Import):
                    self._packages.update(alias.name.partition(".")[0] for alias in node.names)
                elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                    self._packages.add(node.module.partition(".")[0])
                self._origins.update(origins(node))

    def origin(self, name: str, added: Mapping[str, str]) -> str:
        """The full name behind a dotted name that begins with an import, "" for any other.

        `added` are the case's own imports, by the name they bind.
        """
        root, dot, rest = name.partition(".")
        own = statements(added[root]) if root in added else None
        known = origins(own[0]) if own else self._origins
        return known[root] + dot + rest if root in known else ""

    def added(self, node: ast.Import | ast.ImportFrom) -> Iterator[tuple[str, str]]:
        """Bound name and statement of each import that the module does not make itself. Raises ValueError: refused."""
        for alias in node.names:
            if isinstance(node, ast.ImportFrom) and self._is_own(node, alias):
                continue
            one = (
                ast.Import([alias])
                if isinstance(node, ast.Import)
                else ast.ImportFrom(node.module, [alias], node.level)
            )
            full = alias.name if isinstance(node, ast.Import) else f"{node.module}.{alias.name}"
            self._reject(node, alias, full)
            ((bound, origin),) = origins(one).items()
            if self._origins.get(bound) == origin and not (isinstance(node, ast.Import) and "." in alias.name):
                continue
            if bound in self._scope.names and self._origins.get(bound) != origin:
                raise ValueError(f"its import of {bound} hides the module's own {bound}")
            yield bound, ast.unparse(one)

    def _is_own(self, node: ast.ImportFrom, alias: ast.alias) -> bool:
        """An import of the module's own names from the module, where the case runs anyway."""
        last = (node.module or "").rpartition(".")[2]
        mine = last in self._scope.packages or (node.level > 0 and not last)
        return mine and alias.asname is None and alias.name in self._scope.names

    def _reject(self, node: ast.Import | ast.ImportFrom, alias: ast.alias, full: str) -> None:
        top = full.partition(".")[0]
        level = node.level if isinstance(node, ast.ImportFrom) else 0
        if level or alias.name == "*":
            raise ValueError("it imports from inside the package, or everything")
        if is_dangerous(full):
            raise ValueError(f"it imports {full}")
        if top not in sys.stdlib_module_names and top not in self._packages:
            raise ValueError(f"it imports {top}, which the module does not")


def origins(node: ast.AST) -> dict[str, str]:
    """Bound name -> full name, of an import statement."""
    if isinstance(node, ast.Import):
        return {
            alias.asname or alias.name.partition(".")[0]: alias.name if alias.asname else alias.name.partition(".")[0]
            for alias in node.names
        }
    if isinstance(node, ast.ImportFrom):
        where = "." * node.level + (node.module or "")
        return {alias.asname or alias.name: f"{where}.{alias.name}" for alias in node.names}
    return {}


def dotted(node: ast.expr) -> str:
    """`a.b` for such an expression, the empty text for any other."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(names)]) if isinstance(node, ast.Name) else ""

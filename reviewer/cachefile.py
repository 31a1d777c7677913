"""EFFECT: the cache's SQLite file: private to its user, made once, replaced when it is damaged."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3

_LAYOUT = 1  # of the tables; another one gets other files
_WAIT = 5.0  # seconds for another process to finish its write
_TABLES = f"""
PRAGMA auto_vacuum = FULL;
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS entries (
    kind TEXT NOT NULL, key BLOB NOT NULL, used REAL NOT NULL, size INTEGER NOT NULL, value BLOB NOT NULL,
    UNIQUE (kind, key)
);
CREATE INDEX IF NOT EXISTS entries_by_use ON entries (used, size);
CREATE TABLE IF NOT EXISTS secrets (name TEXT PRIMARY KEY, value BLOB NOT NULL);
PRAGMA user_version = {_LAYOUT};
COMMIT;
"""


def private(folder: Path) -> None:
    """Make the folder, or make sure that nobody else can plant replies in it. Raises OSError."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    status = folder.stat()
    if status.st_uid != os.geteuid() or status.st_mode & 0o022:
        raise PermissionError("the folder belongs to somebody else or others can write to it")


def connect(path: Path) -> sqlite3.Connection:
    """Open the file in autocommit mode, made and given its tables if need be. Raises OSError and sqlite3.Error."""
    import sqlite3

    touch(path)
    connection = sqlite3.connect(path, timeout=_WAIT, isolation_level=None, check_same_thread=False)
    try:
        if connection.execute("PRAGMA user_version").fetchone()[0] != _LAYOUT:
            connection.executescript(_TABLES)
        # Readers and a writer at once; refused while another process is just switching, and then no longer needed.
        with suppress(sqlite3.OperationalError):
            connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def is_corrupt(error: sqlite3.Error) -> bool:
    """Whether the file itself is damaged, not merely busy or out of reach."""
    import sqlite3

    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def file(folder: Path, generation: int) -> Path:
    """Where one generation of the cache is: a damaged one is followed by the next number."""
    return folder / f"cache-{_LAYOUT}-{generation}.sqlite3"


def generations(folder: Path) -> list[int]:
    """The generations that are there, in no order."""
    names = (path.name.split("-")[2].removesuffix(".sqlite3") for path in folder.glob(f"cache-{_LAYOUT}-*.sqlite3"))
    return [int(name) for name in names if name.isdecimal()]


def delete_before(folder: Path, generation: int) -> None:
    """Delete every generation before this one, journals included. Raises OSError."""
    for old in generations(folder):
        if old < generation:
            for ending in ("", "-wal", "-shm"):
                path = file(folder, old)
                path.with_name(path.name + ending).unlink(missing_ok=True)


def touch(path: Path) -> None:
    """Make the file if it is not there, for its user alone. Raises OSError."""
    # SQLite gives its journal files the mode of the database.
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    path.chmod(0o600)


def size(folder: Path) -> int:
    """Bytes of all the files, journals and damaged ones included."""
    total = 0
    for path in folder.glob("cache-*.sqlite3*"):
        with suppress(FileNotFoundError):  # a journal that another process has just finished
            total += path.stat().st_size
    return total

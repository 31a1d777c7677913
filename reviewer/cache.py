"""EFFECT: replies and verdicts by content hash, in one SQLite file that several processes share.

The cache costs speed when it fails, never the run: whatever is wrong with its folder or file is one warning.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import suppress
from dataclasses import asdict, is_dataclass
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any, Self

from reviewer import cachefile, folders

if TYPE_CHECKING:
    import sqlite3

LIMIT = 200_000_000  # bytes of values
FENCE_KEY_BYTES = 32
_EVICT = """
DELETE FROM entries WHERE rowid IN (
    SELECT rowid FROM (SELECT rowid, SUM(size) OVER (ORDER BY used DESC, rowid DESC) AS total FROM entries)
    WHERE total > ?
)
"""
_Warn = Callable[[str], None]


def default_folder() -> Path:
    """The platform's cache folder for this program."""
    return folders.caches()


def key(*parts: object) -> str:
    """A hash of the parts' content: text, bytes, numbers, records, and lists and mappings of them, order included."""
    from hashlib import sha256

    text = json.dumps(parts, default=_plain, separators=(",", ":"))
    return sha256(text.encode("ascii")).hexdigest()


def _plain(part: object) -> object:
    if isinstance(part, bytes):
        return {"bytes": part.hex()}
    if is_dataclass(part) and not isinstance(part, type):
        return {type(part).__name__: asdict(part)}
    raise TypeError(f"no stable content: {type(part).__name__}")


class Cache:
    """Texts by kind and key. Safe with several processes and threads; without a usable file it holds nothing."""

    def __init__(self, folder: Path, *, warn: Callable[[str], None], limit: int = LIMIT) -> None:
        self.folder = folder
        self._warn = warn
        self._limit = limit
        self._lock = RLock()
        self._used: dict[tuple[str, bytes], float] = {}  # written at the end: a look-up must not cost a write
        self._added = 0  # bytes since the size was last looked at
        self._fence_key = b""
        self._generation = 0
        self._connection: sqlite3.Connection | None = None

    @classmethod
    def open(cls, folder: Path, *, warn: Callable[[str], None], limit: int = LIMIT) -> Self:
        """Open or create the cache in a folder; `limit` bounds the bytes of its values.

        A corrupt file is set aside and a new one begun; a folder that cannot be used means no cache. Either is told to
        `warn` once, and so is what fails later.
        """
        import sqlite3

        cache = cls(folder, warn=warn, limit=limit)
        try:
            cachefile.private(folder)
            cache._generation = max(cachefile.generations(folder), default=0)
            try:
                cache._connection = cachefile.connect(cache.path)
            except sqlite3.DatabaseError as error:
                if not cachefile.is_corrupt(error):
                    raise
                cache._set_aside(error)
                cache._connection = cachefile.connect(cache.path)
        except (OSError, sqlite3.Error) as error:
            why = getattr(error, "strerror", None) or error
            warn(f"working without a cache: {folder}: {why}; REVIEWER_CACHE_DIR names another folder")
        return cache

    @property
    def path(self) -> Path:
        """The file in use."""
        return cachefile.file(self.folder, self._generation)

    @property
    def available(self) -> bool:
        """Whether anything can be kept."""
        return self._connection is not None

    def get(self, kind: str, key: str) -> str | None:
        """The text kept under a key, None if there is none."""
        name = _bytes(key)
        rows = self._execute("SELECT value FROM entries WHERE kind = ? AND key = ?", kind, name)
        if not rows:
            return None
        self._used[kind, name] = time.time()
        return _text(rows[0][0])

    def put(self, kind: str, key: str, value: str) -> None:
        """Keep a text, instead of the one that was there. One larger than the whole cache may be is not kept."""
        name, data = _bytes(key), _bytes(value)
        if len(data) > self._limit:
            return
        insert = "INSERT OR REPLACE INTO entries (kind, key, used, size, value) VALUES (?, ?, ?, ?, ?)"
        with self._lock:
            self._execute(insert, kind, name, time.time(), len(data), data)
            self._used.pop((kind, name), None)
            self._added += len(data)
            if self._added > self._limit // 10:
                self._evict()

    def delete(self, kind: str, key: str) -> None:
        """Forget one text."""
        self._execute("DELETE FROM entries WHERE kind = ? AND key = ?", kind, _bytes(key))

    def keys(self, kind: str) -> list[str]:
        """The keys of one kind, in the order they were put."""
        rows = self._execute("SELECT key FROM entries WHERE kind = ? ORDER BY rowid", kind)
        return [text for (name,) in rows if (text := _text(name)) is not None]

    def mapping(self, kind: str) -> MutableMapping[str, str]:
        """The texts of one kind as a mapping."""
        return _Mapping(self, kind)

    def fence_key(self) -> bytes:
        """A secret of 32 bytes, made once for this user and machine; without a usable file, once for this cache."""
        with self._lock:
            if not self._fence_key:
                self._fence_key = self._kept_fence_key() or self._new_fence_key()
            return self._fence_key

    def _kept_fence_key(self) -> bytes:
        rows = self._execute("SELECT value FROM secrets WHERE name = 'fence'")
        value = rows[0][0] if rows else b""
        # What is no such secret is damage, and could be guessed.
        return value if isinstance(value, bytes) and len(value) == FENCE_KEY_BYTES else b""

    def _new_fence_key(self) -> bytes:
        new = os.urandom(FENCE_KEY_BYTES)
        self._execute("BEGIN IMMEDIATE")  # another process may be making one, too
        kept = self._kept_fence_key()
        if not kept:
            self._execute("INSERT OR REPLACE INTO secrets (name, value) VALUES ('fence', ?)", new)
        self._execute("COMMIT")
        return kept or new

    def size(self) -> int:
        """Bytes on disk, damaged files that were set aside included."""
        return cachefile.size(self.folder)

    def clear(self) -> None:
        """Forget every text and delete what was set aside; the fence key stays."""
        self._execute("DELETE FROM entries")
        self._execute("PRAGMA wal_checkpoint(TRUNCATE)")
        cachefile.delete_before(self.folder, self._generation)

    def close(self) -> None:
        """Write what is left and let go of the file; afterwards the cache holds nothing."""
        with self._lock:
            self._evict()
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _evict(self) -> None:
        """Bring the values under the limit, least recently used first."""
        self._added = 0
        used, self._used = self._used, {}
        rows = self._execute("SELECT SUM(size) FROM entries")
        total = int(rows[0][0] or 0) if rows else 0
        if used and total > self._limit // 2:  # below that nothing will be evicted for long: a look-up writes nothing
            self._execute("BEGIN IMMEDIATE")
            for (kind, name), when in used.items():
                self._execute("UPDATE entries SET used = ? WHERE kind = ? AND key = ?", when, kind, name)
            self._execute("COMMIT")
        if total > self._limit:
            self._execute(_EVICT, self._limit * 9 // 10)

    def _execute(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        import sqlite3

        with self._lock:
            if self._connection is None:
                return []
            try:
                return self._connection.execute(statement, values).fetchall()
            except sqlite3.Error as error:
                self._give_up(error)
                return []

    def _give_up(self, error: sqlite3.Error) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
        if cachefile.is_corrupt(error):
            with suppress(OSError):
                self._set_aside(error)
        else:
            self._warn(f"going on without the cache {self.path}: {error}")

    def _set_aside(self, error: sqlite3.Error) -> None:
        # The damaged file keeps its name and the next number is begun: with nothing renamed, no other process that has
        # the file open can mix its journal into the new one (https://sqlite.org/howtocorrupt.html).
        self._warn(f"the cache {self.path} is damaged ({error}); it is set aside and a new one begun")
        cachefile.delete_before(self.folder, self._generation)
        self._generation += 1
        cachefile.touch(self.path)


class _Mapping(MutableMapping[str, str]):
    """The texts of one kind."""

    def __init__(self, cache: Cache, kind: str) -> None:
        self._cache = cache
        self._kind = kind

    def __getitem__(self, key: str) -> str:
        value = self._cache.get(self._kind, key)
        if value is None:
            raise KeyError(key)
        return value

    def __setitem__(self, key: str, value: str) -> None:
        self._cache.put(self._kind, key, value)

    def __delitem__(self, key: str) -> None:
        if key not in self:
            raise KeyError(key)
        self._cache.delete(self._kind, key)

    def __iter__(self) -> Iterator[str]:
        return iter(self._cache.keys(self._kind))

    def __len__(self) -> int:
        return len(self._cache.keys(self._kind))


def _bytes(text: str) -> bytes:
    # SQLite's own text takes no surrogates, and a model's reply may hold some.
    return text.encode("utf-8", "surrogatepass")


def _text(data: object) -> str | None:
    """The text that was kept, None for what is none: SQLite keeps no checksums, so a flipped bit shows only here."""
    try:
        return data.decode("utf-8", "surrogatepass") if isinstance(data, bytes) else None
    except UnicodeDecodeError:
        return None

"""Texts that are kept as long as the files they rest on are what they were. Takes the cache as a Store."""

from __future__ import annotations

import json
from collections.abc import Iterable

from reviewer.evidence import kept
from reviewer.evidence.circumstances import Store
from reviewer.evidence.dependencies import Contents, source_of


def recall(store: Store, kind: str, key: str, contents: Contents) -> str | None:
    """The text, if every file it rests on is what it was; None otherwise."""
    match kept.checked(store.get(kind, key)):
        case [str(text), dict(files)] if all(contents.digest(path) == before for path, before in files.items()):
            return text
    return None


def keep(store: Store, kind: str, key: str, text: str, contents: Contents, opened: Iterable[str], began: int) -> None:
    """Keep a text with the files that were `opened` for it, unless one of them changed since `began`, in ns."""
    paths = sorted({source_of(path) for path in opened})
    files = {path: contents.digest(path) for path in paths}
    if contents.unchanged_since(began, paths):
        store.put(kind, key, kept.signed(json.dumps([text, files])))

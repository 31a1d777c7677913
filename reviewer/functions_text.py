"""Bytes of a Python file -> text, and its lines as git and as the parser count them. Pure."""

from __future__ import annotations

import io
import tokenize
from collections.abc import Sequence
from itertools import accumulate

_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


class Unparsable(ValueError):  # noqa: N818 - a verdict on the file, named as the report names it
    """The bytes cannot be decoded by their byte order mark or declared encoding; the text says why."""


def decode(data: bytes) -> str:
    """The text of a Python file, `\\r\\n` as `\\n`. Raises Unparsable when its encoding is not what it declares."""
    if data.startswith(_UTF16_MARKS) or b"\0" in data[:4]:
        raise Unparsable("it is encoded as UTF-16 or UTF-32, which Python does not read as source")
    try:
        head = data if b"\r" not in data else data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        encoding, _ = tokenize.detect_encoding(io.BytesIO(head).readline)
        text = data.decode(encoding)
        text.encode()  # some codecs make lone surrogates
    except (SyntaxError, LookupError, ValueError) as error:
        raise Unparsable(f"its bytes are not what its encoding says: {error}") from error
    return text.replace("\r\n", "\n")


class Rows:
    """The parser's rows (0-based, ended by `\\n` or a lone `\\r`) over a text whose lines only `\\n` ends."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.code = text.replace("\r", "\n")  # the same length: what the parser reads
        self.rows = self.code.split("\n")
        self._starts = list(accumulate((len(row) + 1 for row in self.rows), initial=0))
        self.lines: Sequence[int] = range(1, len(self.rows) + 1)  # row -> line, 1-based
        if "\r" in text:
            ended = (text[start - 1] == "\n" for start in self._starts[1:-1])
            self.lines = list(accumulate(ended, initial=1))

    def slice(self, first: int, last: int) -> str:
        """The text of the rows first..last, without the last one's end."""
        return self.text[self._starts[first] : self._starts[last + 1] - 1]

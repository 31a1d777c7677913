"""Text from code, paths and models, made safe to show: nothing in it can steer a terminal or reorder a line."""

from __future__ import annotations

import re

# Control characters (C0, DEL, C1), line and paragraph separators, bidirectional controls (https://trojansource.codes),
# what shows nothing (https://www.unicode.org/reports/tr44/#Default_Ignorable_Code_Point, and blanks that are letters or
# symbols) and so hides text or a name from a reader, and what no output encoding (surrogates) and no XML (U+FFFE,
# U+FFFF) takes.
# The joiners U+200C and U+200D and the selectors U+FE0E and U+FE0F stay: scripts and emoji need them.
_UNSAFE = (
    r"\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f"
    r"\u2028-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0d\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\ud800-\udfff"
    r"\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_IN_BLOCKS = re.compile(f"[{_UNSAFE}]")
_IN_LINES = re.compile(f"[{_UNSAFE}\t\n]")
_NAMED = {"\t": r"\t", "\n": r"\n", "\r": r"\r"}


def block(text: str) -> str:
    """Text of several lines: newlines and tabs stay, every other unsafe character becomes a visible escape (`\\x1b`).

    A byte of a path that is not UTF-8 (a surrogate from `os.fsdecode`) is shown as that byte.
    """
    return _IN_BLOCKS.sub(_escape, text)


def line(text: str) -> str:
    """Text that must stay on one line: as `block`, and newlines and tabs become `\\n` and `\\t`."""
    return _IN_LINES.sub(_escape, text)


def _escape(match: re.Match[str]) -> str:
    character = match[0]
    code = ord(character)
    if character in _NAMED:
        return _NAMED[character]
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"

"""Names and messages come from the cluster; nothing in them may move a cursor, colour a line or hide a letter."""

from __future__ import annotations

import re

_CONTROL = re.compile(
    "[\x00-\x1f\x7f-\x9f"  # C0, DEL, C1: cursor, colour, bells
    "\u00ad\u061c\u180e"  # soft hyphen, Arabic letter mark, Mongolian vowel separator
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f"  # zero width, line separators, direction
    "\ufeff\ufff9-\uffff\ud800-\udfff"  # byte order mark, annotations, what is no character
    "\U000e0000-\U000e0fff]"  # tags and variation selectors
)


def safe(text: str, limit: int = 0) -> str:
    r"""The text with every control and invisible character written as an escape: ``\\x1b``, ``\\u202e``.

    ``limit`` cuts it to so many characters, with an ellipsis; 0 leaves its length alone.
    """
    shown = _CONTROL.sub(_written, text)
    return shown if not limit or len(shown) <= limit else shown[: limit - 1] + "…"


def _written(match: re.Match[str]) -> str:
    number = ord(match.group())
    if match.group() in "\n\t\r":
        return {"\n": "\\n", "\t": "\\t", "\r": "\\r"}[match.group()]
    if number < 0x100:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"

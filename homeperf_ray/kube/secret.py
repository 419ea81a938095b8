"""A value that must not be shown: it masks itself wherever it is printed."""

from __future__ import annotations

import re

MASK = "***"
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]")


class Secret:
    """A token, a password or a key. ``reveal()`` gives the text; ``repr``, ``str`` and formats give only a mask."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself, for the one place that sends it."""
        return self._text

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._text == other._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __repr__(self) -> str:
        return f"Secret({MASK!r})"

    def __str__(self) -> str:
        return MASK


def quoted(text: str, *hide: Secret | None, limit: int = 300) -> str:
    """Text that came from outside, fit for an error: at most ``limit`` characters on one line, control characters
    escaped, and none of ``hide`` in it.
    """
    for secret in hide:
        if secret:
            text = text.replace(secret.reveal(), MASK)
    line = " ".join(text.split())
    if len(line) > limit:
        line = line[: limit - 1] + "…"
    return _CONTROL.sub(lambda found: f"\\x{ord(found.group()):02x}", line)

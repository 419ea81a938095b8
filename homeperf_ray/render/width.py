"""How wide text stands on a terminal, and where it is broken."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator


def cells(text: str) -> int:
    """Columns that a text takes: two for wide East Asian characters and emoji, none for combining marks."""
    return len(text) if text.isascii() else sum(map(_cell, text))


def cut(text: str, width: int) -> str:
    """As much of the text as fits, with an ellipsis where that is not all."""
    if cells(text) <= width:
        return text
    taken = width - 1
    for end, character in enumerate(text):
        taken -= _cell(character)
        if taken < 0:
            return f"{text[:end]}…"
    return text


def wrapped(text: str, width: int, *, most: int) -> Iterator[str]:
    """The text in lines of at most ``width`` columns, broken at spaces where there are any; ``most`` lines, the last
    one cut.
    """
    rest = text
    for number in range(most):
        if cells(rest) <= width or number == most - 1:
            yield cut(rest, width)
            return
        end = _break(rest, width)
        yield rest[:end].rstrip()
        rest = rest[end:].lstrip()


def _break(text: str, width: int) -> int:
    taken, space = 0, 0
    for end, character in enumerate(text):
        taken += _cell(character)
        if taken > width:
            return space or max(end, 1)
        if character == " ":
            space = end
    return len(text)


def _cell(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1

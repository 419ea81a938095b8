"""Words of a command line as bash reads them, and how a word is written so that bash reads it back."""

from __future__ import annotations

from typing import NamedTuple

_PLAIN = frozenset("_./:=@%+,-")
"""What needs no quoting beside letters and digits."""

_SPECIAL_IN_DOUBLE = '"$`\\'


class Word(NamedTuple):
    """A word as it stands on the line, what it says, and which quote is still open at its end, if any."""

    raw: str
    value: str
    quote: str


def words(line: str) -> list[Word]:
    """The words of a line that ends at the cursor. The last one is where the cursor stands; it may be empty.

    Nothing is expanded: no variables, no globs, no tilde.
    """
    found: list[Word] = []
    raw, value, quote, escaped = "", "", "", False
    for character in line:
        if not quote and not escaped and character in " \t\n":
            if raw:
                found.append(Word(raw, value, ""))
            raw, value = "", ""
            continue
        raw += character
        if escaped:
            kept = "\\" if quote and character not in _SPECIAL_IN_DOUBLE else ""
            value, escaped = value + kept + character, False
        elif character == "\\" and quote != "'":
            escaped = True
        elif character == quote:
            quote = ""
        elif not quote and character in "'\"":
            quote = character
        else:
            value += character
    return [*found, Word(raw, value, quote)]


def written(text: str, quote: str) -> str:
    """A text for a place where ``quote`` is open, or none; an open one is left for the shell to close.

    Whatever the text is, it stays one word: nothing in it ends the word, expands or runs.
    """
    if quote == "'":
        return text.replace("'", "'\\''")
    if quote == '"':
        inner = "".join(f"\\{character}" if character in _SPECIAL_IN_DOUBLE else character for character in text)
        return inner.replace("!", "\"'!'\"")
    return "".join(character if character.isalnum() or character in _PLAIN else f"\\{character}" for character in text)

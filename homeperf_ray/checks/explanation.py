"""What each code means, at length: read from the pages beside this file, one a domain."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import msgspec

_PAGES = Path(__file__).with_name("explanations")
_SECTION = re.compile(r"^## (HP\d{3})\n+(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
_POPEYE = re.compile(r"^popeye: *(.*?)\n*\Z", re.MULTILINE | re.DOTALL)


class Explanation(msgspec.Struct, frozen=True):
    """One code at length. ``text`` is Markdown: what it means, why it happens, what to do.

    ``popeye`` is one line: which codes of popeye tell the same fault, and what each of the two misses.
    """

    code: str
    text: str
    popeye: str


@cache
def explanations() -> dict[str, Explanation]:
    """Every explanation by code."""
    found: dict[str, Explanation] = {}
    for page in sorted(_PAGES.glob("*.md")):
        for code, body in _SECTION.findall(page.read_text("utf-8")):
            popeye = _POPEYE.search(body)
            text = body[: popeye.start()] if popeye else body
            compared = " ".join(popeye.group(1).split()) if popeye else ""
            found[code] = Explanation(code, text.strip(), compared)
    return found

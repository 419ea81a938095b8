"""Markdown for a terminal: headings, paragraphs, lists and `code`, wrapped; what the explanations are written in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

import click

from homeperf_ray.render.width import cells

NARROWEST = 20
WIDEST = 100
"""Columns beyond which prose is hard to read, however wide the terminal is."""

_ITEM = re.compile(r"(?:- |[0-9]+\. )")
_HEADING = re.compile(r"#+ ")
_WORD = re.compile(r"(?:`[^`]*`|[^\s`]|`)+")
_CODE = re.compile(r"`([^`]*)`")


def terminal(text: str, width: int, *, coloured: bool) -> Iterator[str]:
    """The lines of a text at most ``width`` columns wide.

    With colour, code is cyan and has no backticks. A piece of code is never broken, though it be wider than the
    terminal: it is a command that will be copied.
    """
    width = min(max(width, NARROWEST), WIDEST)
    for number, block in enumerate(re.split(r"\n(?:[ \t]*\n)+", text.strip("\n"))):
        if number:
            yield ""
        for piece in _pieces(block):
            yield from _piece(piece, width, coloured=coloured)


def _pieces(block: str) -> Iterator[str]:
    """The items of a list, or the one paragraph or heading, each in a single line."""
    lines = block.split("\n")
    begins = [number for number, line in enumerate(lines) if not number or _ITEM.match(line) or _HEADING.match(line)]
    for begin, end in pairwise([*begins, len(lines)]):
        yield " ".join(line.strip() for line in lines[begin:end])


def _piece(piece: str, width: int, *, coloured: bool) -> Iterator[str]:
    if heading := _HEADING.match(piece):
        yield click.style(piece[heading.end() :], bold=True) if coloured else piece[heading.end() :]
        return
    mark = found.group() if (found := _ITEM.match(piece)) else ""
    line, taken = "", 0
    for word in _WORD.findall(piece[len(mark) :]):
        shown = _CODE.sub(lambda code: click.style(code.group(1), fg="cyan"), word) if coloured else word
        size = cells(_CODE.sub(r"\1", word) if coloured else word)
        if line and len(mark) + taken + 1 + size > width:
            yield mark + line
            mark, line, taken = " " * len(mark), "", 0
        line, taken = (f"{line} {shown}", taken + 1 + size) if line else (shown, size)
    if line:
        yield mark + line

"""What ``get`` prints: kubectl's columns, or the objects as the server sent them."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from homeperf_ray.kube.resources import GroupResource, ServedResource
from homeperf_ray.objects.job import Form
from homeperf_ray.objects.outcome import Gathering, Got
from homeperf_ray.objects.page import Page, Row
from homeperf_ray.render.escape import safe
from homeperf_ray.render.width import cells

SHAPES = ("table", "wide", "json", "yaml", "jsonl", "name")

FORMS: dict[str, Form] = {"table": "table", "wide": "table", "name": "metadata"}
"""In which form each shape is asked for; whole objects where nothing else is said."""

_GAP = "   "

_FRAMES = 40_000
"""Of the stack: YAML takes three for each level at which an object is nested, and JSON of thousands can be read."""

_HIDDEN = re.compile("[\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\uffff]")
"""What JSON may hold as it is, and a terminal should not be shown."""


def output(gathered: Sequence[Gathering], shape: str, *, headers: bool = True) -> Iterator[str]:
    """The lines of a shape: ``table``, ``wide``, ``json``, ``yaml``, ``jsonl`` or ``name``."""
    if shape in ("table", "wide"):
        yield from _tables(gathered, wide=shape == "wide", headers=headers)
    elif shape == "name":
        yield from _names(gathered)
    elif shape == "jsonl":
        yield from _json_lines(gathered)
    else:
        document = _document(gathered)
        yield _yaml(document) if shape == "yaml" else _shown(msgspec.json.format(document, indent=4))


@dataclass(frozen=True)
class _Block:
    """Rows under one header: those of one resource type whose servers have the same columns for it."""

    resource: GroupResource
    header: tuple[str, ...]
    rows: list[list[str]]


def _tables(gathered: Sequence[Gathering], *, wide: bool, headers: bool) -> Iterator[str]:
    blocks: dict[tuple[GroupResource, tuple[str, ...]], _Block] = {}
    several = len(_resources(gathered)) > 1
    placed = _placed(gathered)
    for gathering in gathered:
        where = [gathering.context] if len(gathered) > 1 else []
        for got in gathering.got:
            served = got.part.request.served
            lead = ["CONTEXT"] * bool(where) + ["NAMESPACE"] * (placed and served.namespaced)
            for page in got.pages:
                shown = [number for number, column in enumerate(page.columns) if wide or not column.priority]
                header = (*lead, *(page.columns[number].name.upper() for number in shown))
                block = blocks.setdefault((served.resource, header), _Block(served.resource, header, []))
                for row in page.cells:
                    place = [row.meta.namespace or ""] if placed and served.namespaced else []
                    block.rows.append([*where, *place, *_cells(row, shown, served, several=several)])
    filled = [block for block in blocks.values() if block.rows]
    for number, block in enumerate(filled):
        if number:
            yield ""
        yield from _aligned([list(block.header), *block.rows] if headers else block.rows)


def _cells(row: Row, shown: Sequence[int], served: ServedResource, *, several: bool) -> Iterator[str]:
    for number in shown:
        text = _text(row.cells[number]) if number < len(row.cells) else ""
        yield f"{_typed(served)}/{text}" if several and number == 0 else text


def _text(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return str(cell).lower()
    return cell if isinstance(cell, str) else msgspec.json.encode(cell).decode()


def _aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    shown = [[safe(cell) for cell in row] for row in rows]
    widths = [max(cells(row[number]) for row in shown) for number in range(len(shown[0]))]
    for row in shown:
        line = _GAP.join(cell + " " * (width - cells(cell)) for cell, width in zip(row, widths, strict=True))
        yield line.rstrip()


def _names(gathered: Sequence[Gathering]) -> Iterator[str]:
    """``pod/web-0``, as kubectl takes it."""
    for _, got, page in _pages(gathered):
        kind = _typed(got.part.request.served)
        yield from (safe(f"{kind}/{meta.name or ''}") for meta in page.known)


def _json_lines(gathered: Sequence[Gathering]) -> Iterator[str]:
    """An object a line; beside its context where there are several."""
    for gathering, got, page in _pages(gathered):
        lead = b'{"context":%s,"object":' % msgspec.json.encode(gathering.context) if len(gathered) > 1 else b""
        for item in _items(got, page):
            yield _shown(lead + item + (b"}" if lead else b""))


def _document(gathered: Sequence[Gathering]) -> bytes:
    """A ``List`` of everything, or the object itself where one was named; for several contexts one a context."""
    if len(gathered) == 1:
        return _list(gathered[0])
    lists = b",".join(msgspec.json.encode(one.context) + b":" + _list(one) for one in gathered)
    return b"{" + lists + b"}"


def _list(gathering: Gathering) -> bytes:
    items = [item for _, got, page in _pages([gathering]) for item in _items(got, page)]
    if len(gathering.got) == 1 and gathering.got[0].part.name and items:
        return items[0]
    return b'{"apiVersion":"v1","kind":"List","items":[' + b",".join(items) + b"]}"


def _items(got: Got, page: Page) -> Iterator[bytes]:
    """The objects with kind and apiVersion, which a LIST of built-in types says only once."""
    served = got.part.request.served
    kind = msgspec.json.encode(page.kind or served.kind)
    lead = b'{"apiVersion":%s,"kind":%s,' % (msgspec.json.encode(page.api_version or served.version), kind)
    for item in page.items:
        whole = bytes(item).strip()
        yield whole if got.part.name or _has_kind(whole) else lead + whole[1:].lstrip()


class _Typed(msgspec.Struct):
    kind: str = ""


_typed_of = msgspec.json.Decoder(_Typed).decode


def _has_kind(item: bytes) -> bool:
    return bool(_typed_of(item).kind)


def _yaml(document: bytes) -> str:
    import yaml

    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, _FRAMES))
    try:
        tree = msgspec.json.decode(document)
        text: str = yaml.dump(tree, Dumper=dumper, sort_keys=False, allow_unicode=False, width=120)
    finally:
        sys.setrecursionlimit(before)
    return text.rstrip("\n")


def _shown(document: bytes) -> str:
    """JSON in which what is not to be seen is written as JSON writes it: the value is the same."""
    return _HIDDEN.sub(lambda found: f"\\u{ord(found.group()):04x}", document.decode("utf-8", "replace"))


def _pages(gathered: Iterable[Gathering]) -> Iterator[tuple[Gathering, Got, Page]]:
    for gathering in gathered:
        for got in gathering.got:
            yield from ((gathering, got, page) for page in got.pages)


def _typed(served: ServedResource) -> str:
    group = served.resource.group
    return f"{served.kind.lower()}.{group}" if group else served.kind.lower()


def _resources(gathered: Sequence[Gathering]) -> set[GroupResource]:
    return {got.part.request.served.resource for gathering in gathered for got in gathering.got if got.count}


def _placed(gathered: Sequence[Gathering]) -> bool:
    """Whether the namespaces have to be told: all were asked for, or several."""
    for gathering in gathered:
        places = {got.part.request.namespace for got in gathering.got if got.part.request.served.namespaced}
        if len(places) > 1 or None in places:
            return True
    return False

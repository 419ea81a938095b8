"""``as=Table``: what a stock kubectl prints."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import msgspec

from homeperf_ray.sim.apis import Served
from homeperf_ray.sim.columns import Printer
from homeperf_ray.sim.entries import Entry
from homeperf_ray.sim.lists import partial
from homeperf_ray.sim.printers import name_cell, printer
from homeperf_ray.sim.statuses import bad_request

_NAME = {"name": "Name", "type": "string", "format": "name", "description": "Name of the object.", "priority": 0}


def render(
    entries: Iterable[Entry],
    metadata: dict[str, Any],
    served: Served,
    include: str,
    *,
    minor: int,
    headed: bool = True,
) -> bytes:
    """A Table of the objects; ``include`` is None, Metadata (the default) or Object. One that is not ``headed`` lacks
    its column definitions, as those of a watch after the first.
    """
    if include not in {"", "None", "Metadata", "Object"}:
        raise bad_request(
            f'Unable to convert to Table as requested: includeObject: Invalid value: "{include}": must be '
            "'Metadata', 'Object', 'None', or empty"
        )
    kind, now = served.kind, datetime.now(UTC)
    how = printer(kind, minor)
    definitions = [_NAME] * how.named + [
        {"name": one.name, "type": one.type, "format": one.format, "description": one.name, "priority": one.priority}
        for one in how.columns
    ]
    rows = []
    for entry in entries:
        item = entry.document()
        name = [name_cell(kind, item)] * how.named
        row: dict[str, Any] = {"cells": [*name, *_cells(how, item, now)], "object": None}
        if include == "Object":
            row["object"] = msgspec.Raw(entry.typed(kind.kind, served.api_version))
        elif include != "None":
            row["object"] = msgspec.Raw(partial(entry))
        rows.append(row)
    table = {
        "kind": "Table",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": metadata,
        "columnDefinitions": definitions if headed else None,
        "rows": rows,
    }
    return msgspec.json.encode(table) + b"\n"


def _cells(how: Printer, item: dict[str, Any], now: datetime) -> list[Any]:
    """The cells of one object; ``<unknown>`` all along where it lacks what they are told from."""
    try:
        return how.cells(item, now)
    except (KeyError, TypeError, ValueError):
        return ["<unknown>"] * len(how.columns)

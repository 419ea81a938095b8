"""``as=Table``: what a stock kubectl prints."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import msgspec

from homeperf_ray.sim.apis import Served
from homeperf_ray.sim.entries import Entry
from homeperf_ray.sim.lists import partial
from homeperf_ray.sim.printers import name_cell, printer
from homeperf_ray.sim.statuses import bad_request

_NAME = {"name": "Name", "type": "string", "format": "name", "description": "Name of the object.", "priority": 0}


def render(entries: Iterable[Entry], metadata: dict[str, Any], served: Served, include: str) -> bytes:
    """A Table of the objects; ``include`` is None, Metadata (the default) or Object."""
    if include not in {"", "None", "Metadata", "Object"}:
        raise bad_request(f"unrecognized includeObject value: {include!r}")
    kind, now = served.kind, datetime.now(UTC)
    how = printer(kind)
    definitions = [_NAME] + [
        {"name": name, "type": type_, "format": "", "description": name, "priority": priority}
        for name, type_, priority in how.columns
    ]
    rows = []
    for entry in entries:
        item = entry.document()
        row: dict[str, Any] = {"cells": [name_cell(kind, item), *how.cells(item, now)]}
        if include == "Object":
            row["object"] = msgspec.Raw(entry.typed(kind.kind, served.api_version))
        elif include != "None":
            row["object"] = msgspec.Raw(partial(entry))
        rows.append(row)
    table = {
        "kind": "Table",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": metadata,
        "columnDefinitions": definitions,
        "rows": rows,
    }
    return msgspec.json.encode(table) + b"\n"

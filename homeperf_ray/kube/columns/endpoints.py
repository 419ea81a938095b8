"""Columns of EndpointSlices: one row a slice, of which a Service may have several."""

from __future__ import annotations

from typing import Any

from homeperf_ray.kube.columns.kind import COUNT, TEXT, WORD, TableKind
from homeperf_ray.kube.models.endpoints import EndpointSlice


def _slice(item: EndpointSlice) -> tuple[Any, ...]:
    meta = item.metadata
    there = [endpoint for endpoint in item.endpoints or () if endpoint.addresses]
    return (
        meta.namespace,
        meta.name or "",
        meta.labels.service if meta.labels else None,
        sum(1 for endpoint in there if endpoint.ready),
        len(there),
    )


ENDPOINT_SLICE = TableKind(
    "EndpointSlice",
    EndpointSlice,
    (("namespace", WORD), ("name", TEXT), ("service", TEXT), ("ready", COUNT), ("total", COUNT)),
    _slice,
)

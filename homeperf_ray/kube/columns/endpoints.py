"""Columns of EndpointSlices, one row a slice, of which a Service may have several; and of Endpoints, one a Service."""

from __future__ import annotations

from typing import Any

from homeperf_ray.kube.columns.kind import COUNT, TEXT, WORD, TableKind
from homeperf_ray.kube.models.endpoints import Endpoints, EndpointSlice


def _slice(item: EndpointSlice) -> tuple[Any, ...]:
    meta = item.metadata
    there = [endpoint for endpoint in item.endpoints or () if endpoint.addresses]
    return (
        meta.namespace,
        meta.name or "",
        meta.labels.service if meta.labels else None,
        item.address_type,
        sum(1 for endpoint in there if endpoint.ready),
        len(there),
    )


def _endpoints(item: Endpoints) -> tuple[Any, ...]:
    """An address stands in one subset for each set of ports: it is counted once, and ready where it is so for some."""
    meta = item.metadata
    ready = {address.ip for subset in item.subsets or () for address in subset.addresses or ()}
    waiting = {address.ip for subset in item.subsets or () for address in subset.not_ready_addresses or ()}
    return meta.namespace, meta.name or "", meta.name, None, len(ready), len(ready | waiting)


_COLUMNS = (
    ("namespace", WORD),
    ("name", TEXT),
    ("service", TEXT),
    ("address_type", WORD),
    ("ready", COUNT),
    ("total", COUNT),
)

ENDPOINT_SLICE = TableKind("EndpointSlice", EndpointSlice, _COLUMNS, _slice)
ENDPOINT = TableKind("Endpoints", Endpoints, _COLUMNS, _endpoints)

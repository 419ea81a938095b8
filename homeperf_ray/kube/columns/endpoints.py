"""Columns of EndpointSlices, one row a slice, of which a Service may have several; and of Endpoints, one a Service."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

import pyarrow as pa

from homeperf_ray.kube.columns.kind import COUNT, NUMBER, TEXT, WORD, TableKind
from homeperf_ray.kube.models.endpoints import Endpoints, EndpointSlice

T = TypeVar("T", str, int)

API_SERVICE = {"namespace": "default", "name": "kubernetes"}
"""The Service that leads to the API servers: of this one addresses and ports are kept, not only counted."""


def _slice(item: EndpointSlice) -> tuple[Any, ...]:
    meta = item.metadata
    service = meta.labels.service if meta.labels else None
    there = [endpoint for endpoint in item.endpoints or () if endpoint.addresses]
    return (
        meta.namespace,
        meta.name or "",
        service,
        item.address_type,
        sum(1 for endpoint in there if endpoint.ready),
        len(there),
        _kept(meta.namespace, service, (one for each in there if each.ready for one in each.addresses or ())),
        _kept(meta.namespace, service, (port.port for port in item.ports or () if port.port)),
    )


def _endpoints(item: Endpoints) -> tuple[Any, ...]:
    """An address stands in one subset for each set of ports: it is counted once, and ready where it is so for some."""
    meta = item.metadata
    ready = {address.ip for subset in item.subsets or () for address in subset.addresses or ()}
    waiting = {address.ip for subset in item.subsets or () for address in subset.not_ready_addresses or ()}
    kept = _kept(meta.namespace, meta.name, (ip for ip in ready if ip))
    ports = {port.port for subset in item.subsets or () for port in subset.ports or () if port.port}
    counts = len(ready), len(ready | waiting)
    return meta.namespace, meta.name or "", meta.name, None, *counts, kept, _kept(meta.namespace, meta.name, ports)


def _kept(namespace: str | None, service: str | None, values: Iterable[T]) -> list[T] | None:
    mine = namespace == API_SERVICE["namespace"] and service == API_SERVICE["name"]
    return sorted(values) if mine else None


_COLUMNS = (
    ("namespace", WORD),
    ("name", TEXT),
    ("service", TEXT),
    ("address_type", WORD),
    ("ready", COUNT),
    ("total", COUNT),
    ("addresses", pa.list_(TEXT)),
    ("ports", pa.list_(NUMBER)),
)

ENDPOINT_SLICE = TableKind("EndpointSlice", EndpointSlice, _COLUMNS, _slice)
ENDPOINT = TableKind("Endpoints", Endpoints, _COLUMNS, _endpoints)

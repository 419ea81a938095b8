"""Columns of ingresses, their classes, and Services."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from homeperf_ray.kube.columns.kind import FLAG, NUMBER, TEXT, TIME, WORD, TableKind, pairs
from homeperf_ray.kube.models.network import (
    Backend,
    Ingress,
    IngressClass,
    IngressSpec,
    LoadBalancerStatus,
    Service,
    ServiceBackend,
    ServicePort,
    ServicePortReference,
    ServiceSpec,
)

_NO_STATUS = LoadBalancerStatus()

BACKEND = pa.struct([("service", TEXT), ("port_number", NUMBER), ("port_name", TEXT)])
PORT = pa.struct([("name", TEXT), ("number", NUMBER), ("node_port", NUMBER), ("protocol", TEXT)])
ROUTE = pa.struct([("host", TEXT), ("path", TEXT), ("tls", FLAG)])
"""A host that is published, the first of its paths, and whether by HTTPS."""
TLS = pa.struct([("hosts", pa.list_(TEXT)), ("secret", TEXT)])


def _ingress_class(item: IngressClass) -> tuple[Any, ...]:
    annotations = item.metadata.annotations
    return (
        item.metadata.name or "",
        item.spec.controller if item.spec else None,
        annotations is not None and annotations.default == "true",
    )


def _ingress(item: Ingress) -> tuple[Any, ...]:
    meta, spec = item.metadata, item.spec or IngressSpec()
    return (
        meta.namespace,
        meta.name or "",
        meta.creation_timestamp,
        spec.ingress_class_name or (meta.annotations.ingress_class if meta.annotations else None),
        (item.status or _NO_STATUS).has_address,
        [rule.host for rule in spec.rules or () if rule.host],
        [{"hosts": entry.hosts or [], "secret": entry.secret_name} for entry in spec.tls or () if entry.secret_name],
        list(_backends(spec)),
        list(_routes(spec)),
    )


def _routes(spec: IngressSpec) -> Iterator[dict[str, Any]]:
    """An entry of ``tls`` without hosts is for all of them."""
    secured = [entry.hosts or [] for entry in spec.tls or ()]
    every = any(not hosts for hosts in secured)
    seen: set[str] = set()
    for rule in spec.rules or ():
        if rule.host and rule.host not in seen:
            seen.add(rule.host)
            paths = [path.path for path in (rule.http.paths if rule.http else None) or () if path.path]
            tls = every or any(_covers(name, rule.host) for hosts in secured for name in hosts)
            yield {"host": rule.host, "path": paths[0] if paths else "/", "tls": tls}


def _covers(name: str, host: str) -> bool:
    return name == host or (name.startswith("*.") and name[2:] == host.partition(".")[2])


def _backends(spec: IngressSpec) -> Iterator[dict[str, Any]]:
    """Every Service that traffic goes to, each once with each port."""
    paths = [path.backend for rule in spec.rules or () if rule.http for path in rule.http.paths or ()]
    seen: set[tuple[str, int | str | None]] = set()
    for backend in (spec.default_backend, spec.backend, *paths):
        name, port = _target(backend or Backend())
        if name and (name, port) not in seen:
            seen.add((name, port))
            number = port if isinstance(port, int) else None
            yield {"service": name, "port_number": number, "port_name": port if isinstance(port, str) else None}


def _target(backend: Backend) -> tuple[str, int | str | None]:
    service = backend.service or ServiceBackend()
    port = service.port or ServicePortReference()
    return service.name or backend.service_name or "", port.number or port.name or backend.service_port


def _service(item: Service) -> tuple[Any, ...]:
    meta, spec = item.metadata, item.spec or ServiceSpec()
    return (
        meta.namespace,
        meta.name or "",
        meta.creation_timestamp,
        spec.type,
        (item.status or _NO_STATUS).has_address,
        pairs(spec.selector),
        [_port(port) for port in spec.ports or ()],
        spec.cluster_ip == "None",
        bool(spec.publish_not_ready_addresses),
        bool(meta.owner_references),
        spec.cluster_ip if spec.cluster_ip != "None" else None,
        (item.status or _NO_STATUS).addresses,
        spec.external_traffic_policy == "Local",
    )


def _port(port: ServicePort) -> dict[str, Any]:
    return {"name": port.name, "number": port.port, "node_port": port.node_port, "protocol": port.protocol or "TCP"}


INGRESS_CLASS = TableKind(
    "IngressClass",
    IngressClass,
    (("name", TEXT), ("controller", TEXT), ("default", FLAG)),
    _ingress_class,
)

INGRESS = TableKind(
    "Ingress",
    Ingress,
    (
        ("namespace", WORD),
        ("name", TEXT),
        ("created", TIME),
        ("ingress_class", WORD),
        ("has_address", FLAG),
        ("hosts", pa.list_(TEXT)),
        ("tls", pa.list_(TLS)),
        ("backends", pa.list_(BACKEND)),
        ("routes", pa.list_(ROUTE)),
    ),
    _ingress,
)

SERVICE = TableKind(
    "Service",
    Service,
    (
        ("namespace", WORD),
        ("name", TEXT),
        ("created", TIME),
        ("type", WORD),
        ("has_address", FLAG),
        ("selector", pa.list_(TEXT)),
        ("ports", pa.list_(PORT)),
        ("headless", FLAG),
        ("publishes_unready", FLAG),
        ("owned", FLAG),
        ("cluster_ip", TEXT),
        ("addresses", pa.list_(TEXT)),
        ("local_traffic", FLAG),
    ),
    _service,
)

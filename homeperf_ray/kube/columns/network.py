"""Columns of ingresses, their classes, and Services."""

from __future__ import annotations

from typing import Any

from homeperf_ray.kube.columns.kind import FLAG, TEXT, TIME, WORD, TableKind
from homeperf_ray.kube.models.network import Ingress, IngressClass, LoadBalancerStatus, Service

_NO_STATUS = LoadBalancerStatus()


def _ingress_class(item: IngressClass) -> tuple[Any, ...]:
    annotations = item.metadata.annotations
    return (
        item.metadata.name or "",
        item.spec.controller if item.spec else None,
        annotations is not None and annotations.default == "true",
    )


def _ingress(item: Ingress) -> tuple[Any, ...]:
    meta = item.metadata
    named = item.spec.ingress_class_name if item.spec else None
    return (
        meta.namespace,
        meta.name or "",
        meta.creation_timestamp,
        named or (meta.annotations.ingress_class if meta.annotations else None),
        (item.status or _NO_STATUS).has_address,
    )


def _service(item: Service) -> tuple[Any, ...]:
    meta = item.metadata
    return (
        meta.namespace,
        meta.name or "",
        meta.creation_timestamp,
        item.spec.type if item.spec else None,
        (item.status or _NO_STATUS).has_address,
    )


INGRESS_CLASS = TableKind(
    "IngressClass",
    IngressClass,
    (("name", TEXT), ("controller", TEXT), ("default", FLAG)),
    _ingress_class,
)

INGRESS = TableKind(
    "Ingress",
    Ingress,
    (("namespace", WORD), ("name", TEXT), ("created", TIME), ("ingress_class", WORD), ("has_address", FLAG)),
    _ingress,
)

SERVICE = TableKind(
    "Service",
    Service,
    (("namespace", WORD), ("name", TEXT), ("created", TIME), ("type", WORD), ("has_address", FLAG)),
    _service,
)

"""Columns of ingresses, their classes, and Services."""

from __future__ import annotations

from typing import Any

from homeperf_ray.kube.columns.kind import FLAG, TEXT, TIME, WORD, TableKind
from homeperf_ray.kube.models.network import Ingress, IngressClass, LoadBalancerStatus, Service

LEGACY_CLASS = "kubernetes.io/ingress.class"


def _has_address(status: LoadBalancerStatus | None) -> bool:
    return bool(status and status.load_balancer and status.load_balancer.ingress)


def _ingress(item: Ingress) -> tuple[Any, ...]:
    meta = item.metadata
    named = item.spec.ingress_class_name if item.spec else None
    return (
        meta.namespace,
        meta.name,
        meta.creation_timestamp,
        named or (meta.annotations or {}).get(LEGACY_CLASS),
        _has_address(item.status),
    )


INGRESS_CLASS = TableKind(
    IngressClass,
    (("name", TEXT), ("controller", TEXT)),
    lambda item: (item.metadata.name, item.spec.controller if item.spec else None),
)

INGRESS = TableKind(
    Ingress,
    (("namespace", WORD), ("name", TEXT), ("created", TIME), ("ingress_class", WORD), ("has_address", FLAG)),
    _ingress,
)

SERVICE = TableKind(
    Service,
    (("namespace", WORD), ("name", TEXT), ("created", TIME), ("type", WORD), ("has_address", FLAG)),
    lambda item: (
        item.metadata.namespace,
        item.metadata.name,
        item.metadata.creation_timestamp,
        item.spec.type if item.spec else None,
        _has_address(item.status),
    ),
)

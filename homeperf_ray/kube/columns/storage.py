"""Columns of claims, volumes, storage classes and Ceph clusters."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pyarrow as pa

from homeperf_ray.kube.columns.kind import FLAG, NUMBER, TEXT, TIME, WORD, TableKind, brief
from homeperf_ray.kube.models.storage import (
    CephCapacity,
    CephCluster,
    CephState,
    CephStatus,
    Claim,
    ClaimSpec,
    PhaseStatus,
    StorageClass,
    Volume,
    VolumeClaimRef,
    VolumeSpec,
)

DEFAULT_CLASS = ("storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class")
SELECTED_NODE = "volume.kubernetes.io/selected-node"


def _claim(item: Claim) -> tuple[Any, ...]:
    meta, spec, status = item.metadata, item.spec or ClaimSpec(), item.status or PhaseStatus()
    return (
        meta.namespace,
        meta.name,
        meta.creation_timestamp,
        meta.deletion_timestamp,
        status.phase,
        spec.storage_class_name,
        spec.volume_name,
        SELECTED_NODE in (meta.annotations or {}),
    )


def _volume(item: Volume) -> tuple[Any, ...]:
    meta, spec, status = item.metadata, item.spec or VolumeSpec(), item.status or PhaseStatus()
    claim = spec.claim_ref or VolumeClaimRef()
    return (
        meta.name,
        meta.creation_timestamp,
        status.phase,
        status.reason,
        brief(status.message),
        spec.storage_class_name,
        claim.namespace,
        claim.name,
    )


def _storage_class(item: StorageClass) -> tuple[Any, ...]:
    annotations = item.metadata.annotations or {}
    default = any(annotations.get(name) == "true" for name in DEFAULT_CLASS)
    return item.metadata.name, item.provisioner, item.volume_binding_mode or "Immediate", default


def _ceph_cluster(item: CephCluster) -> tuple[Any, ...]:
    meta, status = item.metadata, item.status or CephStatus()
    ceph = status.ceph or CephState()
    capacity = ceph.capacity or CephCapacity()
    details = [
        {"name": name, "severity": detail.severity, "message": brief(detail.message)}
        for name, detail in sorted((ceph.details or {}).items())
    ]
    return (
        meta.namespace,
        meta.name,
        meta.creation_timestamp,
        status.phase,
        brief(status.message),
        ceph.health,
        details,
        capacity.bytes_total,
        capacity.bytes_used,
        _time(ceph.last_checked),
    )


def _time(text: str | None) -> datetime | None:
    """Rook writes this time as text; one that is no time counts as none."""
    try:
        found = datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
    return found if found is None or found.tzinfo else None


CLAIM = TableKind(
    Claim,
    (
        ("namespace", WORD),
        ("name", TEXT),
        ("created", TIME),
        ("deleted", TIME),
        ("phase", WORD),
        ("storage_class", WORD),
        ("volume", TEXT),
        ("selected_node", FLAG),
    ),
    _claim,
)

VOLUME = TableKind(
    Volume,
    (
        ("name", TEXT),
        ("created", TIME),
        ("phase", WORD),
        ("reason", WORD),
        ("message", TEXT),
        ("storage_class", WORD),
        ("claim_namespace", WORD),
        ("claim", TEXT),
    ),
    _volume,
)

STORAGE_CLASS = TableKind(
    StorageClass,
    (("name", TEXT), ("provisioner", TEXT), ("binding_mode", WORD), ("default", FLAG)),
    _storage_class,
)

_DETAIL = pa.struct([("name", TEXT), ("severity", TEXT), ("message", TEXT)])

CEPH_CLUSTER = TableKind(
    CephCluster,
    (
        ("namespace", WORD),
        ("name", TEXT),
        ("created", TIME),
        ("phase", WORD),
        ("message", TEXT),
        ("health", WORD),
        ("details", pa.list_(_DETAIL)),
        ("bytes_total", NUMBER),
        ("bytes_used", NUMBER),
        ("last_checked", TIME),
    ),
    _ceph_cluster,
)

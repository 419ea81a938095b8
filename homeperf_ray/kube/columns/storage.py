"""Columns of claims, volumes, storage classes, and what Rook keeps of Ceph."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from homeperf_ray.kube.columns.kind import FLAG, NUMBER, TEXT, TIME, WORD, TableKind, brief
from homeperf_ray.kube.models.meta import Condition, condition
from homeperf_ray.kube.models.storage import (
    CephCapacity,
    CephCluster,
    CephDetail,
    CephPart,
    CephPartStatus,
    CephState,
    CephStatus,
    Claim,
    ClaimReference,
    ClaimSpec,
    ClaimStatus,
    ClassAnnotations,
    PhaseStatus,
    StorageClass,
    Volume,
    VolumeCapacity,
    VolumeSpec,
)
from homeperf_ray.kube.quantity import quantity


def _claim(item: Claim) -> tuple[Any, ...]:
    meta, spec, status = item.metadata, item.spec or ClaimSpec(), item.status or ClaimStatus()
    return (
        meta.namespace,
        meta.name or "",
        meta.creation_timestamp,
        status.phase,
        spec.storage_class_name,
        spec.volume_name,
        bool(meta.annotations and meta.annotations.selected_node),
        meta.deletion_timestamp,
        meta.finalizers or [],
        _whole(quantity((status.capacity or VolumeCapacity()).storage)),
        bool(meta.owner_references),
    )


def _volume(item: Volume) -> tuple[Any, ...]:
    meta, spec, status = item.metadata, item.spec or VolumeSpec(), item.status or PhaseStatus()
    claim = spec.claim_ref or ClaimReference()
    capacity = quantity(spec.capacity.storage) if spec.capacity else None
    return (
        meta.name or "",
        status.phase,
        status.reason,
        brief(status.message),
        claim.namespace,
        claim.name,
        spec.storage_class_name,
        spec.persistent_volume_reclaim_policy,
        _whole(capacity),
        spec.csi.driver if spec.csi else None,
        status.last_phase_transition_time,
        meta.deletion_timestamp,
        meta.finalizers or [],
    )


def _storage_class(item: StorageClass) -> tuple[Any, ...]:
    annotations = item.metadata.annotations or ClassAnnotations()
    default = "true" in (annotations.default, annotations.default_beta)
    return item.metadata.name or "", item.provisioner, item.volume_binding_mode or "Immediate", default


def _ceph_cluster(item: CephCluster) -> tuple[Any, ...]:
    meta, status = item.metadata, item.status or CephStatus()
    ceph = status.ceph or CephState()
    capacity = ceph.capacity or CephCapacity()
    progressing = condition(status.conditions, "Progressing") or Condition()
    details = [
        {"name": name, "severity": detail.severity, "message": brief(detail.message)}
        for name, detail in sorted((name, found or CephDetail()) for name, found in (ceph.details or {}).items())
    ]
    return (
        meta.namespace,
        meta.name or "",
        meta.creation_timestamp,
        status.phase,
        brief(status.message),
        progressing.last_transition_time if progressing.status == "True" else None,
        ceph.health,
        details,
        _whole(capacity.bytes_total),
        _whole(capacity.bytes_used),
        ceph.last_checked,
        _versions(ceph),
    )


def _versions(ceph: CephState) -> list[dict[str, Any]]:
    """Each version with its daemons, fewest first; ``ceph version 19.2.2 (...) squid (stable)`` is ``19.2.2``."""
    every = dict(ceph.versions or {})
    overall = every.pop("overall", None)
    kinds = [overall] if overall else every.values()
    counts: dict[str, int] = {}
    for found in kinds:
        for name, count in (found or {}).items():
            words = name.split()
            version = words[2] if words[:2] == ["ceph", "version"] and len(words) > 2 else name
            counts[version] = counts.get(version, 0) + (count or 0)
    return [{"version": brief(version), "daemons": count} for version, count in sorted(counts.items(), key=_fewest)]


def _fewest(version: tuple[str, int]) -> tuple[int, str]:
    return version[1], version[0]


def _ceph_part(item: CephPart) -> tuple[Any, ...]:
    meta, status = item.metadata, item.status or CephPartStatus()
    ready = condition(status.conditions, "Ready") or Condition()
    told = condition(status.conditions, status.phase or "") or ready
    unwell = told.status == "True" if told is not ready else ready.status == "False"
    return (
        meta.namespace,
        meta.name or "",
        meta.creation_timestamp,
        meta.deletion_timestamp,
        status.phase,
        (told if unwell else ready).last_transition_time,
        brief(told.message) if unwell else None,
    )


def _whole(count: float | None) -> int | None:
    return None if count is None else int(count)


CLAIM = TableKind(
    "PersistentVolumeClaim",
    Claim,
    (
        ("namespace", WORD),
        ("name", TEXT),
        ("created", TIME),
        ("phase", WORD),
        ("storage_class", WORD),
        ("volume", TEXT),
        ("selected_node", FLAG),
        ("deleted", TIME),
        ("finalizers", pa.list_(TEXT)),
        ("capacity", NUMBER),
        ("owned", FLAG),
    ),
    _claim,
)

VOLUME = TableKind(
    "PersistentVolume",
    Volume,
    (
        ("name", TEXT),
        ("phase", WORD),
        ("reason", WORD),
        ("message", TEXT),
        ("claim_namespace", WORD),
        ("claim", TEXT),
        ("storage_class", WORD),
        ("policy", WORD),
        ("capacity", NUMBER),
        ("driver", WORD),
        ("phase_since", TIME),
        ("deleted", TIME),
        ("finalizers", pa.list_(TEXT)),
    ),
    _volume,
)

STORAGE_CLASS = TableKind(
    "StorageClass",
    StorageClass,
    (("name", TEXT), ("provisioner", WORD), ("binding_mode", WORD), ("default", FLAG)),
    _storage_class,
)

_DETAIL = pa.struct([("name", TEXT), ("severity", TEXT), ("message", TEXT)])
_VERSION = pa.struct([("version", TEXT), ("daemons", NUMBER)])

CEPH_CLUSTER = TableKind(
    "CephCluster",
    CephCluster,
    (
        ("namespace", WORD),
        ("name", TEXT),
        ("created", TIME),
        ("phase", WORD),
        ("message", TEXT),
        ("progressing_since", TIME),
        ("health", WORD),
        ("details", pa.list_(_DETAIL)),
        ("bytes_total", NUMBER),
        ("bytes_used", NUMBER),
        ("last_checked", TIME),
        ("versions", pa.list_(_VERSION)),
    ),
    _ceph_cluster,
)


def ceph_part(kind: str) -> TableKind:
    """The table of pools, filesystems or object stores: they tell the same of themselves."""
    return TableKind(
        kind,
        CephPart,
        (
            ("namespace", WORD),
            ("name", TEXT),
            ("created", TIME),
            ("deleted", TIME),
            ("phase", WORD),
            ("since", TIME),
            ("message", TEXT),
        ),
        _ceph_part,
    )

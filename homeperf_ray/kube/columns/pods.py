"""Columns of pods."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from homeperf_ray.kube.columns.containers import CONTAINER_FIELDS, containers_row
from homeperf_ray.kube.columns.kind import FLAG, TEXT, TIME, WORD, TableKind, brief
from homeperf_ray.kube.models.meta import Condition, OwnerReference
from homeperf_ray.kube.models.pod import Pod, PodSpec, PodStatus, claims_of

_NO_STATUS = PodStatus()
_NO_SPEC = PodSpec()
_NO_CONDITION = Condition()
_NO_OWNER = OwnerReference()


def _pod(pod: Pod) -> tuple[Any, ...]:
    meta, spec, status = pod.metadata, pod.spec or _NO_SPEC, pod.status or _NO_STATUS
    ready = unscheduled = _NO_CONDITION
    for found in status.conditions or ():
        if found.type == "Ready":
            ready = found
        elif found.type == "PodScheduled" and found.status == "False":
            unscheduled = found
    owner = _NO_OWNER
    for reference in meta.owner_references or ():
        if reference.controller:
            owner = reference
    return (
        meta.namespace,
        meta.name or "",
        meta.creation_timestamp,
        meta.deletion_timestamp,
        status.phase,
        status.reason,
        brief(status.message),
        spec.node_name,
        owner.kind,
        owner.name if owner.kind == "Job" else None,
        ready.status == "True",
        ready.reason,
        ready.last_transition_time,
        unscheduled.reason,
        brief(unscheduled.message),
        [f"{name}={claim}" for name, claim in claims_of(spec.volumes)],
        *containers_row(spec, status),
    )


POD = TableKind(
    "Pod",
    Pod,
    (
        ("namespace", WORD),
        ("name", TEXT),
        ("created", TIME),
        ("deleted", TIME),
        ("phase", WORD),
        ("reason", WORD),
        ("message", TEXT),
        ("node", WORD),
        ("owner_kind", WORD),
        ("job", TEXT),
        ("ready", FLAG),
        ("ready_reason", WORD),
        ("ready_since", TIME),
        ("unscheduled_reason", WORD),
        ("unscheduled_message", TEXT),
        ("claims", pa.list_(TEXT)),
        *CONTAINER_FIELDS,
    ),
    _pod,
)
"""``claims`` are those that it mounts, each as ``volume=claim``."""

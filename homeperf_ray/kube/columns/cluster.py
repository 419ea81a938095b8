"""Columns of nodes and namespaces."""

from __future__ import annotations

from typing import Any

from homeperf_ray.kube.columns.kind import FLAG, TEXT, TIME, WORD, TableKind, brief
from homeperf_ray.kube.models.cluster import Namespace, Node
from homeperf_ray.kube.models.meta import condition

PRESSURES = {
    "MemoryPressure": "memory_pressure",
    "DiskPressure": "disk_pressure",
    "PIDPressure": "pid_pressure",
    "NetworkUnavailable": "network_unavailable",
}


def _node(node: Node) -> tuple[Any, ...]:
    conditions = node.status.conditions if node.status else None
    ready = condition(conditions, "Ready")
    found = (condition(conditions, kind) for kind in PRESSURES)
    return (
        node.metadata.name,
        node.metadata.creation_timestamp,
        bool(node.spec and node.spec.unschedulable),
        ready.status if ready else None,
        ready.reason if ready else None,
        brief(ready.message) if ready else None,
        ready.last_transition_time if ready else None,
        *(bool(pressure and pressure.status == "True") for pressure in found),
    )


NODE = TableKind(
    Node,
    (
        ("name", TEXT),
        ("created", TIME),
        ("cordoned", FLAG),
        ("ready", WORD),
        ("ready_reason", WORD),
        ("ready_message", TEXT),
        ("ready_since", TIME),
        *((name, FLAG) for name in PRESSURES.values()),
    ),
    _node,
)

NAMESPACE = TableKind(
    Namespace,
    (("name", TEXT), ("phase", WORD)),
    lambda item: (item.metadata.name, item.status.phase if item.status else None),
)

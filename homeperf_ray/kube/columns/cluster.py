"""Columns of nodes and namespaces."""

from __future__ import annotations

from typing import Any

from homeperf_ray.kube.columns.kind import FLAG, TEXT, TIME, WORD, TableKind, brief
from homeperf_ray.kube.models.cluster import Namespace, Node
from homeperf_ray.kube.models.meta import Condition, condition

PRESSURES = {
    "MemoryPressure": "memory_pressure",
    "DiskPressure": "disk_pressure",
    "PIDPressure": "pid_pressure",
    "NetworkUnavailable": "network_unavailable",
}
"""Conditions of a node that are bad when they are True, and the columns that tell so and since when."""


def _node(node: Node) -> tuple[Any, ...]:
    conditions = node.status.conditions if node.status else None
    ready = condition(conditions, "Ready") or Condition()
    pressures: list[Any] = []
    for kind in PRESSURES:
        found = condition(conditions, kind)
        present = found is not None and found.status == "True"
        pressures += (present, found.last_transition_time if found and present else None)
    return (
        node.metadata.name or "",
        node.metadata.creation_timestamp,
        bool(node.spec and node.spec.unschedulable),
        ready.status,
        ready.reason,
        brief(ready.message),
        ready.last_transition_time,
        *pressures,
    )


NODE = TableKind(
    "Node",
    Node,
    (
        ("name", TEXT),
        ("created", TIME),
        ("cordoned", FLAG),
        ("ready", WORD),
        ("ready_reason", WORD),
        ("ready_message", TEXT),
        ("ready_since", TIME),
        *(field for name in PRESSURES.values() for field in ((name, FLAG), (f"{name}_since", TIME))),
    ),
    _node,
)

NAMESPACE = TableKind(
    "Namespace",
    Namespace,
    (("name", TEXT), ("phase", WORD)),
    lambda item: (item.metadata.name or "", item.status.phase if item.status else None),
)

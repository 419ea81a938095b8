"""Columns of nodes, of what is measured of them, and of namespaces."""

from __future__ import annotations

from typing import Any

import msgspec
import pyarrow as pa

from homeperf_ray.kube.columns.kind import COUNT, FLAG, NUMBER, REAL, TEXT, TIME, WORD, TableKind, brief
from homeperf_ray.kube.models.cluster import (
    DaemonEndpoints,
    KubeletEndpoint,
    Namespace,
    NamespaceStatus,
    Node,
    NodeAnnotations,
    NodeInfo,
    NodeLabels,
    NodeMetrics,
    NodeSpec,
    NodeStatus,
    Resources,
)
from homeperf_ray.kube.models.meta import Condition, condition
from homeperf_ray.kube.quantity import quantity

PRESSURES = {
    "MemoryPressure": "memory_pressure",
    "DiskPressure": "disk_pressure",
    "PIDPressure": "pid_pressure",
    "NetworkUnavailable": "network_unavailable",
}
"""Conditions of a node that are bad when they are True, and the columns that tell so and since when."""

KEEPS_PODS_OUT = frozenset({"NoSchedule", "NoExecute"})
"""Effects of taints."""

REACHABLE = frozenset({"InternalIP", "ExternalIP"})
"""Kinds of a node's addresses."""


def _node(node: Node) -> tuple[Any, ...]:
    meta, spec, status = node.metadata, node.spec or NodeSpec(), node.status or NodeStatus()
    labels, there = meta.labels or NodeLabels(), status.allocatable or Resources()
    ready = condition(status.conditions, "Ready") or Condition()
    pressures: list[Any] = []
    for kind in PRESSURES:
        found = condition(status.conditions, kind)
        present = found is not None and found.status == "True"
        pressures += (present, found.last_transition_time if found and present else None)
    return (
        meta.name or "",
        meta.creation_timestamp,
        bool(spec.unschedulable),
        any(taint.effect in KEEPS_PODS_OUT for taint in spec.taints or ()),
        labels.control_plane is not None or labels.master is not None,
        labels.etcd is not None,
        ready.status,
        ready.reason,
        brief(ready.message),
        ready.last_transition_time,
        *pressures,
        quantity(there.cpu),
        _whole(there.memory),
        _whole(there.pods),
        (status.node_info or NodeInfo()).kubelet_version,
        [one.address for one in status.addresses or () if one.type in REACHABLE and one.address],
        next((one.address for one in status.addresses or () if one.type == "InternalIP" and one.address), None),
        ((status.daemon_endpoints or DaemonEndpoints()).kubelet_endpoint or KubeletEndpoint()).port,
        _drivers((meta.annotations or NodeAnnotations()).csi_node_ids),
    )


def _whole(text: str | None) -> int | None:
    number = quantity(text)
    return None if number is None else int(number)


def _drivers(text: str | None) -> list[str]:
    """The names of CSI drivers in what the kubelet wrote down of them."""
    try:
        return sorted(msgspec.json.decode(text, type=dict[str, Any])) if text else []
    except (msgspec.MsgspecError, RecursionError):
        return []


NODE = TableKind(
    "Node",
    Node,
    (
        ("name", TEXT),
        ("created", TIME),
        ("cordoned", FLAG),
        ("tainted", FLAG),
        ("control_plane", FLAG),
        ("etcd", FLAG),
        ("ready", WORD),
        ("ready_reason", WORD),
        ("ready_message", TEXT),
        ("ready_since", TIME),
        *(field for name in PRESSURES.values() for field in ((name, FLAG), (f"{name}_since", TIME))),
        ("cpu", REAL),
        ("memory", NUMBER),
        ("pods", NUMBER),
        ("kubelet", WORD),
        ("addresses", pa.list_(TEXT)),
        ("internal_address", TEXT),
        ("kubelet_port", COUNT),
        ("csi_drivers", pa.list_(TEXT)),
    ),
    _node,
)
"""``cpu`` (cores), ``memory`` (bytes) and ``pods`` are what pods may have in all."""


def _metrics(item: NodeMetrics) -> tuple[Any, ...]:
    usage = item.usage or Resources()
    return item.metadata.name or "", item.timestamp, quantity(usage.cpu), _whole(usage.memory)


NODE_METRIC = TableKind(
    "NodeMetrics",
    NodeMetrics,
    (("name", TEXT), ("measured", TIME), ("cpu", REAL), ("memory", NUMBER)),
    _metrics,
)


def _namespace(item: Namespace) -> tuple[Any, ...]:
    """``remains`` is what the server says of what keeps it from ending."""
    status = item.status or NamespaceStatus()
    said = [one.message for one in status.conditions or () if one.status == "True" and one.message]
    return item.metadata.name or "", status.phase, item.metadata.deletion_timestamp, brief("; ".join(said))


NAMESPACE = TableKind(
    "Namespace",
    Namespace,
    (("name", TEXT), ("phase", WORD), ("deleted", TIME), ("remains", TEXT)),
    _namespace,
)

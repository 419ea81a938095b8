"""Nodes: three of the control plane, some healthy workers, and one worker for everything that a node can have."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.apiserver.content.made import Made, ago, condition, make
from tests.apiserver.crds import NODE_METRICS

HEALTHY = ("control-1", "control-2", "control-3", "worker-1", "worker-2")
"""Where pods run that are well."""

NASTY = "container runtime is \x1b[31mdown\x1b[0m [bold]now[/bold]"
"""What a cluster says is not to be trusted with a terminal."""


def nodes() -> Iterator[Made]:
    for name in HEALTHY:
        yield _node(name, shown="Ready")
    yield _node(
        "worker-3",
        condition("Ready", "False", "KubeletNotReady", NASTY),
        codes=("HP101",),
        shown="NotReady",
    )
    yield _node(
        "worker-4",
        condition("Ready", "Unknown", "NodeStatusUnknown", "Kubelet stopped posting node status."),
        codes=("HP102",),
        shown="NotReady",
    )
    yield _node(
        "worker-5",
        condition("MemoryPressure", "True", "KubeletHasInsufficientMemory"),
        condition("PIDPressure", "True", "KubeletHasInsufficientPID"),
        codes=("HP103", "HP105"),
        shown="Ready",
    )
    yield _node("worker-6", condition("DiskPressure", "True", "KubeletHasDiskPressure"), codes=("HP104",))
    yield _node("worker-7", condition("NetworkUnavailable", "True", "NoRouteCreated"), codes=("HP106",))
    yield _node("worker-8", codes=("HP107",), cordoned=True, shown="Ready,SchedulingDisabled")


def node_metrics() -> Iterator[Made]:
    """What metrics-server says of the nodes whose kubelets answer it."""
    for name in (*HEALTHY, "worker-5", "worker-6", "worker-7", "worker-8"):
        usage = {"cpu": "812345678n", "memory": "6291456Ki"}
        yield make(NODE_METRICS.api, NODE_METRICS.plural, NODE_METRICS.kind, name,
                   body={"timestamp": ago(seconds=20), "window": "20.1s", "usage": usage})  # fmt: skip


def csi_nodes(*drivers: str) -> Iterator[Made]:
    """Which CSI drivers have registered on each node."""
    for name in (*HEALTHY, *(f"worker-{number}" for number in range(3, 9))):
        spec = {"drivers": [{"name": driver, "nodeID": name, "topologyKeys": None} for driver in drivers]}
        yield make("storage.k8s.io/v1", "csinodes", "CSINode", name, body={"spec": spec})


def _node(name: str, *differing: dict[str, Any], cordoned: bool = False, **made: Any) -> Made:
    """A node whose conditions are well but for those that differ."""
    conditions = {
        "MemoryPressure": condition("MemoryPressure", "False", "KubeletHasSufficientMemory"),
        "DiskPressure": condition("DiskPressure", "False", "KubeletHasNoDiskPressure"),
        "PIDPressure": condition("PIDPressure", "False", "KubeletHasSufficientPID"),
        "Ready": condition("Ready", "True", "KubeletReady", "kubelet is posting ready status"),
    }
    conditions |= {found["type"]: found for found in differing}
    control = {"node-role.kubernetes.io/control-plane": ""} if name.startswith("control") else {}
    resources = {"cpu": "4", "memory": "16Gi", "pods": "110", "ephemeral-storage": "200Gi"}
    status = {
        "conditions": list(conditions.values()),
        "capacity": resources,
        "allocatable": resources,
        "addresses": [{"type": "InternalIP", "address": "192.168.1.20"}, {"type": "Hostname", "address": name}],
        "images": [
            {"names": [f"registry.invalid/apps/app-{number}@sha256:{'0' * 64}"], "sizeBytes": 73_400_320}
            for number in range(20)
        ],
        "nodeInfo": {
            "machineID": "0" * 32,
            "systemUUID": "0" * 32,
            "bootID": "0" * 32,
            "kernelVersion": "6.12.9",
            "osImage": "Talos (v1.9.2)",
            "containerRuntimeVersion": "containerd://2.0.2",
            "kubeletVersion": "v1.32.1",
            "kubeProxyVersion": "v1.32.1",
            "operatingSystem": "linux",
            "architecture": "amd64",
        },
    }
    spec = {"podCIDR": "10.244.0.0/24", **({"unschedulable": True} if cordoned else {})}
    return make("v1", "nodes", "Node", name, labels={"kubernetes.io/hostname": name, **control},
                body={"spec": spec}, status=status, **made)  # fmt: skip

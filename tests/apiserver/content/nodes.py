"""Nodes: three of the control plane, some healthy workers, and one worker for everything that a node can have."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

from tests.apiserver.content.made import NOW, Made, condition, make
from tests.apiserver.crds import NODE_METRICS

HEALTHY = ("control-1", "control-2", "control-3", "worker-1", "worker-2")
"""Where pods run that are well."""

NASTY = "container runtime is \x1b[31mdown\x1b[0m [bold]now[/bold]"
"""What a cluster says is not to be trusted with a terminal."""


RBD = "rook-ceph.rbd.csi.ceph.com"
"""The CSI driver that all nodes have but one."""

FULL = "worker-9"
"""A node that may run ``ROOM`` pods, and runs nearly as many."""
ROOM = 20

NODES = 13
"""In all."""


def nodes(minor: int) -> Iterator[Made]:
    """``minor`` is the version of the API server: most kubelets have it too, one is far behind and one ahead."""
    for name in HEALTHY:
        yield _node(name, minor=minor, shown="Ready")

    def node(name: str, *differing: dict[str, Any], **made: Any) -> Made:
        return _node(name, *differing, **{"minor": minor, **made})

    yield node("worker-3", condition("Ready", "False", "KubeletNotReady", NASTY), codes=("HP101",), shown="NotReady")
    silent = condition("Ready", "Unknown", "NodeStatusUnknown", "Kubelet stopped posting node status.")
    yield node("worker-4", silent, codes=("HP102",), shown="NotReady")
    yield node("worker-5", condition("MemoryPressure", "True", "KubeletHasInsufficientMemory"),
               condition("PIDPressure", "True", "KubeletHasInsufficientPID"),
               taints=("memory-pressure", "pid-pressure"), codes=("HP103", "HP105", "HP111"),
               shown="Ready")  # fmt: skip
    yield node("worker-6", condition("DiskPressure", "True", "KubeletHasDiskPressure"), taints=("disk-pressure",),
               codes=("HP104", "HP113"))  # fmt: skip
    yield node("worker-7", condition("NetworkUnavailable", "True", "NoRouteCreated"), taints=("network-unavailable",),
               codes=("HP106",))  # fmt: skip
    yield node("worker-8", codes=("HP107",), cordoned=True, shown="Ready,SchedulingDisabled")
    yield node(FULL, minor=minor - 4, pods=ROOM, taints=("gpu",), codes=("HP110", "HP114", "HP116"))
    yield node("worker-10", minor=minor + 1, drivers=(), codes=("HP112", "HP115", "HP117", "HP307"))


def node_metrics() -> Iterator[Made]:
    """What metrics-server says of the nodes whose kubelets answer it: all that are ready, but for worker-6."""
    used = {"worker-5": ("1", "14.5Gi"), FULL: ("3900m", "6Gi"), "worker-10": ("1", "16000Mi")}
    for name in (*HEALTHY, "worker-5", "worker-7", "worker-8", FULL, "worker-10"):
        cpu, memory = used.get(name, ("812345678n", "6291456Ki"))
        yield make(NODE_METRICS.api, NODE_METRICS.plural, NODE_METRICS.kind, name,
                   body={"timestamp": f"{NOW + dt.timedelta(hours=1):%FT%TZ}", "window": "20.1s",
                         "usage": {"cpu": cpu, "memory": memory}})  # fmt: skip


def _node(
    name: str,
    *differing: dict[str, Any],
    minor: int,
    cordoned: bool = False,
    pods: int = 500,
    taints: tuple[str, ...] = (),
    drivers: tuple[str, ...] = (RBD,),
    **made: Any,
) -> Made:
    """A node whose conditions are well but for those that differ."""
    conditions = {
        "MemoryPressure": condition("MemoryPressure", "False", "KubeletHasSufficientMemory"),
        "DiskPressure": condition("DiskPressure", "False", "KubeletHasNoDiskPressure"),
        "PIDPressure": condition("PIDPressure", "False", "KubeletHasSufficientPID"),
        "Ready": condition("Ready", "True", "KubeletReady", "kubelet is posting ready status"),
    }
    conditions |= {found["type"]: found for found in differing}
    control = {"node-role.kubernetes.io/control-plane": ""} if name.startswith("control") else {}
    resources = {"cpu": "4", "memory": "16Gi", "pods": str(pods), "ephemeral-storage": "200Gi"}
    status = {
        "conditions": list(conditions.values()),
        "capacity": resources,
        "allocatable": resources,
        "addresses": [{"type": "InternalIP", "address": _address(name)}, {"type": "Hostname", "address": name}],
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
            "kubeletVersion": f"v1.{minor}.1",
            "kubeProxyVersion": f"v1.{minor}.1",
            "operatingSystem": "linux",
            "architecture": "amd64",
        },
    }
    spec = {"podCIDR": "10.244.0.0/24", **({"unschedulable": True} if cordoned else {})}
    spec["taints"] = [{"key": f"node.kubernetes.io/{key}", "effect": "NoSchedule"} for key in taints]
    ids = json.dumps(dict.fromkeys(drivers, name))
    annotations = {"csi.volume.kubernetes.io/nodeid": ids} if drivers else {}
    return make("v1", "nodes", "Node", name, labels={"kubernetes.io/hostname": name, **control},
                metadata={"annotations": annotations},
                body={"spec": spec}, status=status, **made)  # fmt: skip


def _address(name: str) -> str:
    kind, _, number = name.partition("-")
    return f"192.168.1.{(10 if kind == 'control' else 20) + int(number)}"

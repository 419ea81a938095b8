"""Nodes: control planes and workers, one cordoned, one under pressure, one that does not answer."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from homeperf_ray.sim.content import managed, storage
from homeperf_ray.sim.content.plan import control_planes
from homeperf_ray.sim.content.podstates import LOST_SECONDS
from homeperf_ray.sim.content.world import DAY, HOUR, Object, World
from homeperf_ray.sim.discovery import git_version

CORES = 8
GIBIBYTES = 32
"""Of each node; a homelab often has several boxes of one kind."""

_PODS = 110
"""What a kubelet allows where it is not told otherwise."""


@dataclass(frozen=True)
class Node:
    """A node as the pods see it."""

    name: str
    address: str
    control_plane: bool
    lost: bool = False
    cordoned: bool = False
    pressed: bool = False

    @property
    def takes_pods(self) -> bool:
        return not self.lost and not self.cordoned


def make(world: World) -> list[Node]:
    """The nodes of a homelab: in one that is not healthy, of three workers one is cordoned, one lost, one pressed."""
    number, masters = world.options.nodes, control_planes(world.options.nodes)
    workers = number - masters
    nodes = []
    for position in range(number):
        control, worker = position < masters, position - masters
        name = f"k8s-cp-{position + 1}" if control else f"k8s-worker-{worker + 1}"
        trouble = not world.healthy and not control
        address = f"192.168.{10 + (position + 10) // 250}.{(position + 10) % 250 + 1}"
        nodes.append(
            Node(
                name,
                address,
                control,
                lost=trouble and workers >= 2 and worker == workers - 1,
                cordoned=trouble and workers >= 3 and worker == workers - 2,
                pressed=trouble and workers >= 3 and worker == 0,
            )
        )
    return nodes


def objects(world: World, nodes: list[Node]) -> list[Object]:
    """The Node objects."""
    return [_object(world, node) for node in nodes]


def _object(world: World, node: Node) -> Object:
    age = world.rng.uniform(200 * DAY, 400 * DAY)
    labels = {
        "beta.kubernetes.io/arch": "amd64",
        "beta.kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
        "kubernetes.io/hostname": node.name,
        "kubernetes.io/os": "linux",
        "topology.kubernetes.io/zone": "home",
    }
    if node.control_plane:
        labels["node-role.kubernetes.io/control-plane"] = ""
        if world.minor < 24:
            labels["node-role.kubernetes.io/master"] = ""
    else:
        labels["node-role.kubernetes.io/worker"] = ""
    metadata = world.metadata(node.name, age=age, labels=labels, annotations=_annotations(world, node))
    spec: Object = {"podCIDR": world.address("10.42").rpartition(".")[0] + ".0/24"}
    taints = []
    if node.cordoned:
        spec["unschedulable"] = True
        taints.append({"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"})
    if node.lost:
        taints += [
            {"key": "node.kubernetes.io/unreachable", "effect": effect} for effect in ("NoSchedule", "NoExecute")
        ]
    if node.pressed:
        taints.append({"key": "node.kubernetes.io/memory-pressure", "effect": "NoSchedule"})
    if taints:
        spec["taints"] = taints
    status = _status(world, node)
    metadata["managedFields"] = [
        managed.entry("kubelet", "v1", metadata["creationTimestamp"], managed.fields({"metadata": {"labels": labels}})),
        managed.entry("kubelet", "v1", world.stamp(20), managed.fields({"status": status}), "status"),
    ]
    return {"metadata": metadata, "spec": spec, "status": status}


def _annotations(world: World, node: Node) -> Object:
    """Among them the kubelet's record of the CSI drivers that registered with it."""
    found = {"node.alpha.kubernetes.io/ttl": "0"}
    drivers = [driver["metadata"]["name"] for driver in storage.drivers(world)]
    if drivers:
        found["csi.volume.kubernetes.io/nodeid"] = msgspec.json.encode(dict.fromkeys(drivers, node.name)).decode()
    return found


def _status(world: World, node: Node) -> Object:
    capacity = {
        "cpu": str(CORES),
        "ephemeral-storage": "488384536Ki",
        "hugepages-2Mi": "0",
        "memory": f"{GIBIBYTES * 1_048_576 - 312_000}Ki",
        "pods": str(_room(world)),
    }
    image = "Talos (v1.10.3)" if world.minor >= 30 else "Ubuntu 20.04.6 LTS"
    return {
        "capacity": capacity,
        "allocatable": {**capacity, "cpu": f"{CORES * 1000 - 50}m", "ephemeral-storage": "449826091021"},
        "conditions": _conditions(world, node),
        "addresses": [{"type": "InternalIP", "address": node.address}, {"type": "Hostname", "address": node.name}],
        "daemonEndpoints": {"kubeletEndpoint": {"Port": 10250}},
        "nodeInfo": {
            "machineID": f"{world.rng.getrandbits(128):032x}",
            "systemUUID": world.uid(),
            "bootID": world.uid(),
            "kernelVersion": "6.12.28-talos" if world.minor >= 30 else "5.4.0-216-generic",
            "osImage": image,
            "containerRuntimeVersion": "containerd://2.0.5" if world.minor >= 30 else "containerd://1.4.13",
            "kubeletVersion": git_version(world.minor),
            "kubeProxyVersion": git_version(world.minor) if world.minor < 33 else "",
            "operatingSystem": "linux",
            "architecture": "amd64",
        },
        "images": [
            {"names": [f"registry.k8s.io/pause@sha256:{world.digest()}"], "sizeBytes": 320_368},
            {"names": [f"quay.io/cilium/cilium@sha256:{world.digest()}"], "sizeBytes": 252_139_921},
        ],
    }


def _room(world: World) -> int:
    """How many pods a node may run: more than usual in a homelab that needs it."""
    options = world.options
    return max(_PODS, 3 * options.pods // options.nodes)


def _conditions(world: World, node: Node) -> list[Object]:
    good = (
        ("MemoryPressure", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
        ("DiskPressure", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
        ("PIDPressure", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
    )
    beat = LOST_SECONDS + 50 if node.lost else world.rng.uniform(5, 200)
    found = []
    for type_, reason, message in (*good, ("Ready", "KubeletReady", "kubelet is posting ready status")):
        if node.lost:
            silent = ("NodeStatusUnknown", "Kubelet stopped posting node status.")
            condition = world.condition(type_, "Unknown", *silent, LOST_SECONDS)
        elif node.pressed and type_ == "MemoryPressure":
            under = ("KubeletHasInsufficientMemory", "kubelet has insufficient memory available")
            condition = world.condition(type_, True, *under, 3 * HOUR)
        else:
            condition = world.condition(type_, type_ == "Ready", reason, message, 30 * DAY)
        condition["lastHeartbeatTime"] = world.stamp(beat)
        found.append(condition)
    return found

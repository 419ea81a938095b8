"""What a cluster knows of itself: its API services, its priority classes, and the CSI drivers of each node."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from homeperf_ray.sim.apis import Apis
from homeperf_ray.sim.content import storage
from homeperf_ray.sim.content.nodes import Node
from homeperf_ray.sim.content.world import DAY, Object, World

_AGE = 400 * DAY
_METRICS = "metrics.k8s.io"


def objects(world: World, apis: Apis, nodes: Sequence[Node], uids: Mapping[str, str]) -> dict[str, list[Object]]:
    """All of them. ``uids`` are the nodes'."""
    drivers = [driver["metadata"]["name"] for driver in storage.drivers(world)]
    return {
        "apiservices.apiregistration.k8s.io": [
            _service(world, group, version, position)
            for group, versions in apis.groups.items()
            for position, version in enumerate(versions)
        ],
        "priorityclasses.scheduling.k8s.io": [
            _priority(world, "system-cluster-critical", 2_000_000_000),
            _priority(world, "system-node-critical", 2_000_001_000),
        ],
        "csinodes.storage.k8s.io": [_csi_node(world, node, uids[node.name], drivers) for node in nodes],
    }


def _service(world: World, group: str, version: str, position: int) -> Object:
    """An APIService: of the metrics server, else one that the API server itself answers for."""
    spec: Object = {"version": version, "groupPriorityMinimum": 18_000 if not group else 17_000}
    spec |= {"group": group} if group else {}
    spec["versionPriority"] = 15 - position
    labels = {"kube-aggregator.kubernetes.io/automanaged": "onstart"}
    reason, message = "Local", "Local APIServices are always available"
    if group == _METRICS:
        spec |= {"service": {"namespace": "kube-system", "name": "metrics-server", "port": 443}}
        spec["insecureSkipTLSVerify"] = True
        labels, reason, message = {"k8s-app": "metrics-server"}, "Passed", "all checks passed"
    return {
        "metadata": world.metadata(f"{version}.{group}", age=_AGE, labels=labels),
        "spec": spec,
        "status": {"conditions": [world.condition("Available", True, reason, message, _AGE)]},
    }


def _priority(world: World, name: str, value: int) -> Object:
    return {
        "metadata": world.metadata(name, age=_AGE, generation=1),
        "value": value,
        "description": "Used for system critical pods that must not be moved.",
        "preemptionPolicy": "PreemptLowerPriority",
    }


def _csi_node(world: World, node: Node, uid: str, drivers: Sequence[str]) -> Object:
    metadata = world.metadata(node.name, age=200 * DAY)
    metadata["ownerReferences"] = [{"apiVersion": "v1", "kind": "Node", "name": node.name, "uid": uid}]
    found = [{"name": name, "nodeID": node.name, "topologyKeys": None} for name in drivers]
    return {"metadata": metadata, "spec": {"drivers": found or None}}

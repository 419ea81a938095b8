"""Leases: each node's heartbeat, and who leads among the parts of the control plane."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from homeperf_ray.sim.content.nodes import Node
from homeperf_ray.sim.content.podstates import LOST_SECONDS
from homeperf_ray.sim.content.world import DAY, Object, World

NAMESPACE = "kube-node-lease"

SECONDS = 40
"""How long a node's Lease lasts; its kubelet renews it four times as often."""

_LEADING = ("kube-controller-manager", "kube-scheduler")


def objects(
    world: World, nodes: Sequence[Node], uids: Mapping[str, str], namespaces: Sequence[str]
) -> Iterator[Object]:
    """A Lease a node, where there is the namespace for them, and those of the leaders. ``uids`` are the nodes'."""
    for node in nodes if NAMESPACE in namespaces else ():
        beat = LOST_SECONDS + 10 if node.lost else world.rng.uniform(0, SECONDS / 4)
        owner = {"apiVersion": "v1", "kind": "Node", "name": node.name, "uid": uids[node.name]}
        metadata = world.metadata(node.name, NAMESPACE, age=200 * DAY)
        metadata["ownerReferences"] = [owner]
        spec = {"holderIdentity": node.name, "leaseDurationSeconds": SECONDS, "renewTime": _moment(world, beat)}
        yield {"metadata": metadata, "spec": spec}
    masters = [node for node in nodes if node.control_plane]
    for name in _LEADING:
        leader = world.rng.choice(masters)
        spec = {
            "holderIdentity": f"{leader.name}_{world.uid()}",
            "leaseDurationSeconds": 15,
            "acquireTime": _moment(world, 20 * DAY),
            "renewTime": _moment(world, 1),
            "leaseTransitions": world.rng.randint(1, 9),
        }
        yield {"metadata": world.metadata(name, "kube-system", age=200 * DAY), "spec": spec}


def _moment(world: World, age: float) -> str:
    """A MicroTime."""
    return world.stamp(age).removesuffix("Z") + f".{world.rng.randrange(1_000_000):06}Z"

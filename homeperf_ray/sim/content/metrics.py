"""metrics.k8s.io: what the metrics server measured, once, when the homelab started."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from homeperf_ray.sim.content.nodes import CORES, GIBIBYTES, Node
from homeperf_ray.sim.content.pods import Pod
from homeperf_ray.sim.content.world import Object, World


def of_nodes(world: World, nodes: Sequence[Node]) -> Iterator[Object]:
    """NodeMetrics of every node that answers."""
    for node in nodes:
        if not node.lost:
            share = 0.93 if node.pressed else world.rng.uniform(0.3, 0.7)
            memory = int(GIBIBYTES * share * 1_048_576)
            usage = {"cpu": f"{world.rng.randint(150, 750 * CORES)}m", "memory": f"{memory}Ki"}
            yield {"metadata": _metadata(world, node.name), **_measured(world), "usage": usage}


def of_pods(world: World, pods: Sequence[Pod]) -> Iterator[Object]:
    """PodMetrics of every pod that is ready."""
    for pod in pods:
        if pod.ready:
            containers = [
                {
                    "name": container,
                    "usage": {"cpu": f"{world.rng.randint(1, 90)}m", "memory": f"{world.rng.randint(20, 900)}Mi"},
                }
                for container in pod.containers
            ]
            metadata = _metadata(world, pod.name) | {"namespace": pod.workload.namespace}
            yield {"metadata": metadata, **_measured(world), "containers": containers}


def _metadata(world: World, name: str) -> Object:
    return {"name": name, "creationTimestamp": world.stamp(0)}


def _measured(world: World) -> Object:
    return {"timestamp": world.stamp(12), "window": "15s"}

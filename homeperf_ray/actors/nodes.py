"""Ray's nodes, and the worker of each."""

from __future__ import annotations

import contextlib
from typing import Any

import ray
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from homeperf_ray.actors.fleet import Node
from homeperf_ray.actors.names import NAMESPACE, worker_name
from homeperf_ray.actors.node_worker import CONCURRENCY_GROUPS, NodeWorker

DETACHED: dict[str, Any] = {
    "lifetime": "detached",
    "namespace": NAMESPACE,
    "get_if_exists": True,
    "num_cpus": 0,
    "max_restarts": -1,
    "max_task_retries": 0,
}
"""Actors that outlive whoever made them, and are there once."""


def pinned(node_id: str) -> NodeAffinitySchedulingStrategy:
    """On this node or nowhere."""
    return NodeAffinitySchedulingStrategy(node_id, soft=False)


def living_nodes() -> list[Node]:
    """The nodes that Ray takes for alive."""
    found: list[dict[str, Any]] = ray.nodes()  # type: ignore[no-untyped-call]
    return [Node(node["NodeID"], node["NodeManagerAddress"]) for node in found if node["Alive"]]


def worker_on(node: Node) -> Any:
    """The worker of a node; made where there is none yet, and not waited for."""
    remote: Any = ray.remote
    shell = remote(concurrency_groups=CONCURRENCY_GROUPS)(NodeWorker)
    name = worker_name(node.id[:16])
    return shell.options(name=name, scheduling_strategy=pinned(node.id), **DETACHED).remote(f"worker-{node.address}")


def give_up(handle: Any) -> None:
    """Let Ray forget a worker whose node is gone, rather than wait for that node."""
    with contextlib.suppress(ray.exceptions.RayError, ValueError):
        ray.kill(handle, no_restart=True)

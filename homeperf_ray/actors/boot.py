"""``python -m homeperf_ray.actors.boot``: make the actors of a fresh Ray, then leave them to themselves."""

from __future__ import annotations

import os
import sys
from typing import Any

import ray

from homeperf_ray.actors.cache_actor import CacheActor
from homeperf_ray.actors.names import CACHE, LIMITER, NAMESPACE, worker_name
from homeperf_ray.actors.node_worker import CONCURRENCY_GROUPS, NodeWorker
from homeperf_ray.actors.nodes import DETACHED
from homeperf_ray.actors.rate_limiter import RateLimiter

CACHE_SHARE = 0.6
"""Of the object store: the rest is for tables on their way."""


def boot(address: str, folder: str, workers: int, store_bytes: int, idle_stop: float, budgets: str) -> None:
    """Create the limiter, the workers and the cache with its Gateway, and wait until the Gateway listens."""
    ray.init(address, namespace=NAMESPACE, log_to_driver=False, _node_ip_address="127.0.0.1")
    limiter = _actor(RateLimiter).options(name=LIMITER, **DETACHED).remote(budgets)
    worker = _actor(NodeWorker, concurrency_groups=CONCURRENCY_GROUPS)
    names = [worker_name(number) for number in range(workers)]
    made = [worker.options(name=name, **DETACHED).remote(name) for name in names]
    ray.get([limiter.__ray_ready__.remote(), *(one.identity.remote() for one in made)])
    cache = (
        _actor(CacheActor)
        .options(name=CACHE, max_concurrency=1000, **DETACHED)
        .remote(folder, workers, int(store_bytes * CACHE_SHARE), idle_stop=idle_stop)
    )
    ray.get(cache.open.remote())


def _actor(shell: type, **options: Any) -> Any:
    return ray.remote(**options)(shell) if options else ray.remote(shell)


if __name__ == "__main__":
    boot(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), float(sys.argv[5]), sys.argv[6])
    sys.stdout.flush()
    os._exit(0)

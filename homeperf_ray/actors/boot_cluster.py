"""``python -m homeperf_ray.actors.boot_cluster``: make the actors of a cluster, and leave them alone.

The arguments are Ray's address and a ``Serving`` as JSON. Workers and cache of an earlier call
are replaced; its limiter stays, so that the budget holds.
"""

from __future__ import annotations

import os
import sys
import time
from typing import Any

import msgspec
import ray

from homeperf_ray.actors.boot import CACHE_SHARE
from homeperf_ray.actors.cache_actor import CacheActor
from homeperf_ray.actors.names import CACHE, LIMITER, NAMESPACE
from homeperf_ray.actors.nodes import DETACHED, give_up, pinned
from homeperf_ray.actors.rate_limiter import RateLimiter
from homeperf_ray.actors.serving import Serving

STORE_BYTES = 256 << 20


def boot(address: str, serving: Serving) -> None:
    """Create limiter and cache on this node, and wait until the Gateway listens; it gives each node its worker."""
    host = address.rpartition(":")[0].strip("[]")
    ray.init(address, namespace=NAMESPACE, log_to_driver=False, _node_ip_address=host)
    here: dict[str, Any] = {"scheduling_strategy": pinned(ray.get_runtime_context().get_node_id()), **DETACHED}
    for name in _named():
        if name != LIMITER:
            _end(name)
    limiter = _actor(RateLimiter).options(name=LIMITER, **here).remote()
    ray.get(limiter.__ray_ready__.remote())
    cache = _actor(CacheActor).options(name=CACHE, max_concurrency=1000, **here)
    made = cache.remote("", 0, int(STORE_BYTES * CACHE_SHARE), serving=serving)
    ray.get(made.open.remote())


def _named() -> list[str]:
    """The actors of an earlier call."""
    found = ray.util.list_named_actors(all_namespaces=True)
    return [one["name"] for one in found if one["namespace"] == NAMESPACE]


def _end(name: str) -> None:
    """End the actor of an earlier call, and wait until its name is free."""
    while True:
        try:
            give_up(ray.get_actor(name, NAMESPACE))
        except ValueError:
            return
        time.sleep(0.1)


def _actor(shell: type) -> Any:
    return ray.remote(shell)


if __name__ == "__main__":
    boot(sys.argv[1], msgspec.json.decode(sys.argv[2], type=Serving))
    sys.stdout.flush()
    os._exit(0)

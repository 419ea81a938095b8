"""RateLimiter: the one budget of a runtime, as an actor. It never sleeps; it says how long to wait."""

from __future__ import annotations

import time

import ray

from homeperf_ray.limits.lease import Budget, Lease, Limiter


class RateLimiter:
    """A shell around ``limits.lease.Limiter``."""

    def __init__(self) -> None:
        restarted = ray.get_runtime_context().was_current_actor_reconstructed
        self._limiter = Limiter(time.monotonic, restarted=restarted)

    async def lease(self, server: str, budget: Budget, wanted: int) -> Lease:
        return self._limiter.lease(server, budget, wanted)

    async def pause(self, server: str, seconds: float) -> None:
        self._limiter.pause(server, seconds)

"""RateLimiter: the one budget of a runtime, as an actor. It never sleeps; it says when permits count."""

from __future__ import annotations

import time

import ray

from homeperf_ray.limits.lease import Ask, Budget, Lease
from homeperf_ray.limits.limiter import Limiter


class RateLimiter:
    """A shell around ``limits.limiter.Limiter``."""

    def __init__(self) -> None:
        restarted = ray.get_runtime_context().was_current_actor_reconstructed
        self._limiter = Limiter(time.monotonic, restarted=restarted)

    async def lease(self, server: str, budget: Budget, ask: Ask) -> Lease:
        return self._limiter.lease(server, budget, ask)

    async def pause(self, server: str, budget: Budget, seconds: float) -> None:
        self._limiter.pause(server, budget, seconds)

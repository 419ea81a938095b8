"""The gate of a process that has a budget to itself."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from homeperf_ray.limits.bucket import TokenBucket
from homeperf_ray.limits.pause import pause_after


class BucketGate:
    """A ``kube.gate.Gate`` over one token bucket: first come, first served, and everyone pauses on a 429 or 503."""

    def __init__(
        self,
        rate: float,
        burst: int,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._bucket = TokenBucket(rate, burst, clock)
        self._clock = clock
        self._sleep = sleep
        self._turn = asyncio.Lock()

    async def acquire(self) -> float:
        started = self._clock()
        async with self._turn:
            while not self._bucket.take():
                await self._sleep(self._bucket.wait())
        return self._clock() - started

    def report(self, status: int, seconds: float, retry_after: float | None) -> None:
        if pause := pause_after(status, retry_after):
            self._bucket.pause(pause)

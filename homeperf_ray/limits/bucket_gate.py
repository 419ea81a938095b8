"""The gate of a process that has a budget to itself."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from homeperf_ray.limits.bucket import TokenBucket

BACK_OFF = 1.0
"""Seconds that a 429 without ``Retry-After`` pauses everyone."""


class BucketGate:
    """A ``kube.gate.Gate`` over one token bucket: first come, first served, and everyone pauses on a 429.

    A 503 pauses only with ``Retry-After``: without, it is often one aggregated API that is down and not the server.
    """

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
        if status == 429 or (status == 503 and retry_after is not None):
            self._bucket.pause(BACK_OFF if retry_after is None else retry_after)

"""The worker's side of a shared budget."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from homeperf_ray.limits.bucket_gate import BACK_OFF
from homeperf_ray.limits.lease import EXPIRY, Lease

Ask = Callable[[int], Awaitable[Lease]]
"""Asks the limiter for so many permits."""

Pause = Callable[[float], None]
"""Tells the limiter, without waiting for it, that nothing may be sent for so many seconds."""


class LeasedGate:
    """A ``kube.gate.Gate`` that spends leased permits, first come, first served, and drops those that have expired.

    A lease is asked for when there is none left, for as many permits as are waited for; it counts from the moment it
    was asked for, so that the way back does not lengthen it.
    """

    def __init__(
        self,
        ask: Ask,
        pause: Pause,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._ask = ask
        self._pause = pause
        self._clock = clock
        self._sleep = sleep
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._permits = 0
        self._expires = 0.0

    async def acquire(self) -> float:
        started = self._clock()
        self._waiting += 1
        try:
            async with self._turn:
                while self._permits < 1 or self._clock() >= self._expires:
                    await self._renew()
                self._permits -= 1
        finally:
            self._waiting -= 1
        return self._clock() - started

    def report(self, status: int, seconds: float, retry_after: float | None) -> None:
        if status == 429 or (status == 503 and retry_after is not None):
            self._permits = 0
            self._pause(BACK_OFF if retry_after is None else retry_after)

    async def _renew(self) -> None:
        asked = self._clock()
        lease = await self._ask(self._waiting)
        self._permits, self._expires = lease.permits, asked + EXPIRY
        if not lease.permits:
            await self._sleep(lease.wait)

"""The worker's side of a shared budget."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from homeperf_ray.limits.lease import EXPIRY, Lease
from homeperf_ray.limits.pause import pause_after

AskFor = Callable[[int, int], Awaitable[Lease]]
"""Asks the limiter: the number of the question, and how many permits are wanted."""

Pause = Callable[[float], None]
"""Tells the limiter, without waiting for it, that nothing may be sent for so many seconds."""


class _Permit(NamedTuple):
    start: float
    end: float


class LeasedGate:
    """A ``kube.gate.Gate`` that spends leased permits, first come, first served, each not before its time.

    The next lease is asked for when half of the last one is spent, so that in a steady stream nobody waits for the
    limiter; one question is under way at most. Permits that have expired are dropped. The start of a permit counts
    from when its lease came and its end from when it was asked for, so that the way to the limiter and back never
    lengthens it.
    """

    def __init__(
        self,
        ask: AskFor,
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
        self._permits: deque[_Permit] = deque()
        self._waiting = 0
        self._number = 0
        self._low = 0
        self._not_before = clock()
        self._paused = clock()
        self._asking: asyncio.Task[None] | None = None

    async def acquire(self) -> float:
        started = self._clock()
        self._waiting += 1
        try:
            async with self._turn:
                await self._spend()
        finally:
            self._waiting -= 1
        if len(self._permits) <= self._low and self._clock() >= self._not_before:
            self._renewal()
        return self._clock() - started

    def report(self, status: int, seconds: float, retry_after: float | None) -> None:
        if pause := pause_after(status, retry_after):
            self._permits.clear()
            self._paused = self._clock()
            self._pause(pause)

    async def _spend(self) -> None:
        while True:
            now = self._clock()
            while self._permits and self._permits[0].end <= now:
                self._permits.popleft()
            if not self._permits:
                await self._renew()
            elif (early := self._permits[0].start - now) > 0:
                await self._sleep(early)
            else:
                self._permits.popleft()
                return

    async def _renew(self) -> None:
        if (early := self._not_before - self._clock()) > 0:
            await self._sleep(early)
        else:
            await asyncio.shield(self._renewal())

    def _renewal(self) -> asyncio.Task[None]:
        """The question that is under way, or a new one. Whoever waits for it may be cancelled; it goes on."""
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._fetch())
            self._asking.add_done_callback(_looked_at)
        return self._asking

    async def _fetch(self) -> None:
        self._number += 1
        asked = self._clock()
        lease = await self._ask(self._number, max(self._waiting - len(self._permits), 1))
        came = self._clock()
        if self._paused > asked:
            return
        if not lease.permits:
            self._not_before = came + lease.delay
            return
        self._low = lease.permits // 2
        for number in range(lease.permits):
            after = lease.delay + number * lease.spacing
            self._permits.append(_Permit(came + after, asked + after + EXPIRY))


def _looked_at(task: asyncio.Task[None]) -> None:
    """A question that failed while nobody waited for it is asked again by the next who does."""
    if not task.cancelled():
        task.exception()

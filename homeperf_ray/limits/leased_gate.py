"""The worker's side of a shared budget."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from homeperf_ray.kube.gate import Answered, Permit
from homeperf_ray.limits.clock import boottime
from homeperf_ray.limits.latency import LatencyWatch
from homeperf_ray.limits.lease import EXPIRY, ON_THE_WAY, Lease, Sign
from homeperf_ray.limits.pause import REFUSALS, pause_after
from homeperf_ray.limits.weight import Weights

AskFor = Callable[[int, int, float], Awaitable[Lease]]
"""Asks the limiter: the number of the question, how many permits are wanted, and the seconds waited since the last."""

Tell = Callable[[Sign], None]
"""Tells the limiter of a sign of trouble, without waiting for it."""

AHEAD = 0.08
"""Seconds before the last permit expires in which the next lease is asked for."""

SILENCE = 1.0
"""Seconds from which on a request without an answer counts as a slow one."""


class _Leased(NamedTuple):
    start: float
    end: float


class LeasedGate:
    """A ``kube.gate.Gate`` that spends leased permits, first come, first served, each not before its time.

    The next lease is asked for when half of the last one is spent or it is about to expire, so that in a steady stream
    nobody waits for the limiter; one question is under way at most. Permits that have expired are dropped. The start of
    a permit counts from when its lease came and its end from when it was asked for, so that the way to the limiter and
    back never lengthens it. While the server is in trouble a heavy request spends as many permits as it weighs.
    """

    def __init__(
        self,
        ask: AskFor,
        tell: Tell,
        *,
        clock: Callable[[], float] = boottime,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._ask = ask
        self._tell = tell
        self._clock = clock
        self._sleep = sleep
        self._turn = asyncio.Lock()
        self._permits: deque[_Leased] = deque()
        self._waiting = 0
        self._waited = 0.0
        self._number = 0
        self._low = 0
        self._not_before = self._paused = clock()
        self._asking: asyncio.Task[None] | None = None
        self._latency = LatencyWatch()
        self._weights = Weights()
        self._in_force = Permit()

    async def acquire(self, kind: str = "") -> Permit:
        started = self._clock()
        self._waiting += 1
        try:
            async with self._turn:
                end = await self._spend()
                for _ in range(self._weights.weight(kind) - 1 if self._in_force.slowed else 0):
                    end = await self._spend()
        finally:
            self._waiting -= 1
        now = self._clock()
        self._waited += now - started
        if self._runs_out(now) and now >= self._not_before:
            self._renewal()
        return Permit(self._in_force.rate, self._in_force.slowed, end - now)

    def report(self, answered: Answered) -> None:
        if answered.status in REFUSALS:
            pause = pause_after(answered.status, answered.retry_after)
            now = self._clock()
            self._permits.clear()
            self._paused = now
            self._not_before = max(self._not_before, now + pause)
            asked = answered.retry_after is not None
            self._tell(Sign(str(answered.status), answered.kind, answered.seconds, pause, asked))
        elif self._slower(answered):
            self._tell(Sign("latency", answered.kind, answered.seconds))

    def _slower(self, answered: Answered) -> bool:
        kind, size = answered.kind, answered.size
        if answered.status in (200, 201):
            self._weights.learn(kind, size)
        elif answered.status or answered.seconds < SILENCE:
            return False
        return self._latency.observe(kind, size or self._weights.size(kind), answered.seconds)

    async def _spend(self) -> float:
        """Wait for one permit and take it; the moment until which it is good."""
        while True:
            now = self._clock()
            while self._permits and self._permits[0].end <= now:
                self._permits.popleft()
            if not self._permits:
                await self._renew()
            elif (early := self._permits[0].start - now) > 0:
                await self._sleep(early)
            else:
                return self._permits.popleft().end

    async def _renew(self) -> None:
        if (early := self._not_before - self._clock()) > 0:
            await self._sleep(early)
        else:
            await asyncio.shield(self._renewal())

    def _runs_out(self, now: float) -> bool:
        permits = self._permits
        return len(permits) <= self._low or permits[-1].end - now < AHEAD

    def _renewal(self) -> asyncio.Task[None]:
        """The question that is under way, or a new one. Whoever waits for it may be cancelled; it goes on."""
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._fetch())
            self._asking.add_done_callback(_looked_at)
        return self._asking

    async def _fetch(self) -> None:
        self._number += 1
        waited, self._waited = self._waited, 0.0
        asked = self._clock()
        lease = await self._ask(self._number, max(self._waiting - len(self._permits), 1), waited)
        came = self._clock()
        if self._paused > asked:
            return
        self._in_force = Permit(lease.rate, lease.slowed)
        if not lease.permits:
            self._not_before = max(self._not_before, came + lease.delay)
            return
        self._low = lease.permits // 2
        for number in range(lease.permits):
            after = lease.delay + number * lease.spacing
            self._permits.append(_Leased(came + after, asked + after + EXPIRY - ON_THE_WAY))


def _looked_at(task: asyncio.Task[None]) -> None:
    """A question that failed while nobody waited for it is asked again by the next who does."""
    if not task.cancelled():
        task.exception()

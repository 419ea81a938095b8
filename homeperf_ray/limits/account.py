"""The account: one server's budget, as a value that can be kept in memory or in a file."""

from __future__ import annotations

import math

import msgspec

from homeperf_ray.limits.bucket import TokenBucket
from homeperf_ray.limits.lease import EXPIRY, MAX_LEASE, Ask, Budget, BudgetState, Lease, Sign
from homeperf_ray.limits.pace import Pace
from homeperf_ray.limits.pause import LONGEST

SHARE = 0.1
"""A lease is about as many permits as the budget gives in this many seconds, divided by the clients that ask."""

RECENT = 1.0
"""Seconds for which a client that asked counts as one, and, with one more request's time, a budget as in use."""


class InUse(msgspec.Struct):
    """A budget that somebody works with, and when he last asked."""

    budget: Budget
    asked: float


class Account(msgspec.Struct):
    """Grants leases on one budget and never sleeps: a lease says when its permits count.

    Every permit is used within ``EXPIRY`` of the moment its token is there, so over any window of w seconds the
    server sees at most ``burst + qps * (w + EXPIRY)``. Where jobs with different budgets run against one server at
    once, the lowest ``qps`` and the lowest ``burst`` of those that have asked lately are in force; the pace only
    lowers them. ``now`` is seconds of one clock that never goes back.
    """

    bucket: TokenBucket
    pace: Pace
    in_use: list[InUse] = []
    clients: dict[str, float] = {}
    """When each client last asked."""
    origin: str = ""
    permits: int = 0
    waited: float = 0.0
    asked: float = 0.0

    @classmethod
    def opened(cls, budget: Budget, now: float, tokens: float | None = None) -> Account:
        """A new account, with ``tokens`` in it; None for the whole burst."""
        held = float(budget.burst) if tokens is None else min(tokens, float(budget.burst))
        return cls(bucket=TokenBucket(budget.qps, budget.burst, held, now), pace=Pace(since=now))

    @classmethod
    def anew(cls, budget: Budget, now: float) -> Account:
        """One whose past is lost: it holds nothing, and owes what may have been granted ahead of ``EXPIRY``."""
        account = cls.opened(budget, now, tokens=0.0)
        account.bucket.tokens = -max(SHARE * budget.qps, 1.0)
        return account

    def sound(self, now: float) -> bool:
        """Whether it can be what it says: finite numbers, and nothing that has yet to happen."""
        bucket, pace = self.bucket, self.pace
        numbers = [bucket.rate, bucket.burst, bucket.tokens, bucket.at, bucket.paused_until, pace.level, pace.since]
        numbers += [pace.lowered_at, self.waited, self.asked, *self.clients.values()]
        numbers += [number for one in self.in_use for number in (one.budget.qps, one.budget.burst, one.asked)]
        past = [bucket.at, pace.lowered_at, self.asked, *self.clients.values(), *(one.asked for one in self.in_use)]
        return (
            all(map(math.isfinite, numbers))
            and all(moment <= now for moment in past)
            and bucket.rate > 0
            and bucket.burst > 0
            and bucket.tokens <= bucket.burst
            and 0 < pace.level <= 1
            and max(bucket.paused_until, pace.since) <= now + LONGEST
            and all(one.budget.qps > 0 and one.budget.burst > 0 for one in self.in_use)
        )

    def lease(self, now: float, budget: Budget, ask: Ask) -> Lease:
        """Permits that are there now, else a few that are about to be; none where that takes longer than EXPIRY."""
        self._use(now, budget)
        self.origin = ask.origin or self.origin
        self.waited += ask.waited
        size = self._size(now, ask.client)
        lease = self._granted(now, max(ask.wanted, 1), size)
        self.permits += lease.permits
        return msgspec.structs.replace(lease, rate=self.bucket.rate, slowed=self._slowed(now))

    def heed(self, now: float, budget: Budget, sign: Sign) -> None:
        """Slow down, and hold still where the sign asks for it."""
        self._use(now, budget)
        if sign.pause:
            self.bucket.pause(now, sign.pause)
        if sign.why == "503" and not sign.asked and not self.pace.is_news(now, sign.by):
            return
        resumed = max(self.bucket.paused_until, now)
        sent = now - sign.age
        qps, burst = self._ceiling()
        if self.pace.slow_down(now, qps, why=sign.why, by=sign.by, sent=sent, resumed=resumed):
            self._apply(now, qps, burst)
        if sign.pause:
            self.bucket.drain(now)

    def state(self, now: float) -> BudgetState:
        """What is in force now."""
        qps, burst = self._ceiling()
        slowed = self._slowed(now)
        return BudgetState(
            server=self.origin,
            qps=qps,
            burst=burst,
            rate=qps * self.pace.share(now),
            slowed=slowed,
            by=self.pace.by if slowed else "",
            lowered_ago=now - self.pace.lowered_at if self.pace.why else 0.0,
            lowered=self.pace.lowered,
            paused=max(self.bucket.paused_until - now, 0.0),
            permits=self.permits,
            waited=self.waited,
            clients=sum(1 for asked in self.clients.values() if now - asked <= RECENT),
            asked_ago=now - self.asked,
        )

    def _use(self, now: float, budget: Budget) -> None:
        self.asked = now
        in_use = [one for one in self.in_use if one.budget != budget and now - one.asked <= RECENT + 1 / one.budget.qps]
        self.in_use = [*in_use, InUse(budget, now)]
        self._apply(now, *self._ceiling())

    def _ceiling(self) -> tuple[float, int]:
        if not self.in_use:
            return self.bucket.rate, int(self.bucket.burst)
        return min(one.budget.qps for one in self.in_use), min(one.budget.burst for one in self.in_use)

    def _apply(self, now: float, qps: float, burst: int) -> None:
        share = self.pace.share(now)
        self.bucket.change(now, qps * share, max(burst * share, 1.0))

    def _slowed(self, now: float) -> str:
        return self.pace.why if self.pace.share(now) < 1 else ""

    def _size(self, now: float, client: str) -> int:
        self.clients = {name: asked for name, asked in self.clients.items() if now - asked <= RECENT}
        self.clients[client] = now
        return min(max(round(self.bucket.rate * SHARE / len(self.clients)), 1), MAX_LEASE)

    def _granted(self, now: float, wanted: int, size: int) -> Lease:
        bucket = self.bucket
        if permits := bucket.take(now, min(max(wanted, size), MAX_LEASE)):
            return Lease(permits)
        wait = bucket.wait(now)
        if wait > EXPIRY:
            return Lease(0, delay=wait)
        permits = min(wanted, size)
        return Lease(permits, delay=bucket.reserve(now, permits), spacing=1 / bucket.rate)

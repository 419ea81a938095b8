"""Leases: how one budget is shared by workers that are elsewhere."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from homeperf_ray.limits.bucket import TokenBucket

EXPIRY = 0.25
"""Seconds that a permit may be used after it was granted. An idle worker cannot save up a burst."""

MAX_LEASE = 64
"""Permits in one lease."""


class Budget(msgspec.Struct, frozen=True):
    """What a job allows one API server to see: ``qps`` a second and ``burst`` at once."""

    qps: float
    burst: int


class Lease(msgspec.Struct, frozen=True):
    """``permits`` that may be used at once and for ``EXPIRY`` seconds; with none, ask again after ``wait`` seconds."""

    permits: int
    wait: float


class Limiter:
    """Grants leases, one budget a server.

    Every permit is used within ``EXPIRY`` of being taken from the bucket, so over any window of w seconds the server
    sees at most ``burst + qps * (w + EXPIRY)``. A limiter that was ``restarted`` has forgotten what it granted and so
    starts with no burst. The budget of the job that asked last is the one in force.
    """

    def __init__(self, clock: Callable[[], float], *, restarted: bool = False) -> None:
        self._clock = clock
        self._restarted = restarted
        self._buckets: dict[str, TokenBucket] = {}

    def lease(self, server: str, budget: Budget, wanted: int) -> Lease:
        """Up to ``wanted`` permits for one server."""
        bucket = self._bucket(server, budget)
        permits = bucket.take(min(max(wanted, 1), MAX_LEASE))
        return Lease(permits, 0.0 if permits else bucket.wait())

    def pause(self, server: str, seconds: float) -> None:
        """Grant nothing for a server for so long."""
        if bucket := self._buckets.get(server):
            bucket.pause(seconds)

    def _bucket(self, server: str, budget: Budget) -> TokenBucket:
        bucket = self._buckets.get(server)
        if bucket is None:
            tokens = 0.0 if self._restarted else None
            bucket = self._buckets[server] = TokenBucket(budget.qps, budget.burst, self._clock, tokens)
        elif (bucket.rate, bucket.burst) != (budget.qps, budget.burst):
            bucket.change(budget.qps, budget.burst)
        return bucket

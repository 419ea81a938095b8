"""Limiter: grants leases on one budget a server. It never sleeps; a lease says when its permits count."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import msgspec

from homeperf_ray.limits.bucket import TokenBucket
from homeperf_ray.limits.lease import EXPIRY, MAX_LEASE, Ask, Budget, Lease

SHARE = 0.1
"""A lease is about as many permits as the budget gives in this many seconds, divided by the clients that ask."""

RECENT = 1.0
"""Seconds for which a client that asked counts as one, and, with one more request's time, a budget as in use."""

FORGET = 60.0


@dataclass
class _Client:
    asked: float
    number: int
    lease: Lease


@dataclass
class _Server:
    bucket: TokenBucket
    budgets: dict[Budget, float] = field(default_factory=dict)
    clients: dict[str, _Client] = field(default_factory=dict)


class Limiter:
    """Grants leases to the clients of each server.

    Every permit is used within ``EXPIRY`` of the moment its token is there, so over any window of w seconds the
    server sees at most ``burst + qps * (w + EXPIRY)``. Where jobs with different budgets run against one server at
    once, the lowest ``qps`` and the lowest ``burst`` of those that have asked lately are in force. A limiter that was
    ``restarted`` has forgotten what it granted and so starts with no burst. The clock gives monotonic seconds.
    """

    def __init__(self, clock: Callable[[], float], *, restarted: bool = False) -> None:
        self._clock = clock
        self._restarted = restarted
        self._servers: dict[str, _Server] = {}

    def lease(self, server: str, budget: Budget, ask: Ask) -> Lease:
        """Permits that are there now, else a few that are about to be; none where that takes longer than EXPIRY."""
        known, now = self._in_force(server, budget), self._clock()
        last = known.clients.get(ask.client)
        if last is not None and last.number == ask.number:
            return msgspec.structs.replace(last.lease, delay=last.lease.delay - (now - last.asked))
        size = self._size(known, ask.client, now)
        lease = _granted(known.bucket, max(ask.wanted, 1), size)
        known.clients[ask.client] = _Client(now, ask.number, lease)
        return lease

    def pause(self, server: str, budget: Budget, seconds: float) -> None:
        """Grant nothing for a server for so long."""
        self._in_force(server, budget).bucket.pause(seconds)

    def _in_force(self, server: str, budget: Budget) -> _Server:
        now = self._clock()
        known = self._servers.get(server)
        if known is None:
            tokens = 0.0 if self._restarted else None
            known = self._servers[server] = _Server(TokenBucket(budget.qps, budget.burst, self._clock, tokens))
        known.budgets[budget] = now
        known.budgets = {one: asked for one, asked in known.budgets.items() if now - asked <= RECENT + 1 / one.qps}
        qps, burst = min(one.qps for one in known.budgets), min(one.burst for one in known.budgets)
        if (known.bucket.rate, known.bucket.burst) != (qps, burst):
            known.bucket.change(qps, burst)
        return known

    def _size(self, known: _Server, client: str, now: float) -> int:
        known.clients = {name: one for name, one in known.clients.items() if now - one.asked <= FORGET}
        others = sum(1 for name, one in known.clients.items() if name != client and now - one.asked <= RECENT)
        return min(max(round(known.bucket.rate * SHARE / (others + 1)), 1), MAX_LEASE)


def _granted(bucket: TokenBucket, wanted: int, size: int) -> Lease:
    if permits := bucket.take(min(max(wanted, size), MAX_LEASE)):
        return Lease(permits)
    wait = bucket.wait()
    if wait > EXPIRY:
        return Lease(0, delay=wait)
    permits = min(wanted, size)
    return Lease(permits, delay=bucket.reserve(permits), spacing=1 / bucket.rate)

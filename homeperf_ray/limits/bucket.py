"""The token bucket: at most ``burst`` at once, ``rate`` a second in the long run."""

from __future__ import annotations

import math

import msgspec


class TokenBucket(msgspec.Struct):
    """Holds tokens, each the permission for one request. A plain value: what time it is, its caller says.

    Over any window of w seconds at most ``burst + rate * w`` tokens are taken. ``rate`` is per second; ``now``, ``at``
    and ``paused_until`` are seconds of one clock that never goes back. No token is gained during a pause, and a
    negative number of tokens is a debt: tokens that were given away before they were there.
    """

    rate: float
    burst: float
    tokens: float
    at: float
    paused_until: float = 0.0

    def wait(self, now: float) -> float:
        """The seconds until one token can be taken; 0 if one can be taken now."""
        self._refill(now)
        missing = max(1.0 - self.tokens, 0.0) / self.rate
        return max(self.paused_until - now, 0.0) + missing

    def take(self, now: float, wanted: int = 1) -> int:
        """Take up to ``wanted`` whole tokens that are there now; how many were taken, 0 during a pause."""
        self._refill(now)
        if self.paused_until > now:
            return 0
        taken = max(min(wanted, math.floor(self.tokens + 1e-9)), 0)
        self.tokens -= taken
        return taken

    def reserve(self, now: float, count: int) -> float:
        """Take ``count`` tokens that are still to come, one every ``1 / rate`` s; the seconds until the first."""
        first = self.wait(now)
        self.tokens -= count
        return first

    def pause(self, now: float, seconds: float) -> None:
        """Give nothing for so long; a longer pause that is already in force stays."""
        self._refill(now)
        self.paused_until = max(self.paused_until, now + seconds)

    def drain(self, now: float) -> None:
        """Keep one token at most: what follows comes at the rate, and not at once."""
        self._refill(now)
        self.tokens = min(self.tokens, 1.0)

    def change(self, now: float, rate: float, burst: float) -> None:
        """Another budget from now on. Tokens beyond the new burst are gone; a debt is paid off as soon as before."""
        self._refill(now)
        if self.tokens < 0:
            self.tokens *= rate / self.rate
        self.rate, self.burst = rate, burst
        self.tokens = min(self.tokens, burst)

    def _refill(self, now: float) -> None:
        since = max(self.at, min(self.paused_until, now))
        self.tokens = min(self.tokens + max(now - since, 0.0) * self.rate, self.burst)
        self.at = max(now, self.at)

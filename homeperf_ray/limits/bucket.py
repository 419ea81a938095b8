"""The token bucket: at most ``burst`` at once, ``rate`` a second in the long run."""

from __future__ import annotations

import math
from collections.abc import Callable


class TokenBucket:
    """Holds tokens, each the permission for one request.

    Over any window of w seconds at most ``burst + rate * w`` tokens are taken. ``rate`` is per second; the clock gives
    monotonic seconds. The bucket starts with ``tokens`` (default: full) and gains none during a pause.
    """

    def __init__(self, rate: float, burst: int, clock: Callable[[], float], tokens: float | None = None) -> None:
        if rate <= 0 or burst < 1:
            raise ValueError(f"a budget needs a positive rate and a burst of at least 1, not {rate} and {burst}")
        self.rate = rate
        self.burst = burst
        self._clock = clock
        self._tokens = float(burst if tokens is None else tokens)
        self._at = clock()
        self._paused_until = self._at

    def wait(self) -> float:
        """The seconds until one token can be taken; 0 if one can be taken now."""
        self._refill()
        missing = max(1.0 - self._tokens, 0.0) / self.rate
        return max(self._paused_until - self._clock(), 0.0) + missing

    def take(self, wanted: int = 1) -> int:
        """Take up to ``wanted`` whole tokens that are there now; how many were taken, 0 during a pause."""
        self._refill()
        if self._paused_until > self._clock():
            return 0
        taken = max(min(wanted, math.floor(self._tokens + 1e-9)), 0)
        self._tokens -= taken
        return taken

    def reserve(self, count: int) -> float:
        """Take ``count`` tokens that are still to come, one every ``1 / rate`` s; the seconds until the first."""
        first = self.wait()
        self._tokens -= count
        return first

    def pause(self, seconds: float) -> None:
        """Give nothing for so long; a longer pause that is already in force stays."""
        self._refill()
        self._paused_until = max(self._paused_until, self._clock() + seconds)

    def change(self, rate: float, burst: int) -> None:
        """Another budget from now on; tokens beyond the new burst are gone."""
        self._refill()
        self.rate, self.burst = rate, burst
        self._tokens = min(self._tokens, float(burst))

    def _refill(self) -> None:
        now = self._clock()
        since = max(self._at, min(self._paused_until, now))
        self._tokens = min(self._tokens + (now - since) * self.rate, float(self.burst))
        self._at = now

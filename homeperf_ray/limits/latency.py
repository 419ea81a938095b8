"""The latency watch: notices when the 95th percentile of the server's latency doubles."""

from __future__ import annotations

import math
import statistics
from collections import OrderedDict, deque

FLOOR = 0.025
"""Seconds below which all latencies are alike: what is faster than this is nobody's burden."""

FIRST = 8
"""Latencies of one kind that make its first baseline."""

WINDOW = 64
"""Latest requests that are looked at."""

MANY = 8
"""So many of them above twice the usual 95th percentile mean that it has doubled: were it lower, 3 would be expected,
and 8 happen by chance in 1 % of all windows (binomial)."""

RISE = 0.002
FALL = 0.005
"""Steps of a baseline, in natural logarithms, towards a latency above and below: it settles where 29 % are below, and
needs 350 slower requests of its kind to double."""

USUAL_STEP = 0.001
"""Step of the usual 95th percentile, in natural logarithms: up 95 % of it, down 5 %."""

QUANTILE = 0.95
DOUBLED = math.log(2)

MAX_KINDS = 256


class _Kind:
    """The first latencies of a kind, as logarithms of seconds, and then the baseline that they have made."""

    def __init__(self) -> None:
        self.first: list[float] = []
        self.base: float | None = None

    def above(self, value: float) -> float | None:
        """By how much a latency exceeds the baseline, both logarithms; None while there is no baseline."""
        if self.base is None:
            self.first.append(value)
            if len(self.first) == FIRST:
                self.base = statistics.median(self.first)
            return None
        above = max(value, _FLOOR) - max(self.base, _FLOOR)
        self.base += RISE if value > self.base else -FALL
        return above


_FLOOR = math.log(FLOOR)


class LatencyWatch:
    """Compares each latency with what is usual for its kind and size, and the 95th percentile of that with its past.

    A kind is a verb and a resource; sizes are told apart by powers of two, so that LISTs of different sizes are never
    compared with each other. Baselines follow single quantiles by stochastic approximation (Robbins and Monro, 1951),
    so outliers move them no more than any other value does.
    """

    def __init__(self) -> None:
        self._kinds: OrderedDict[tuple[str, int], _Kind] = OrderedDict()
        self._window: deque[float] = deque(maxlen=WINDOW)
        self._usual: float | None = None

    def observe(self, kind: str, size: int, seconds: float) -> bool:
        """Take one latency, of an answer of ``size`` bytes; whether the 95th percentile has doubled just now."""
        above = self._kind(kind, size).above(math.log(max(seconds, 1e-4)))
        if above is None:
            return False
        self._window.append(above)
        if len(self._window) < WINDOW:
            return False
        if self._usual is None:
            self._usual = sorted(self._window)[math.ceil(QUANTILE * WINDOW) - 1]
            return False
        self._usual += USUAL_STEP * (QUANTILE if above > self._usual else QUANTILE - 1)
        if sum(1 for one in self._window if one >= self._usual + DOUBLED) >= MANY:
            self._window.clear()
            return True
        return False

    def _kind(self, kind: str, size: int) -> _Kind:
        key = (kind, size.bit_length())
        found = self._kinds.get(key)
        if found is None:
            found = self._kinds[key] = _Kind()
            if len(self._kinds) > MAX_KINDS:
                self._kinds.popitem(last=False)
        self._kinds.move_to_end(key)
        return found

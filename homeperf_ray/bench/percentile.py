"""Percentiles of latencies, by nearest rank: always a value that was really measured."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import msgspec


class Latency(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds; 0 where nothing was measured."""

    p50: float = 0.0
    p90: float = 0.0
    p95: float = 0.0
    p99: float = 0.0
    p999: float = 0.0
    max: float = 0.0

    @classmethod
    def of(cls, seconds: Iterable[float]) -> Latency:
        """The percentiles of latencies in any order."""
        ordered = sorted(seconds)
        if not ordered:
            return cls()
        shares = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99, "p999": 0.999, "max": 1.0}
        return cls(**{name: percentile(ordered, share) for name, share in shares.items()})


def percentile(ordered: Sequence[float], share: float) -> float:
    """The least of the ordered values that this share of all does not exceed."""
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]

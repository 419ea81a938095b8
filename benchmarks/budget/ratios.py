"""Ratios of what took turns: their median and its interval."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence


def interval(values: Sequence[float]) -> tuple[float, float]:
    """Between which two of the values the median lies with at least 95 %; the extremes where there are too few.

    By the binomial distribution of how many values are below the median (Conover, "Practical Nonparametric
    Statistics", 3.2).
    """
    ordered, count = sorted(values), len(values)
    below, rank = 0.0, 0
    while rank < count // 2:
        below += math.comb(count, rank) / 2**count
        if below > 0.025:
            break
        rank += 1
    first = max(rank - 1, 0)
    return ordered[first], ordered[-1 - first]


def told(values: Sequence[float], digits: int = 3) -> str:
    """``1.004 (0.998-1.009)``."""
    low, high = interval(values)
    return f"{statistics.median(values):.{digits}f} ({low:.{digits}f}-{high:.{digits}f})"


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least ``share`` of all do not exceed."""
    return sorted(values)[max(math.ceil(share * len(values)) - 1, 0)]

"""Change points: where a series of measurements began to be another one.

The method is E-divisive (Matteson and James, "A nonparametric approach for multiple change point analysis of
multivariate data", JASA 109, 2014): a series is cut where the energy distance between what lies before and what lies
after is greatest, for as long as shuffling what is cut seldom gives a distance as great. Continuous integration of
MongoDB made it known for benchmarks (Daly and others, "The use of change point detection to identify software
performance regressions in a continuous integration system", ICPE 2020).
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import Any

import msgspec

LEAST = 3
"""Values on either side of a cut."""

SHUFFLES = 999

SIGNIFICANCE = 0.01
"""The greatest probability of a cut by chance that is told. It is asked for at every cut, hence not 5 %."""


class ChangePoint(msgspec.Struct, frozen=True, kw_only=True):
    """The series is another one from ``index`` on. ``before`` and ``after`` are the medians of the stretches between
    this cut and its neighbours, ``p`` the probability of such a cut by chance.
    """

    index: int
    before: float
    after: float
    p: float


def change_points(values: Sequence[float], *, matters: float = 0.0, seed: int = 7) -> list[ChangePoint]:
    """The change points of a series, in its order; those whose medians differ by less than ``matters`` are left out.

    ``matters`` is relative: 0.05 is 5 %.
    """
    import numpy as np

    series = np.asarray(values, dtype=float)
    random = np.random.default_rng(seed)
    cuts: dict[int, float] = {}
    stretches = [(0, len(series))]
    while stretches:
        first, end = stretches.pop()
        found = _cut(series[first:end], random)
        if found is None:
            continue
        index, p = found
        cuts[first + index] = p
        stretches += [(first, first + index), (first + index, end)]
    kept = sorted(cuts)
    while small := [cut for cut in kept if _step(values, kept, cut) < 1 + matters]:
        kept.remove(min(small, key=lambda cut: _step(values, kept, cut)))
    return [_point(values, kept, cut, cuts[cut]) for cut in kept]


def _cut(series: Any, random: Any) -> tuple[int, float] | None:
    """Where to cut, and the probability of that by chance; None where there is nothing to cut."""
    if len(series) < 2 * LEAST:
        return None
    index, distance = _farthest(series)
    if distance <= 0:
        return None
    as_far = 1
    for _ in range(SHUFFLES):
        as_far += _farthest(random.permutation(series))[1] >= distance
        if as_far > SIGNIFICANCE * (SHUFFLES + 1):
            return None
    return index, as_far / (SHUFFLES + 1)


def _farthest(series: Any) -> tuple[int, float]:
    """The cut with the greatest energy distance between its sides, and that distance.

    For all cuts at once: the sums of the distances within the left side, within the right side and across are running
    sums over the matrix of all distances.
    """
    import numpy as np

    size = len(series)
    distances = np.abs(series[:, None] - series[None, :])
    corner = np.cumsum(np.cumsum(distances, axis=0), axis=1)
    cuts = np.arange(LEAST, size - LEAST + 1)
    left = corner[cuts - 1, cuts - 1]
    across = corner[cuts - 1, size - 1] - left
    right = corner[size - 1, size - 1] - left - 2 * across
    n, m = cuts.astype(float), (size - cuts).astype(float)
    energy = 2 * across / (n * m) - left / (n * n) - right / (m * m)
    scaled = energy * n * m / (n + m)
    best = int(np.argmax(scaled))
    return int(cuts[best]), float(scaled[best])


def _sides(values: Sequence[float], cuts: Sequence[int], cut: int) -> tuple[float, float]:
    bounds = [0, *sorted(cuts), len(values)]
    place = bounds.index(cut, 1)
    return median(values[bounds[place - 1] : cut]), median(values[cut : bounds[place + 1]])


def _step(values: Sequence[float], cuts: Sequence[int], cut: int) -> float:
    before, after = _sides(values, cuts, cut)
    low, high = min(before, after), max(before, after)
    return high / low if low > 0 else (1.0 if high == low else float("inf"))


def _point(values: Sequence[float], cuts: Sequence[int], cut: int, p: float) -> ChangePoint:
    before, after = _sides(values, cuts, cut)
    return ChangePoint(index=cut, before=before, after=after, p=p)

"""Inference: is one set of timings slower than another, by how much, and how sure is that. Pure arithmetic.

The test and the interval are those of Wilcoxon, Mann and Whitney: ranks do not care how far out an outlier lies, which
is what timings on a busy machine are full of. Both are exact for up to ``EXACT`` values.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist, median
from typing import Any

import msgspec

EXACT = 100
"""Up to so many values in both sets together the distribution of the ranks is counted out; above it is normal."""

CONFIDENCE = 0.95


class Shift(msgspec.Struct, frozen=True, kw_only=True):
    """How many times as much ``after`` is as ``before``: ``ratio``, with a confidence of 95 % between ``low`` and
    ``high`` (None where so few values allow no interval), and the probability ``p`` of ranks as lopsided as these
    where nothing has changed.
    """

    ratio: float
    low: float | None
    high: float | None
    p: float


def shift_of(before: Sequence[float], after: Sequence[float]) -> Shift:
    """Compare two sets of positive values.

    The ratio is that of Hodges and Lehmann on logarithms: the median of the ratios between all pairs. Its interval
    turns the rank test round (Hollander and Wolfe, "Nonparametric Statistical Methods", 4.3), so that it leaves out 1
    exactly where the test says that there is a difference. Raises ValueError for an empty set or a value that is not
    above 0.
    """
    if not before or not after or min(*before, *after) <= 0:
        raise ValueError("a ratio needs values above 0 on both sides")
    ratios = sorted(math.log(b / a) for a in before for b in after)
    low, high = _interval(ratios, len(before), len(after))
    return Shift(
        ratio=math.exp(median(ratios)),
        low=None if low is None else math.exp(low),
        high=None if high is None else math.exp(high),
        p=rank_test(before, after),
    )


def rank_test(before: Sequence[float], after: Sequence[float]) -> float:
    """The two-sided p of the rank sum test of Mann and Whitney, ties included.

    Up to ``EXACT`` values it is exact: the sums of all subsets of the ranks are counted by the shift algorithm
    (Streitberg and Roehmel, "Exact distributions for permutation and rank tests", Statistical Software Newsletter 12,
    1986). Above that it is normal, with the variance that ties leave.
    """
    ranks = _doubled_ranks([*before, *after])
    mine = sum(ranks[len(before) :])
    size, total = len(after), len(ranks)
    mean = size * sum(ranks) / total
    if total > EXACT:
        spread = sum((rank - sum(ranks) / total) ** 2 for rank in ranks) / (total - 1)
        deviation = math.sqrt(len(before) * size * spread / total)
        return 1.0 if deviation == 0 else 2 * NormalDist().cdf(-abs(mine - mean) / deviation)
    chances = _sums(ranks, size)
    away = abs(mine - mean) - 1e-9
    return min(1.0, float(sum(chance for value, chance in enumerate(chances) if abs(value - mean) >= away)))


def least_p(before: int, after: int) -> float:
    """The least two-sided p that sets of so many values can give."""
    return min(1.0, 2 / math.comb(before + after, after))


def holm(chances: Sequence[float]) -> list[float]:
    """The p values of several tests, corrected so that all of them together err as rarely as one.

    Source: Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6, 1979.
    """
    order = sorted(range(len(chances)), key=lambda index: chances[index])
    corrected = [0.0] * len(chances)
    highest = 0.0
    for place, index in enumerate(order):
        highest = max(highest, min(1.0, chances[index] * (len(chances) - place)))
        corrected[index] = highest
    return corrected


def wilson(hits: int, trials: int) -> tuple[float, float]:
    """The interval of a proportion with a confidence of 95 %.

    Source: Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22, 1927.
    """
    z = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)
    share = hits / trials
    centre = (share + z * z / (2 * trials)) / (1 + z * z / trials)
    half = z * math.sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials)) / (1 + z * z / trials)
    return max(0.0, centre - half), min(1.0, centre + half)


def bootstrap_median(values: Sequence[float], *, seed: int = 7, times: int = 4000) -> tuple[float, float]:
    """The interval of a median with a confidence of 95 %, by resampling (Efron's percentile method)."""
    import numpy as np

    drawn = np.random.default_rng(seed).choice(np.asarray(values), size=(times, len(values)))
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(np.median(drawn, axis=1), [tail, 1 - tail])
    return float(low), float(high)


def _doubled_ranks(values: Sequence[float]) -> list[int]:
    """Twice the rank of each value, which is whole where values tie and share the mean of their ranks."""
    order = sorted(range(len(values)), key=lambda index: values[index])
    ranks = [0] * len(values)
    first = 0
    while first < len(order):
        last = first
        while last + 1 < len(order) and values[order[last + 1]] == values[order[first]]:
            last += 1
        for place in range(first, last + 1):
            ranks[order[place]] = first + last + 2
        first = last + 1
    return ranks


def _sums(ranks: Sequence[int], size: int) -> Any:
    """The probability of each sum of ``size`` of the ranks, where all subsets are equally likely: an array by sum.

    Rank by rank, the subset takes it or leaves it. The chances that are carried along are those of subsets of each
    size, weighted so that no binomial coefficient is ever written out.
    """
    import numpy as np

    reach = sum(sorted(ranks)[-size:]) + 1
    chances = np.zeros((size + 1, reach))
    chances[0, 0] = 1.0
    total = len(ranks)
    for seen, rank in enumerate(ranks):
        taken = np.arange(size + 1)
        take = np.clip((size - taken) / (total - seen), 0.0, 1.0)
        grown = chances * (1 - take)[:, None]
        grown[1:, rank:] += (chances * take[:, None])[:-1, : reach - rank]
        chances = grown
    return chances[size]


def _interval(ratios: Sequence[float], before: int, after: int) -> tuple[float | None, float | None]:
    """The ends of the interval among the sorted pairwise differences."""
    tail = (1 - CONFIDENCE) / 2
    if before + after > EXACT:
        deviation = math.sqrt(before * after * (before + after + 1) / 12)
        cut = math.floor(before * after / 2 - NormalDist().inv_cdf(1 - tail) * deviation)
    else:
        ranks = [2 * place for place in range(1, before + after + 1)]
        chances = _sums(ranks, after)[after * (after + 1) :: 2]
        cut, chance = 0, float(chances[0])
        while chance <= tail:
            cut += 1
            chance += float(chances[cut])
    return (ratios[cut - 1], ratios[len(ratios) - cut]) if cut > 0 else (None, None)

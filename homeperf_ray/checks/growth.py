"""Growth: how fast something fills up, and when it will be full, with an interval. Pure arithmetic over a history.

The slope is the Theil-Sen estimate: the median of the slopes between all pairs of points, which a third of bad points
cannot move (Sen, "Estimates of the Regression Coefficient Based on Kendall's Tau", JASA 63, 1968). Its interval is
Sen's, from the variance of Kendall's S, which is widened for what follows in a row from what came before (Hamed and
Rao, "A modified Mann-Kendall trend test for autocorrelated data", Journal of Hydrology 204, 1998).

What comes in bursts, or wanders, keeps what it has gained: there the past says less than so many points would, and the
interval is that of the mean of the steps as well (Student's t), whichever is wider.

A trend is what has been. Whether it goes on is told by its records, the readings that are higher than all before: when
there has been none for more than twice as long as ever between two of them, it has stopped. What has fallen back from
more than there is now may do so again: until it is past the height from which it fell, it is not certain to grow. And
what has grown only lately is judged by the last days alone.

The time to full is a prediction: what comes in bursts will do so on the way, too, and its interval is wider for that.
"""

from __future__ import annotations

import bisect
import itertools
import math
from collections.abc import Sequence
from statistics import NormalDist, median, stdev

import msgspec

DAY = 86_400.0

LEAST_POINTS = 8
"""Fewer points than this have no trend."""

LEAST_SPAN = 3 * DAY
"""A history that is shorter than this, in seconds, has no trend: volumes breathe with the day."""

MOST_POINTS = 90
"""Longer histories are thinned to so many medians, since all pairs are looked at."""

CLINGING = 0.3
"""Correlation of neighbours, the trend apart, from which on a history is one of steps."""

CONFIDENCE = 0.95

LATELY = 7 * DAY
"""The stretch by which growth is judged that has begun lately, in seconds."""

LEAST_QUIET = 2
"""Points without a record that mean nothing yet."""

RECORD = 0.25
"""A record is higher than the one before by so much of what the trend brings from point to point."""

FALLEN = 0.25
"""A fall is one by so much of what has been gained on the whole: less is noise."""

NOW = 3
"""So many readings tell how it is now."""

PAST = 0.1
"""What is by so much of the fall above the height from which it fell is past it."""

_Z = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)


class Growth(msgspec.Struct, frozen=True, kw_only=True):
    """``per_day`` in the unit of the history, between ``low`` and ``high`` with a confidence of 95 %.

    ``span`` is the length in days of what it was told from, ``points`` what that was thinned to. ``unrest`` is how far
    the values stray from the trend in a day, where they keep it (a standard deviation that grows with the root of
    time); 0 where they come back, by about ``noise``, a standard deviation. ``level`` is where they are at the end,
    going by the last day and not by the last reading. ``quiet`` is for how many days it has not risen, where it has
    stopped, else 0. ``fell`` is whether it is below a height from which it has fallen.
    """

    per_day: float
    low: float
    high: float
    points: int
    span: float
    level: float = 0.0
    noise: float = 0.0
    unrest: float = 0.0
    quiet: float = 0.0
    fell: bool = False

    @property
    def certain(self) -> bool:
        """Whether it grows at all, and will go on: the interval is above zero, it has not stopped, it will not fall."""
        return self.low > 0 and not self.quiet and not self.fell


class TimeToFull(msgspec.Struct, frozen=True, kw_only=True):
    """Days until nothing is left: most likely ``days``, between ``soonest`` and ``latest`` (None for never)."""

    days: float
    soonest: float
    latest: float | None


def growth(times: Sequence[float], values: Sequence[float], *, window: float = math.inf) -> Growth | None:
    """The trend of ``values`` at ``times`` (seconds, in any order); None where there is too little to tell one.

    It is told from the last ``window`` seconds; what was before is remembered for how it fell.
    """
    history = sorted(point for point in zip(times, values, strict=True) if all(map(math.isfinite, point)))
    if not history:
        return None
    memory = thinned(history)
    begin = history[-1][0] - window
    daily = begin <= history[0][0] or window >= DAY * (LEAST_POINTS + 1)
    whole = _trend([point for point in memory if point[0] >= begin] if daily else thinned(_last(history, window)))
    if whole is None:
        return None
    if whole.span >= 2 * LATELY / DAY:
        new = _trend(thinned(_last(history, LATELY)))
        if new and new.certain and new.low > whole.high and _falls(memory)[0] < FALLEN * new.per_day * new.span:
            whole = new
    late = (history[-1][0] - memory[-1][0]) / DAY
    return msgspec.structs.replace(whole, level=memory[-1][1] + whole.per_day * late, fell=_fell(memory, whole))


def _now(history: list[tuple[float, float]]) -> tuple[float, float]:
    """The median of the last readings: what has fallen just now does not show in its day yet."""
    return history[-1][0], median(value for _, value in history[-NOW:])


def _last(history: list[tuple[float, float]], seconds: float) -> list[tuple[float, float]]:
    return history[bisect.bisect_left(history, (history[-1][0] - seconds,)) :]


def _trend(points: list[tuple[float, float]]) -> Growth | None:
    """The trend of points that are thinned already."""
    if len(points) < LEAST_POINTS or points[-1][0] - points[0][0] < LEAST_SPAN:
        return None
    slopes = sorted(
        (later[1] - earlier[1]) / (later[0] - earlier[0])
        for number, earlier in enumerate(points)
        for later in points[number + 1 :]
    )
    slope = _middle(slopes)
    residuals = [value - slope * time for time, value in points]
    margin = _Z * math.sqrt(_variance(residuals))
    pairs = len(slopes)
    low = slopes[max(math.floor((pairs - margin) / 2), 0)]
    high = slopes[min(math.ceil((pairs + margin) / 2), pairs - 1)]
    middle = median(residuals)
    noise, unrest = 1.4826 * median(abs(residual - middle) for residual in residuals), 0.0
    if _clinging(residuals):
        least, most = _by_steps(points)
        low, high = min(low, least), max(high, most)
        noise, unrest = 0.0, _unrest(points, slope)
    return Growth(
        per_day=slope * DAY,
        low=low * DAY,
        high=high * DAY,
        points=len(points),
        span=(points[-1][0] - points[0][0]) / DAY,
        noise=noise,
        unrest=unrest * math.sqrt(DAY),
        quiet=_quiet(points, slope) / DAY if low > 0 else 0.0,
    )


def _quiet(points: Sequence[tuple[float, float]], slope: float) -> float:
    """Seconds since the last record, where that is longer than it ever took; else 0."""
    step = slope * (points[-1][0] - points[0][0]) / (len(points) - 1)
    last, longest = 0, 1
    for number, (_, value) in enumerate(points):
        if value > points[last][1] + RECORD * step:
            longest, last = max(longest, number - last if last else 1), number
    silent = len(points) - 1 - last
    return points[-1][0] - points[last][0] if silent > max(2 * longest, LEAST_QUIET) else 0.0


def _fell(points: Sequence[tuple[float, float]], found: Growth) -> bool:
    """Whether the values are below a height from which they have fallen by much of what they gain.

    A day's growth is added to that height, since a point is the middle of a day.
    """
    fall, height = _falls(points)
    return fall > FALLEN * found.per_day * found.span and points[-1][1] < height + PAST * fall + found.per_day


def _falls(points: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """The greatest fall from what had been the highest value until then, and that value."""
    values = [value for _, value in points]
    highest = list(itertools.accumulate(values, max))
    return max((high - value, high) for high, value in zip(highest, values, strict=True))


def _unrest(points: Sequence[tuple[float, float]], slope: float) -> float:
    """The standard deviation of what a second brings beside the trend, as of a random walk."""
    steps = [(later[0] - earlier[0], later[1] - earlier[1]) for earlier, later in itertools.pairwise(points)]
    return math.sqrt(sum((rise - slope * time) ** 2 for time, rise in steps) / sum(time for time, _ in steps))


def time_to_full(found: Growth, left: float) -> TimeToFull | None:
    """When ``left``, in the unit of the history, is used up; None for what may well not grow.

    The ends are where the trend at an end of its interval meets ``left``, give or take the noise, and an unrest that
    adds up to its root of time: the roots of (m T - left)^2 = (d T)^2 + (z u)^2 T, with d from the trend m to that end.
    """
    if not found.certain:
        return None
    left = max(left, 0.0)
    return TimeToFull(
        days=left / found.per_day,
        soonest=_met(found, max(left - _Z * found.noise, 0.0), found.high - found.per_day)[0],
        latest=_met(found, left + _Z * found.noise, found.per_day - found.low)[1],
    )


def _met(found: Growth, left: float, aside: float) -> tuple[float, float]:
    """Both roots, the second one meaning nothing where ``aside`` is more than the trend."""
    square = found.per_day**2 - aside**2
    half = found.per_day * left + (_Z * found.unrest) ** 2 / 2
    root = half + math.sqrt(max(half**2 - square * left**2, 0.0))
    return left**2 / root if root else 0.0, root / square if square > 0 else math.inf


def thinned(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Medians over equal stretches of time, of ascending points, one for each that has any.

    A stretch is a day, which evens out what comes with the day; less in a short history, and more in a long one.
    """
    if not points:
        return []
    begin, end = points[0][0], points[-1][0]
    width = max((end - begin) / MOST_POINTS, min(DAY, (end - begin) / (LEAST_POINTS + 1)), 1.0)
    found: list[tuple[float, float]] = []
    start, count = 0, len(points)
    while start < count:
        number = int((points[start][0] - begin) / width)
        stop = bisect.bisect_left(points, number + 1, start, key=lambda point: int((point[0] - begin) / width))
        inside = points[start:stop]
        found.append((_middle([time for time, _ in inside]), _middle(sorted(value for _, value in inside))))
        start = stop
    return found


def _middle(ordered: Sequence[float]) -> float:
    """The median of ascending values."""
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def _variance(residuals: Sequence[float]) -> float:
    """The variance of Kendall's S: as if points were independent, times Hamed and Rao's correction."""
    count = len(residuals)
    independent = count * (count - 1) * (2 * count + 5) / 18
    bound = _Z / math.sqrt(count)
    correction = 0.0
    for lag in range(1, count // 2):
        correlation = _correlation(residuals, lag)
        if abs(correlation) > bound:
            correction += (count - lag) * (count - lag - 1) * (count - lag - 2) * correlation
    return independent * max(1 + 2 * correction / (count * (count - 1) * (count - 2)), 1.0)


def _clinging(residuals: Sequence[float]) -> bool:
    """Whether neighbours are alike; the estimate is corrected for the trend that was taken out (Kendall, 1954)."""
    count = len(residuals)
    correlation = _correlation(residuals, 1)
    return correlation + (1 + 4 * max(correlation, 0.0)) / count > CLINGING


def _by_steps(points: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """The interval of the mean slope, the steps from point to point taken as independent."""
    paired = list(itertools.pairwise(points))
    steps = [(later[1] - earlier[1]) / (later[0] - earlier[0]) for earlier, later in paired]
    middle = (points[-1][1] - points[0][1]) / (points[-1][0] - points[0][0])
    margin = _student(len(steps) - 1) * stdev(steps) / math.sqrt(len(steps))
    return middle - margin, middle + margin


def _student(freedom: int) -> float:
    """The quantile of Student's t at ``CONFIDENCE``, by Cornish and Fisher (Abramowitz and Stegun, 26.7.5)."""
    first = (_Z**3 + _Z) / 4
    second = (5 * _Z**5 + 16 * _Z**3 + 3 * _Z) / 96
    third = (3 * _Z**7 + 19 * _Z**5 + 17 * _Z**3 - 15 * _Z) / 384
    return _Z + first / freedom + second / freedom**2 + third / freedom**3


def _correlation(values: Sequence[float], lag: int) -> float:
    """The correlation of ranks with those ``lag`` points later; 0 where all are equal."""
    ranks = _ranks(values)
    middle = sum(ranks) / len(ranks)
    deviations = [rank - middle for rank in ranks]
    spread = sum(deviation * deviation for deviation in deviations)
    return (
        sum(one * other for one, other in zip(deviations, deviations[lag:], strict=False)) / spread if spread else 0.0
    )


def _ranks(values: Sequence[float]) -> list[float]:
    """Ranks from 1; equal values share the mean of theirs."""
    order = sorted(range(len(values)), key=values.__getitem__)
    ranks = [0.0] * len(values)
    start = 0
    while start < len(order):
        end = start
        while end + 1 < len(order) and values[order[end + 1]] == values[order[start]]:
            end += 1
        for position in range(start, end + 1):
            ranks[order[position]] = (start + end) / 2 + 1
        start = end + 1
    return ranks

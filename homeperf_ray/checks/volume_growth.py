"""Volumes that fill up: growth told from their history, and the day on which nothing is left.

This is judged where the history is, on the machine from which the check was started, whoever has asked the kubelets.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from homeperf_ray.checks.finding import Judgement, Severity
from homeperf_ray.checks.growth import DAY, Growth, TimeToFull, growth, time_to_full
from homeperf_ray.checks.growth_codes import FILLS, FILLS_SOON, INODES, INODES_SOON, NAME
from homeperf_ray.checks.thresholds import Limits, Thresholds
from homeperf_ray.checks.verdict import Verdict
from homeperf_ray.timings.volume_history import History

WINDOW = 30.0
"""Growth is told from the last so many days."""

MEMORY = 90.0
"""For so many days it is remembered how a volume fell."""

WEEK = 7.0
"""Nobody is warned by a history that is shorter than this, in days: much comes and goes with the week."""

YEAR = 365.0

ALIKE = 0.0001
"""Histories are those of one file system where they are never farther apart than this share of their size: more than
is written while one claim is measured after the other, less than replicas of the same data differ by.
"""

_MOMENT = 3 * 3_600


class Trend(msgspec.Struct, frozen=True, kw_only=True):
    """Where one volume is going. ``growth`` and ``inodes`` are None where the history tells nothing yet; so are
    ``full`` and ``inodes_out`` for what does not surely grow.
    """

    history: History
    growth: Growth | None
    full: TimeToFull | None
    inodes: Growth | None
    inodes_out: TimeToFull | None

    @property
    def span(self) -> float:
        """Days from the first reading to the last."""
        return (self.history.latest.taken - self.history.times[0]) / DAY


def trend_of(history: History, *, window: float = WINDOW) -> Trend:
    """Tell where a volume is going, from its last ``window`` days. What is full already is going nowhere."""
    latest = history.latest
    size = growth(history.times, history.used, window=window * DAY)
    free = latest.inodes - latest.inodes_used
    inodes = growth(history.times, history.inodes_used, window=window * DAY) if _may_run_out(history, free) else None
    return Trend(
        history=history,
        growth=size,
        full=_end(size, latest.available, latest.used),
        inodes=inodes,
        inodes_out=_end(inodes, free, latest.inodes_used),
    )


def _end(found: Growth | None, left: int, used: int) -> TimeToFull | None:
    """When nothing is left. A reading that is higher than the readings of its day is taken for one of them."""
    if found is None or left <= 0:
        return None
    return time_to_full(found, left + max(used - found.level, 0.0))


def _may_run_out(history: History, free: int) -> bool:
    """Whether inodes could be used up within a year, going by all that they have moved."""
    moved = max(history.inodes_used) - min(history.inodes_used)
    return 0 < free * (history.times[-1] - history.times[0]) < YEAR * DAY * moved


def judge_growth(trends: Iterable[Trend], thresholds: Thresholds) -> Judgement:
    """Volumes that will be full, or out of inodes, soon.

    What decides is the last day that the interval leaves, so that noise warns of nothing; growth that has stopped warns
    of nothing either, nor does a history of less than a week. Claims on one file system are one finding.
    """
    known = list(trends)
    verdict = Verdict(NAME, "storage", len(known))
    warned = [trend for trend in known if _is_warned_of(trend, thresholds)]
    for group in one_file_system(warned):
        limits = [_limits(trend, thresholds) for trend in group]
        soonest = max(range(len(group)), key=lambda number: limits[number].growth_critical)
        _judge(verdict, group[soonest], limits[soonest], [one for one in group if one is not group[soonest]])
    short = sum(trend.span < WEEK for trend in known)
    if short:
        verdict.note(
            f"growth of {short} of {len(known)} volumes is not judged: their history is shorter than a week; "
            "every check with --kubelet adds to it"
        )
    return verdict.judgement()


def one_file_system(trends: Iterable[Trend]) -> list[list[Trend]]:
    """Trends grouped by the file system that they are about: an export without quotas shows every claim the whole.

    It is known by its size and by how it moves, so that one that stands still is told apart from no other.
    """
    groups: list[list[Trend]] = []
    known: dict[tuple[str, int, int, int], list[list[Trend]]] = {}
    for trend in trends:
        history, latest = trend.history, trend.history.latest
        apart = max(ALIKE * latest.capacity, 1.0)
        moves = max(history.used) - min(history.used) > 10 * apart
        size, place = (history.server, latest.capacity, latest.inodes), int(latest.used / apart)
        near = [group for step in (-1, 0, 1) for group in known.get((*size, place + step), ())] if moves else []
        mine = next((group for group in near if _alike(group[0].history, history)), None)
        if mine is not None:
            mine.append(trend)
            continue
        groups.append([trend])
        if moves:
            known.setdefault((*size, place), []).append(groups[-1])
    return groups


def _alike(one: History, other: History) -> bool:
    """Whether two histories of one size are always as full as each other."""
    apart, inodes_apart = ALIKE * one.latest.capacity, ALIKE * one.latest.inodes
    if one.times[0] // _MOMENT == other.times[0] // _MOMENT and abs(one.used[0] - other.used[0]) > apart:
        return False
    known = {at // _MOMENT: values for at, *values in zip(one.times, one.used, one.inodes_used, strict=True)}
    its = {at // _MOMENT: values for at, *values in zip(other.times, other.used, other.inodes_used, strict=True)}
    both = known.keys() & its.keys()
    return len(both) > min(len(known), len(its)) / 2 and all(
        abs(known[at][0] - its[at][0]) <= apart and abs(known[at][1] - its[at][1]) <= inodes_apart for at in both
    )


def severity(trend: Trend, thresholds: Thresholds) -> Severity | None:
    """How a check would find it: None where it is well."""
    if not _is_warned_of(trend, thresholds):
        return None
    critical = _limits(trend, thresholds).growth_critical
    return "critical" if any(_within(trend, told, critical) for told in (trend.full, trend.inodes_out)) else "warning"


def _is_warned_of(trend: Trend, thresholds: Thresholds) -> bool:
    limits = _limits(trend, thresholds)
    days = max(limits.growth_warning, limits.growth_critical)
    return any(_within(trend, told, days) for told in (trend.full, trend.inodes_out))


def _limits(trend: Trend, thresholds: Thresholds) -> Limits:
    return thresholds.at("PersistentVolumeClaim", _row(trend))


def _row(trend: Trend) -> dict[str, Any]:
    latest = trend.history.latest
    return {"namespace": latest.namespace, "name": latest.claim, "storage_class": latest.storage_class}


def _within(trend: Trend, told: TimeToFull | None, days: float) -> bool:
    """Whether it surely comes within so many days, and no later than the history goes back."""
    return bool(told and told.latest is not None and told.latest <= min(days, trend.span) and trend.span >= WEEK)


def _judge(verdict: Verdict, trend: Trend, limits: Limits, others: Sequence[Trend]) -> None:
    shared = _shared(others)
    for found, told, soon, later in (
        (trend.growth, trend.full, FILLS_SOON, FILLS),
        (trend.inodes, trend.inodes_out, INODES_SOON, INODES),
    ):
        if not (found and told and _within(trend, told, max(limits.growth_warning, limits.growth_critical))):
            continue
        code = soon if _within(trend, told, limits.growth_critical) else later
        what = grows(found) if later is FILLS else f"uses up {counted(found)} inodes a day"
        end = "full" if later is FILLS else "none left"
        verdict.found(code, "PersistentVolumeClaim", _row(trend), f"{what}, {end} in {until(told)}{shared}")


def _shared(others: Sequence[Trend]) -> str:
    if not others:
        return ""
    names = sorted(f"{one.history.latest.namespace}/{one.history.latest.claim}" for one in others)
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return f"; {', '.join(names[:3])}{more} {'is' if len(names) == 1 else 'are'} on the same file system"


def grows(found: Growth) -> str:
    """``grows 1.2 GiB a day (0.9 to 1.5)``."""
    unit, name = _unit(found)
    low, high = _size(found.low / unit), _size(found.high / unit)
    return f"grows {_size(found.per_day / unit)} {name} a day ({low} to {high})"


def counted(found: Growth) -> str:
    """``1,200 (900 to 1,500)``."""
    return f"{found.per_day:,.0f} ({found.low:,.0f} to {found.high:,.0f})"


def until(told: TimeToFull) -> str:
    """``11 days (9 to 15)``; what is more than a year away is not told more exactly."""
    if told.days > YEAR:
        return "over a year"
    if told.latest is not None and told.latest < 2:
        hours = [round(24 * days) for days in (told.days, told.soonest, told.latest)]
        return f"{hours[0]} hours ({hours[1]} to {hours[2]})"
    latest = " to over a year" if told.latest is None or told.latest > YEAR else f" to {_number(told.latest)}"
    return f"{_number(told.days)} days ({_number(told.soonest)}{latest})"


def _unit(found: Growth) -> tuple[float, str]:
    units = ((2.0**40, "TiB"), (2.0**30, "GiB"), (2.0**20, "MiB"))
    return next(((unit, name) for unit, name in units if abs(found.per_day) >= unit), (2.0**10, "KiB"))


def _size(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 10 else f"{value:.1f}"


def _number(value: float) -> str:
    return _size(value).removesuffix(".0")

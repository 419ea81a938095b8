"""Volumes that fill up: growth told from their history, and the day on which nothing is left.

This is judged where the history is, on the machine from which the check was started, whoever has asked the kubelets.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from homeperf_ray.checks.finding import Judgement
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
        return (self.history.times[-1] - self.history.times[0]) / DAY


def trend_of(history: History, *, window: float = WINDOW) -> Trend:
    """Tell where a volume is going, from its last ``window`` days. What is full already is going nowhere."""
    latest = history.latest
    size = growth(history.times, history.used, window=window * DAY)
    inodes = growth(history.times, history.inodes_used, window=window * DAY) if latest.inodes else None
    free = latest.inodes - latest.inodes_used
    return Trend(
        history=history,
        growth=size,
        full=time_to_full(size, latest.available) if size and latest.available > 0 else None,
        inodes=inodes,
        inodes_out=time_to_full(inodes, free) if inodes and free > 0 else None,
    )


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


def one_file_system(trends: Sequence[Trend]) -> list[list[Trend]]:
    """Trends grouped by the file system that they are about: an export without quotas shows every claim the whole."""
    groups: list[list[Trend]] = []
    for trend in trends:
        mine = next((group for group in groups if _alike(group[0].history, trend.history)), None)
        if mine is None:
            groups.append([trend])
        else:
            mine.append(trend)
    return groups


def _alike(one: History, other: History) -> bool:
    """Whether two histories are those of one file system: of one size, and always as full as each other."""
    size, inodes = one.latest.capacity, one.latest.inodes
    if (other.server, other.latest.capacity, other.latest.inodes) != (one.server, size, inodes):
        return False
    known = {at // _MOMENT: values for at, *values in zip(one.times, one.used, one.inodes_used, strict=True)}
    its = {at // _MOMENT: values for at, *values in zip(other.times, other.used, other.inodes_used, strict=True)}
    both = known.keys() & its.keys()
    return len(both) > min(len(known), len(its)) / 2 and all(
        abs(known[at][0] - its[at][0]) <= ALIKE * size and abs(known[at][1] - its[at][1]) <= ALIKE * inodes
        for at in both
    )


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
    low, high = _number(found.low / unit), _number(found.high / unit)
    return f"grows {_number(found.per_day / unit)} {name} a day ({low} to {high})"


def counted(found: Growth) -> str:
    """``1,200 (900 to 1,500)``."""
    return f"{found.per_day:,.0f} ({found.low:,.0f} to {found.high:,.0f})"


def until(told: TimeToFull) -> str:
    """``11 days (9 to 15)``."""
    if told.latest is not None and told.latest < 2:
        hours = [round(24 * days) for days in (told.days, told.soonest, told.latest)]
        return f"{hours[0]} hours ({hours[1]} to {hours[2]})"
    latest = "" if told.latest is None else f" to {_number(told.latest)}"
    return f"{_number(told.days)} days ({_number(told.soonest)}{latest})"


def _unit(found: Growth) -> tuple[float, str]:
    units = ((2.0**40, "TiB"), (2.0**30, "GiB"), (2.0**20, "MiB"))
    return next(((unit, name) for unit, name in units if abs(found.per_day) >= 0.1 * unit), (2.0**10, "KiB"))


def _number(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 10 else f"{value:.1f}".removesuffix(".0")

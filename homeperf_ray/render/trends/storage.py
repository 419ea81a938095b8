"""Volumes' trends: a line a claim, worst first, as wide as the terminal; or one JSON object."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import Any, NamedTuple

import click
import msgspec

from homeperf_ray.checks.finding import Severity
from homeperf_ray.checks.growth import DAY, Growth, TimeToFull
from homeperf_ray.checks.sizes import size
from homeperf_ray.checks.verdict import ago
from homeperf_ray.checks.volume_growth import Trend, until
from homeperf_ray.render.escape import safe
from homeperf_ray.render.headline import COLOURS
from homeperf_ray.render.sparkline import sparkline
from homeperf_ray.render.volumes import used_share
from homeperf_ray.render.width import cells, cut

NARROWEST = 40

STALE = 2 * DAY
"""A claim that has not been seen for so long, in seconds, is marked."""


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One file system: its trend, how a check would find it, and the other claims on it.

    ``unseen`` is for how many seconds no check has seen it.
    """

    trend: Trend
    unseen: float
    severity: Severity | None
    others: tuple[Trend, ...] = ()

    @property
    def full(self) -> bool:
        """Whether nothing is left, as far as was seen lately."""
        return self.trend.history.latest.available <= 0 and self.unseen <= STALE


class Shape(NamedTuple):
    """What there is room for: how wide the drawing is, whether growth, intervals and the size are shown."""

    drawing: int
    growth: bool
    growth_interval: bool
    size: bool
    full_interval: bool


SHAPES = (
    Shape(30, growth=True, growth_interval=True, size=True, full_interval=True),
    Shape(20, growth=True, growth_interval=True, size=True, full_interval=True),
    Shape(14, growth=True, growth_interval=False, size=True, full_interval=True),
    Shape(8, growth=True, growth_interval=False, size=True, full_interval=True),
    Shape(8, growth=True, growth_interval=False, size=False, full_interval=True),
    Shape(0, growth=True, growth_interval=False, size=False, full_interval=True),
    Shape(0, growth=False, growth_interval=False, size=False, full_interval=True),
    Shape(0, growth=False, growth_interval=False, size=False, full_interval=False),
)
"""From the widest terminal to the narrowest."""


def lines(found: Sequence[Line], *, days: float, now: float, width: int) -> Iterator[str]:
    """A table a cluster. ``now`` is Unix time in seconds, ``width`` columns."""
    width = max(width, NARROWEST)
    for number, (_, group) in enumerate(groupby(found, key=lambda line: line.trend.history.server)):
        if number:
            yield ""
        yield from _cluster(list(group), days, now, width)


def _cluster(found: list[Line], days: float, now: float, width: int) -> Iterator[str]:
    yield _headline(found, days)
    rows, room = _fitted(found, days, now, width)
    for row in rows:
        name, *others = row.cells
        shown = cut(name, room)
        yield (_styled(row, shown + " " * (room - cells(shown)), others)).rstrip()


class _Row(NamedTuple):
    cells: list[str]
    line: Line | None


def _fitted(found: list[Line], days: float, now: float, width: int) -> tuple[list[_Row], int]:
    """The rows in the richest shape that leaves room for the names, and that room."""
    for shape in SHAPES:
        rows = [_Row(_head(shape), None), *(_Row(_cells(line, shape, days, now), line) for line in found)]
        longest = max(cells(row.cells[0]) for row in rows)
        widths = [max(cells(row.cells[place]) for row in rows) for place in range(1, len(rows[0].cells))]
        room = width - sum(widths) - 2 * len(widths)
        if room >= min(longest, 24) or shape is SHAPES[-1]:
            padded = [_Row([row.cells[0], *_padded(row.cells[1:], widths, 1 + shape.size)], row.line) for row in rows]
            return padded, max(min(room, longest), 8)
    raise AssertionError


def _padded(texts: Sequence[str], widths: Sequence[int], right: int) -> list[str]:
    """The texts in columns, the first ``right`` of them at the right, and nothing behind the last one."""
    *columns, end = [
        " " * (width - cells(text)) + text if number < right else text + " " * (width - cells(text))
        for number, (text, width) in enumerate(zip(texts, widths, strict=True))
    ]
    return [*columns, end.rstrip()]


def _styled(row: _Row, name: str, others: Sequence[str]) -> str:
    if row.line is None:
        return click.style("  ".join([name, *others]).rstrip(), dim=True)
    severity = "critical" if row.line.full else row.line.severity
    colour = COLOURS[severity] if severity else None
    *middle, end = others
    return "  ".join([click.style(name, fg=colour, bold=colour is not None), *middle, click.style(end, fg=colour)])


def _headline(found: Sequence[Line], days: float) -> str:
    """The cluster, how far back its history goes, and how many volumes are filling up."""
    histories = [line.trend.history for line in found]
    claims = sum(1 + len(line.others) for line in found)
    back = (max(one.latest.taken for one in histories) - min(one.times[0] for one in histories)) / DAY
    counts = [
        click.style(f"{count} {said}", fg=COLOURS[severity], bold=True)
        for severity, said, count in (
            ("critical", "full", sum(line.full for line in found)),
            ("critical", "full within days", sum(line.severity == "critical" for line in found)),
            ("warning", "filling up", sum(line.severity == "warning" for line in found)),
        )
        if count
    ]
    context = histories[0].context or histories[0].server
    said = ", ".join(counts) or "none fills up soon"
    shown = f"{claims} volume{'s' * (claims != 1)}, {min(days, back):.1f} of {back:.1f} days of history"
    return f"{safe(context)}: {shown}: {said}"


def _head(shape: Shape) -> list[str]:
    head = ["CLAIM", "USE"]
    head += ["SIZE"] if shape.size else []
    head += [_drawing_head(shape.drawing)] if shape.drawing else []
    head += ["GROWTH A DAY"] if shape.growth else []
    return [*head, "FULL IN"]


def _drawing_head(width: int) -> str:
    return "THEN" + " " * (width - 7) + "NOW"


def _cells(line: Line, shape: Shape, days: float, now: float) -> list[str]:
    trend, history = line.trend, line.trend.history
    latest = history.latest
    found = [_name(line), f"{used_share(latest) or 0.0:.0f}%"]
    found += [size(latest.capacity)] if shape.size else []
    if shape.drawing:
        found.append(
            sparkline(
                history.times,
                history.used,
                since=now - days * DAY,
                until=now,
                width=shape.drawing,
                whole=latest.capacity,
            )
        )
    found += [_growth(trend.growth, interval=shape.growth_interval)] if shape.growth else []
    return [*found, _end(line, interval=shape.full_interval)]


def _name(line: Line) -> str:
    latest = line.trend.history.latest
    more = f" (+{len(line.others)} on it)" if line.others else ""
    return f"{safe(latest.namespace)}/{safe(latest.claim)}{more}"


def _growth(found: Growth | None, *, interval: bool) -> str:
    if found is None:
        return "-"
    if not interval:
        return _signed(found.per_day)
    low, high = sorted((found.low, found.high))
    return f"{_signed(found.per_day)} ({_signed(low)} to {_signed(high)})"


def _end(line: Line, *, interval: bool) -> str:
    """When nothing is left, or why that is not told."""
    trend = line.trend
    if line.unseen > STALE:
        return f"not seen for {ago(line.unseen)}"
    told, what = _sooner(trend)
    if told:
        return (until(told) if interval else until(told).partition(" (")[0]) + what
    if line.full:
        return "full"
    if trend.growth is None:
        return f"history: {trend.span:.1f} days"
    return _calm(trend.growth)


def _sooner(trend: Trend) -> tuple[TimeToFull | None, str]:
    ends = [(told, what) for told, what in ((trend.full, ""), (trend.inodes_out, ": inodes")) if told]
    return min(ends, key=lambda end: end[0].days, default=(None, ""))


def _calm(found: Growth) -> str:
    if found.low <= 0:
        return "no sure growth"
    return f"stopped {found.quiet:.0f} days ago" if found.quiet else "fell back before"


def worst_first(line: Line) -> tuple[str, str, int, float, float, str, str]:
    """The order: by cluster, then what a check would find, then by the day on which it is full, then by use.

    What was not seen lately stands at the end.
    """
    history, (told, _) = line.trend.history, _sooner(line.trend)
    rank = 0 if line.full else {"critical": 0, "warning": 1}.get(line.severity or "", 2)
    rank = 3 if line.unseen > STALE else rank
    latest = history.latest
    end = 0.0 if line.full else told.days if told else float("inf")
    return history.context, history.server, rank, end, -(used_share(latest) or 0.0), latest.namespace, latest.claim


def as_json(found: Sequence[Line], *, days: float, now: float, left_out: Sequence[tuple[str, str]]) -> str:
    """One object: ``timestamp``, ``days``, ``volumes`` (a list, worst first) and ``left_out`` (files not read)."""
    document = {
        "timestamp": _iso(now),
        "days": days,
        "volumes": [_volume(line) for line in found],
        "left_out": [{"path": path, "reason": reason} for path, reason in left_out],
    }
    return json.dumps(document, indent=2)


def _volume(line: Line) -> dict[str, Any]:
    trend, history = line.trend, line.trend.history
    latest = history.latest
    return {
        "context": history.context,
        "namespace": latest.namespace,
        "claim": latest.claim,
        "volume": latest.volume,
        "storage_class": latest.storage_class,
        "node": latest.node,
        "severity": line.severity,
        "last_seen": _iso(latest.taken),
        "capacity_bytes": latest.capacity,
        "used_percent": round(used_share(latest) or 0.0, 1),
        "used_bytes": latest.used,
        "available_bytes": latest.available,
        "inodes": latest.inodes,
        "inodes_used": latest.inodes_used,
        "history": {"since": _iso(history.times[0]), "days": round(trend.span, 2), "readings": len(history.times)},
        "growth_bytes_per_day": _told(trend.growth),
        "days_to_full": _days(trend.full),
        "growth_inodes_per_day": _told(trend.inodes),
        "days_to_no_inodes": _days(trend.inodes_out),
        "same_file_system": [f"{one.history.latest.namespace}/{one.history.latest.claim}" for one in line.others],
    }


def _told(found: Growth | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "estimate": round(found.per_day, 3),
        "low": round(found.low, 3),
        "high": round(found.high, 3),
        "certain": found.certain,
        "told_from_days": round(found.span, 2),
        "quiet_days": round(found.quiet, 2),
        "fell_back": found.fell,
    }


def _days(told: TimeToFull | None) -> dict[str, Any] | None:
    if told is None:
        return None
    latest = None if told.latest is None else round(told.latest, 2)
    return {"estimate": round(told.days, 2), "soonest": round(told.soonest, 2), "latest": latest}


def _iso(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _signed(count: float) -> str:
    sign = "-" if count < 0 else "+"
    return "0" if abs(count) < 1 else f"{sign}{size(abs(count))}"

"""Schedules of CronJobs: how many runs were due."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import takewhile
from zoneinfo import ZoneInfo

_MACROS = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_OFFSETS = [timedelta(minutes=minutes) for minutes in range(-12 * 60, 14 * 60 + 1, 30)]
"""Every offset from UTC that a clock on earth has, to the half hour."""


def runs_due(schedule: str, zone: str | None, since: datetime, until: datetime, *, most: int) -> int:
    """How many runs were due after ``since`` and not after ``until`` (UTC, aware), counted up to ``most``.

    Without a time zone it is that of the controller manager, which nobody tells: then the fewest of all counts. 0 for
    what is no schedule in five fields.
    """
    head, _, rest = schedule.partition(" ")
    if head.startswith(("TZ=", "CRON_TZ=")):
        zone, schedule = head.partition("=")[2], rest
    fields = _MACROS.get(schedule.strip(), schedule).replace("?", "*")
    if zone:
        offset = _offset(zone, since)
        return 0 if offset is None else _due(fields, since, until, offset, most)
    if _due(fields, since + _OFFSETS[-1], until + _OFFSETS[0], timedelta(), most) >= most:
        return most  # what was due in the time that all zones' windows share was due in each
    fewest = _due(fields, since, until, timedelta(), most)
    for offset in _OFFSETS:
        if not fewest:
            break
        fewest = min(fewest, _due(fields, since, until, offset, most))
    return fewest


def _offset(zone: str, moment: datetime) -> timedelta | None:
    try:
        return ZoneInfo(zone).utcoffset(moment)
    except (OSError, ValueError, KeyError):
        return None


def _due(fields: str, since: datetime, until: datetime, offset: timedelta, most: int) -> int:
    """The clock's change between summer and winter is left out: it moves a run by an hour."""
    from cronsim import CronSim, CronSimError

    start, end = (moment.replace(tzinfo=None) + offset for moment in (since, until))
    try:
        runs = CronSim(fields, start)
        return sum(1 for _ in zip(range(most), takewhile(lambda run: run <= end, runs), strict=False))
    except CronSimError:
        return 0

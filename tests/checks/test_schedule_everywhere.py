"""Without a time zone the fewest runs of all zones count, and most schedules tell that without asking each."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from homeperf_ray.checks import schedule

UNTIL = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize("hours", [1, 20, 26, 30, 50, 80, 400])
@pytest.mark.parametrize("fields", ["0 * * * *", "*/5 3 * * *", "0 4 * * *", "0 0 * * 0", "15 2 1 * *"])
def test_it_is_the_fewest_of_every_zone(fields: str, hours: int) -> None:
    since = UNTIL - timedelta(hours=hours)
    every = [schedule._due(fields, since, UNTIL, offset, 2) for offset in schedule._OFFSETS]
    assert schedule.runs_due(fields, None, since, UNTIL, most=2) == min(every)


def test_what_is_long_overdue_is_counted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[timedelta] = []
    due = schedule._due

    def count(fields: str, since: datetime, until: datetime, offset: timedelta, most: int) -> int:
        counted.append(offset)
        return due(fields, since, until, offset, most)

    monkeypatch.setattr(schedule, "_due", count)
    assert schedule.runs_due("0 * * * *", None, UNTIL - timedelta(days=3), UNTIL, most=2) == 2
    assert len(counted) == 1

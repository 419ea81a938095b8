"""How many runs of a schedule were due."""

from datetime import UTC, datetime, timedelta

import pytest

from homeperf_ray.checks.schedule import runs_due

NOON = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def due(schedule, back, zone=None, most=5):
    return runs_due(schedule, zone, NOON - back, NOON, most=most)


@pytest.mark.parametrize(
    ("schedule", "hours", "zone", "count"),
    [
        ("0 3 * * *", 24, "UTC", 1),
        ("0 3 * * *", 48, "Etc/UTC", 2),
        ("0 12 * * *", 24, "UTC", 1),
        ("0 21 * * *", 24, "Asia/Tokyo", 1),
        ("1 21 * * *", 24, "Asia/Tokyo", 1),
        ("*/15 * * * *", 1, "UTC", 4),
        ("*/15 * * * ?", 1, "UTC", 4),
        ("@hourly", 3, "UTC", 3),
        ("@daily", 50, "UTC", 2),
        ("@weekly", 8 * 24, "UTC", 1),
        ("@yearly", 24, "UTC", 0),
        ("CRON_TZ=Europe/Berlin 0 13 * * *", 1, None, 1),
        ("TZ=Europe/Berlin 0 12 * * *", 1, None, 0),
        ("0 0 1 1 *", 24, "UTC", 0),
    ],
)
def test_runs_in_a_time_zone(schedule, hours, zone, count):
    assert due(schedule, hours * HOUR, zone) == count


def test_without_a_time_zone_the_fewest_of_all_count():
    assert due("0 3 * * *", 24 * HOUR) == 1
    assert due("0 3 * * *", 23 * HOUR) == 0, "somewhere it is not three o'clock again"
    assert due("*/10 * * * *", HOUR, most=9) == 6


def test_no_more_are_counted_than_are_asked_for():
    assert due("* * * * *", 1_000 * HOUR, "UTC", most=2) == 2


@pytest.mark.parametrize("schedule", ["", "@every 1h", "every day", "0 3 * *", "99 * * * *", "* * 31 2 *", "\x1b[31m"])
def test_what_is_no_schedule_is_never_due(schedule):
    assert due(schedule, 1_000 * HOUR) == 0


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../../etc/passwd", "\x00", "x" * 5_000])
def test_a_zone_that_nobody_knows(zone):
    assert due("0 3 * * *", 1_000 * HOUR, zone) == 0

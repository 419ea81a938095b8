"""Volumes that fill up, on histories whose truth is known. How often it errs: ``python -m benchmarks.growth``."""

import random

import msgspec
import pytest

from benchmarks.growth import (
    CAPACITY,
    GB,
    cleaned,
    flat,
    fortnightly,
    gaps,
    imported,
    jumps,
    moved,
    nightly,
    resets,
    sawtooth,
    steady,
    stopped,
    sudden,
    volume,
    warned,
    weekly,
)
from homeperf_ray.checks.growth import DAY
from homeperf_ray.checks.thresholds import Override, Thresholds
from homeperf_ray.checks.volume_growth import judge_growth, trend_of

SEEDS = range(5)


def line(per_day, *, days=20.0, until_left=None, noise=0.05, seed=1):
    """A volume that takes ``per_day`` GB; at the end ``until_left`` GB are left."""
    chance = random.Random(seed)
    end = CAPACITY - until_left * GB
    times = [number * 3_600.0 for number in range(int(days * 24) + 1)]
    return times, [end - per_day * GB * (times[-1] - at) / DAY + chance.gauss(0, noise * GB) for at in times]


def judged(*histories, thresholds=None):
    return judge_growth([trend_of(one) for one in histories], thresholds or Thresholds())


@pytest.mark.parametrize(
    ("per_day", "left", "code"), [(2, 10, "HP360"), (2, 30, "HP361"), (0.2, 30, None), (2, 70, None), (-1, 5, None)]
)
def test_what_is_full_in_days_is_critical_and_in_weeks_a_warning(per_day, left, code):
    found = judged(volume(*line(per_day, until_left=left)))
    assert [finding.code for finding in found.findings] == ([code] if code else [])
    assert found.examined == 1


def test_the_message_tells_growth_and_end_with_their_intervals():
    [finding] = judged(volume(*line(2, until_left=20))).findings
    assert finding.object == "PersistentVolumeClaim/data"
    assert finding.message.startswith("grows 1.9 GiB a day (1.9 to 1.9), full in 10 days (9.9 to 10)")
    assert finding.hint == "homeperf trends storage -n media"


def test_inodes_run_out_like_bytes():
    times, values = line(2, until_left=10)
    history = volume(times, [40 * GB] * len(times))
    latest = msgspec.structs.replace(history.latest, inodes=100_000, inodes_used=round(values[-1] / 1e6))
    history = msgspec.structs.replace(history, latest=latest, inodes_used=tuple(round(value / 1e6) for value in values))
    [finding] = judged(history).findings
    assert finding.code == "HP362"
    assert finding.message.startswith("uses up 2,00")
    assert "inodes a day, none left in 5 days" in finding.message


@pytest.mark.parametrize("history", [steady, gaps, sudden])
def test_what_fills_up_is_warned_of_before_it_is_full(history):
    for seed in SEEDS:
        times, values, _ = history(random.Random(seed), 60)
        scaled = [value + CAPACITY - 6 * GB - values[-1] for value in values]
        assert warned(times, scaled, times[-1]), seed


@pytest.mark.parametrize(
    "history",
    [flat, sawtooth, weekly, nightly, imported, cleaned, moved, jumps, resets],
    ids=lambda kind: kind.__name__,
)
def test_what_does_not_fill_up_is_not_warned_of(history):
    for seed in SEEDS:
        times, values, _ = history(random.Random(seed), 60)
        for day in range(40, 60):
            assert not warned(times, values, day * DAY), (seed, day)


def test_what_has_fallen_back_once_is_not_warned_of_below_that_height():
    for seed in SEEDS:
        times, values, _ = fortnightly(random.Random(seed), 60)
        assert not [day for day in range(20, 60) if warned(times, values, day * DAY)]


def test_growth_that_has_stopped_warns_no_more():
    times, values, _ = stopped(random.Random(2), 60)
    assert warned(times, values, 30 * DAY)
    assert not any(warned(times, values, day * DAY) for day in range(34, 60))


def test_a_week_and_no_farther_than_the_history_goes_back():
    times, values = line(2, days=6.9, until_left=10)
    short = judged(volume(times, values))
    assert short.findings == ()
    assert "1 of 1 volumes is not judged: their history is shorter than a week" in short.notes[0]
    assert judged(volume(*line(2, days=8, until_left=10))).findings
    assert not judged(volume(*line(1, days=8, until_left=20))).findings
    assert judged(volume(*line(1, days=22, until_left=20))).findings


def test_two_readings_and_a_full_volume_warn_of_nothing():
    assert not judged(volume([0.0, 20 * DAY], [40 * GB, 95 * GB])).findings
    times, values = line(2, until_left=0, noise=0)
    assert not judged(volume(times, values)).findings


def test_a_resized_volume_keeps_its_growth_and_has_more_room():
    times, values = line(2, until_left=10)
    history = volume(times, values)
    larger = msgspec.structs.replace(
        history.latest, capacity=2 * history.latest.capacity, available=history.latest.available + round(CAPACITY)
    )
    assert judged(history).findings
    grown = msgspec.structs.replace(history, latest=larger)
    assert not judged(grown).findings
    trend = trend_of(grown)
    assert trend.full is not None
    assert 50 < trend.full.days < 60


def test_thresholds_hold_for_some_claims():
    history = volume(*line(2, until_left=20))
    for override in (
        Override(namespace="media", limits=(("growth_warning", 5.0), ("growth_critical", 1.0))),
        Override(object="PersistentVolumeClaim/da*", limits=(("growth_warning", 5.0), ("growth_critical", 1.0))),
    ):
        assert not judged(history, thresholds=Thresholds(overrides=(override,))).findings
    other = Override(namespace="web", limits=(("growth_warning", 5.0), ("growth_critical", 1.0)))
    assert judged(history, thresholds=Thresholds(overrides=(other,))).findings
    [finding] = judged(history, thresholds=Thresholds(growth_critical=15.0, growth_warning=3.0)).findings
    assert finding.code == "HP360"


def test_claims_on_one_file_system_are_one_finding():
    times, values = line(2, until_left=10)
    shares = [volume(times, [value + 1e5 * number for value in values], f"share-{number}") for number in range(6)]
    alone = volume(*line(2, until_left=10, seed=2), "alone")
    found = judged(*shares, alone)
    assert [finding.object for finding in found.findings] == [
        "PersistentVolumeClaim/share-0",
        "PersistentVolumeClaim/alone",
    ]
    assert found.findings[0].message.endswith(
        "; media/share-1, media/share-2, media/share-3 and 2 more are on the same file system"
    )
    assert found.examined == 7


def test_replicas_of_the_same_data_are_no_file_system_in_common():
    times, values = line(2, until_left=10)
    chance = random.Random(3)
    replica = [value + chance.gauss(0, 0.05 * GB) for value in values]
    assert len(judged(volume(times, values, "data-0"), volume(times, replica, "data-1")).findings) == 2

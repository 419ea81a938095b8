"""Growth on histories whose truth is known. How often it errs is measured by ``python -m benchmarks.growth``."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.growth import CAPACITY, GB, bursty, daily, flat, full, noisy, sawtooth, steady, two_points, wandering
from homeperf_ray.checks.growth import DAY, Growth, growth, time_to_full

SEEDS = range(20)


@pytest.mark.parametrize("history", [steady, noisy])
def test_what_fills_up_is_told_with_its_rate(history):
    for seed in SEEDS:
        times, values, truth = history(random.Random(seed), 30)
        found = growth(times, values)
        assert found is not None
        assert found.certain
        assert found.low <= found.per_day <= found.high
        assert abs(found.per_day - truth) < 0.2 * truth


@pytest.mark.parametrize("history", [flat, sawtooth, daily, wandering, full])
def test_what_does_not_fill_up_is_rarely_warned_of(history):
    warned = 0
    for seed in SEEDS:
        times, values, _ = history(random.Random(seed), 30)
        found = growth(times, values)
        assert found is not None
        warned += time_to_full(found, CAPACITY - values[-1]) is not None
    assert warned <= 3


def test_bursts_have_a_wide_interval():
    wide = []
    for seed in SEEDS:
        found = growth(*bursty(random.Random(seed), 30)[:2])
        assert found is not None
        wide.append(found.high - found.low)
    assert min(wide) > 0.2 * GB


def test_two_points_and_short_histories_have_no_trend():
    assert growth(*two_points(random.Random(0), 30)[:2]) is None
    assert growth(*steady(random.Random(0), 2)[:2]) is None
    assert growth([], []) is None
    assert growth([5.0] * 50, list(range(50))) is None


def test_a_third_of_wild_readings_moves_nothing():
    times, values, truth = steady(random.Random(1), 30)
    wild = [0.0 if number % 4 == 0 else value for number, value in enumerate(values)]
    found = growth(times, wild)
    assert found is not None
    assert abs(found.per_day - truth) < 0.1 * truth


def test_the_order_of_readings_does_not_matter():
    times, values, _ = noisy(random.Random(3), 20)
    mixed = list(zip(times, values, strict=True))
    random.Random(4).shuffle(mixed)
    assert growth([at for at, _ in mixed], [value for _, value in mixed]) == growth(times, values)


def test_time_to_full_follows_from_the_interval():
    found = Growth(per_day=2.0, low=1.0, high=4.0, points=20, span=20.0)
    told = time_to_full(found, 40.0)
    assert told is not None
    assert (told.soonest, told.days, told.latest) == (10.0, 20.0, 40.0)
    already = time_to_full(found, -5.0)
    assert already is not None
    assert already.days == 0.0
    assert time_to_full(Growth(per_day=2.0, low=-0.1, high=4.0, points=20, span=20.0), 40.0) is None


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(0, 100 * DAY), st.floats(0, 1e15) | st.just(float("nan")) | st.just(float("inf"))),
        max_size=60,
    )
)
def test_no_history_is_too_odd(points):
    found = growth([at for at, _ in points], [value for _, value in points])
    assert found is None or found.low <= found.high

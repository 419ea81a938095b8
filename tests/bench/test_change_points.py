import random

import pytest

from homeperf_ray.bench.change_points import change_points


def series(*stretches: tuple[int, float], noise: float = 0.03, seed: int = 1) -> list[float]:
    draw = random.Random(seed)
    return [level * draw.lognormvariate(0, noise) for count, level in stretches for _ in range(count)]


@pytest.mark.parametrize("seed", range(5))
def test_one_step_is_found_where_it_is(seed: int):
    [point] = change_points(series((20, 1.0), (15, 1.2), seed=seed), matters=0.05)
    assert abs(point.index - 20) <= 1
    assert point.after / point.before == pytest.approx(1.2, rel=0.05)
    assert point.p <= 0.01


def test_several_steps_are_found_in_their_order():
    points = change_points(series((15, 1.0), (15, 1.5), (15, 1.0), (15, 2.0)), matters=0.05)
    assert [point.index for point in points] == pytest.approx([15, 30, 45], abs=1)


def test_noise_has_no_change_points():
    alarms = [change_points(series((30, 1.0), noise=0.1, seed=seed)) for seed in range(60)]
    assert sum(map(bool, alarms)) <= 3


def test_an_outlier_is_no_change():
    values = series((30, 1.0))
    values[12] = 9.0
    assert change_points(values, matters=0.05) == []


def test_a_step_that_does_not_matter_is_left_out():
    values = series((30, 1.0), (30, 1.02), noise=0.002)
    assert len(change_points(values)) == 1
    assert change_points(values, matters=0.05) == []


@pytest.mark.parametrize("values", [[], [1.0], [1.0] * 5, [1.0] * 40, [0.0] * 40])
def test_what_is_short_or_never_changes_has_none(values: list[float]):
    assert change_points(values) == []


def test_counts_that_step_from_nothing_are_found():
    [point] = change_points([0.0] * 10 + [3.0] * 10)
    assert (point.index, point.before, point.after) == (10, 0.0, 3.0)

import itertools
import math
import random

import pytest

from homeperf_ray.bench.inference import (
    EXACT,
    _doubled_ranks,
    bootstrap_median,
    holm,
    least_p,
    rank_test,
    shift_of,
    wilson,
)


def counted_out(before: list[float], after: list[float]) -> float:
    """The same p, from every way to choose the ranks of ``after``."""
    ranks = _doubled_ranks([*before, *after])
    mean, mine = len(after) * sum(ranks) / len(ranks), sum(ranks[len(before) :])
    sums = [sum(chosen) for chosen in itertools.combinations(ranks, len(after))]
    return sum(abs(value - mean) >= abs(mine - mean) - 1e-9 for value in sums) / len(sums)


@pytest.mark.parametrize("seed", range(40))
def test_the_rank_test_is_exact_with_ties(seed: int):
    draw = random.Random(seed)
    before, after = ([float(draw.randint(1, 9)) for _ in range(draw.randint(1, 6))] for _ in range(2))
    assert rank_test(before, after) == pytest.approx(counted_out(before, after))


def test_what_lies_apart_has_the_least_p_there_is():
    before, after = [1.0, 2.0, 3.0, 4.0, 5.0], [6.0, 7.0, 8.0, 9.0, 10.0]
    assert rank_test(before, after) == pytest.approx(least_p(5, 5)) == pytest.approx(2 / 252)
    assert rank_test(before, before) == pytest.approx(1.0)
    assert rank_test([3.0], [3.0]) == 1.0


def test_many_values_are_compared_with_the_normal_distribution_and_agree_with_the_exact_one():
    draw = random.Random(3)
    before = [draw.lognormvariate(0, 0.2) for _ in range(EXACT // 2)]
    after = [draw.lognormvariate(0.05, 0.2) for _ in range(EXACT // 2)]
    exact = rank_test(before, after)
    assert rank_test([*before, 1.0], after) == pytest.approx(exact, abs=0.02)
    assert rank_test([1.0] * EXACT, [1.0] * 5) == 1.0


@pytest.mark.parametrize("seed", range(20))
def test_the_interval_leaves_out_1_exactly_where_the_test_tells_a_difference(seed: int):
    draw = random.Random(seed)
    before = [draw.lognormvariate(0, 0.1) for _ in range(8)]
    after = [draw.lognormvariate(0.1, 0.1) for _ in range(9)]
    shift = shift_of(before, after)
    assert shift.low is not None
    assert shift.high is not None
    assert shift.low <= shift.ratio <= shift.high
    assert (shift.p <= 0.05) == (not shift.low <= 1 <= shift.high)


@pytest.mark.parametrize(("size", "trials"), [(8, 600), (60, 60)])
def test_the_interval_holds_the_truth_about_as_often_as_it_says(size: int, trials: int):
    draw = random.Random(11)
    held = 0
    for _ in range(trials):
        shift = shift_of(
            [draw.lognormvariate(0, 0.3) for _ in range(size)], [draw.lognormvariate(0.1, 0.3) for _ in range(size)]
        )
        held += shift.low <= math.exp(0.1) <= shift.high
    assert wilson(held, trials)[1] > 0.95
    assert held / trials > 0.9


def test_so_few_values_allow_no_interval():
    shift = shift_of([1.0, 2.0], [3.0, 4.0])
    assert (shift.low, shift.high) == (None, None)
    assert shift.p == pytest.approx(1 / 3)


@pytest.mark.parametrize(("before", "after"), [([], [1.0]), ([1.0], []), ([0.0], [1.0]), ([1.0], [-1.0])])
def test_a_ratio_needs_values_above_0(before: list[float], after: list[float]):
    with pytest.raises(ValueError, match="above 0"):
        shift_of(before, after)


def test_several_tests_are_corrected_together():
    assert holm([0.01, 0.04, 0.03, 0.5]) == pytest.approx([0.04, 0.09, 0.09, 0.5])
    assert holm([]) == []


def test_the_interval_of_a_proportion():
    assert wilson(0, 200) == pytest.approx((0.0, 0.01885), abs=1e-4)
    assert wilson(3, 200) == pytest.approx((0.00511, 0.04317), abs=1e-4)


def test_the_interval_of_a_median_lies_within_the_values():
    low, high = bootstrap_median([1.0, 2.0, 3.0, 4.0, 100.0])
    assert 1.0 <= low < 3.0 < high <= 100.0
    assert bootstrap_median([2.0]) == (2.0, 2.0)

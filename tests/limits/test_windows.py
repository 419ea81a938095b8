import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.limits.windows import most_in_any_window


@given(st.lists(st.floats(0, 10), min_size=1, max_size=40), st.floats(0.1, 100))
def test_it_is_the_worst_of_all_windows_that_begin_and_end_with_an_arrival(moments: list[float], rate: float):
    moments.sort()
    worst = max(
        last - first + 1 - rate * (moments[last] - start)
        for first, start in enumerate(moments)
        for last in range(first, len(moments))
    )
    assert most_in_any_window(moments, rate) == pytest.approx(worst)


def test_a_burst_and_what_the_rate_allows_after_it():
    steady = [number / 50 for number in range(1, 500)]
    assert most_in_any_window([0.0] * 100 + steady, 50) == pytest.approx(100)
    assert most_in_any_window([0.0] * 100 + steady, 50, slack=0.25) == pytest.approx(87.5)
    assert most_in_any_window([0.0] * 100 + steady, 45) > 140

from hypothesis import given
from hypothesis import strategies as st

from homeperf_ray.limits.bucket import TokenBucket
from tests.limits.windows import most_in_any_window


def full(rate: float, burst: int) -> TokenBucket:
    return TokenBucket(rate, burst, burst, at=0.0)


steps = st.lists(
    st.one_of(
        st.tuples(st.just("wait"), st.floats(0, 3)),
        st.tuples(st.just("take"), st.integers(1, 50)),
        st.tuples(st.just("reserve"), st.integers(1, 5)),
        st.tuples(st.just("pause"), st.floats(0, 2)),
    ),
    max_size=60,
)


@given(st.floats(0.5, 200), st.integers(1, 50), steps)
def test_no_window_sees_more_than_burst_plus_rate_times_its_length(rate: float, burst: int, steps: list):
    now = 0.0
    bucket = full(rate, burst)
    used: list[float] = []
    for kind, value in steps:
        if kind == "wait":
            now += value
        elif kind == "pause":
            bucket.pause(now, value)
        elif kind == "reserve":
            first = now + bucket.reserve(now, value)
            used += [first + number / rate for number in range(value)]
        else:
            used += [now] * bucket.take(now, value)
    assert not used or most_in_any_window(used, rate) <= burst + 1e-6


@given(st.floats(0.5, 200), st.integers(1, 20), st.floats(0, 5), st.integers(0, 5))
def test_waiting_as_long_as_told_is_long_enough_and_not_longer(rate: float, burst: int, pause: float, debt: int):
    now = 0.0
    bucket = full(rate, burst)
    bucket.take(now, burst)
    bucket.reserve(now, debt)
    bucket.pause(now, pause)
    wait = bucket.wait(now)
    now += max(wait - 1e-3 / rate, 0)
    assert bucket.take(now) == 0
    now += 2e-3 / rate
    assert bucket.take(now) == 1


def test_nothing_is_given_and_nothing_gained_during_a_pause():
    now = 0.0
    bucket = full(10, 5)
    assert bucket.take(now, 5) == 5
    bucket.pause(now, 2)
    now = 1.9
    assert bucket.take(now) == 0
    now = 2.05
    assert bucket.take(now) == 0
    now = 2.1
    assert bucket.take(now, 5) == 1


def test_a_longer_pause_stays_when_a_shorter_one_is_asked_for():
    now = 0.0
    bucket = full(10, 5)
    bucket.pause(now, 9)
    bucket.pause(now, 1)
    now = 8.9
    assert bucket.take(now) == 0

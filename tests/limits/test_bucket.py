import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeperf_ray.limits.bucket import TokenBucket
from homeperf_ray.limits.bucket_gate import BucketGate


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        await asyncio.sleep(0)


steps = st.lists(
    st.one_of(
        st.tuples(st.just("wait"), st.floats(0, 3)),
        st.tuples(st.just("take"), st.integers(1, 50)),
        st.tuples(st.just("pause"), st.floats(0, 2)),
    ),
    max_size=60,
)


@given(st.floats(0.5, 200), st.integers(1, 50), steps)
def test_no_window_sees_more_than_burst_plus_rate_times_its_length(rate: float, burst: int, steps: list):
    clock = Clock()
    bucket = TokenBucket(rate, burst, clock)
    taken: list[tuple[float, int]] = []
    for kind, value in steps:
        if kind == "wait":
            clock.now += value
        elif kind == "pause":
            bucket.pause(value)
        else:
            taken.append((clock.now, bucket.take(value)))
    for first, (start, _) in enumerate(taken):
        for end, _ in taken[first:]:
            inside = sum(count for moment, count in taken[first:] if moment <= end)
            assert inside <= burst + rate * (end - start) + 1e-6


@given(st.floats(0.5, 200), st.integers(1, 20), st.floats(0, 5))
def test_waiting_as_long_as_told_is_long_enough(rate: float, burst: int, pause: float):
    clock = Clock()
    bucket = TokenBucket(rate, burst, clock)
    bucket.take(burst)
    bucket.pause(pause)
    clock.now += bucket.wait() + 1e-6
    assert bucket.take() == 1


def test_nothing_is_given_and_nothing_gained_during_a_pause():
    clock = Clock()
    bucket = TokenBucket(10, 5, clock)
    assert bucket.take(5) == 5
    bucket.pause(2)
    clock.now = 1.9
    assert bucket.take() == 0
    clock.now = 2.05
    assert bucket.take() == 0
    clock.now = 2.1
    assert bucket.take(5) == 1


@pytest.mark.parametrize(("rate", "burst"), [(0, 1), (-1, 1), (1, 0)])
def test_a_budget_of_nothing_is_refused(rate: float, burst: int):
    with pytest.raises(ValueError, match="positive rate"):
        TokenBucket(rate, burst, Clock())


async def test_the_gate_spaces_what_exceeds_the_burst_and_keeps_the_order():
    clock = Clock()
    gate = BucketGate(10, 2, clock=clock, sleep=clock.sleep)
    sent: list[tuple[int, float]] = []

    async def one(number: int) -> None:
        await gate.acquire()
        sent.append((number, round(clock.now, 6)))

    await asyncio.gather(*(one(number) for number in range(5)))
    assert sent == [(0, 0.0), (1, 0.0), (2, 0.1), (3, 0.2), (4, 0.3)]


@pytest.mark.parametrize(
    ("status", "retry_after", "waits"),
    [(429, None, 1.0), (429, 7, 7.0), (503, 3, 3.0), (503, None, 0.0), (500, 9, 0.0)],
)
async def test_everyone_pauses_when_the_server_says_so(status: int, retry_after: float | None, waits: float):
    clock = Clock()
    gate = BucketGate(10, 5, clock=clock, sleep=clock.sleep)
    await gate.acquire()
    gate.report(status, 0.01, retry_after)
    assert await gate.acquire() == pytest.approx(waits)

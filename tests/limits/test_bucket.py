import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeperf_ray.limits.bucket import TokenBucket
from homeperf_ray.limits.bucket_gate import BucketGate
from homeperf_ray.limits.pause import BACK_OFF, HESITATION, LONGEST
from tests.limits.virtual import clock as virtual_clock
from tests.limits.virtual import most_in_any_window, run


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


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
    clock = Clock()
    bucket = TokenBucket(rate, burst, clock)
    used: list[float] = []
    for kind, value in steps:
        if kind == "wait":
            clock.now += value
        elif kind == "pause":
            bucket.pause(value)
        elif kind == "reserve":
            first = clock.now + bucket.reserve(value)
            used += [first + number / rate for number in range(value)]
        else:
            used += [clock.now] * bucket.take(value)
    assert not used or most_in_any_window(used, rate) <= burst + 1e-6


@given(st.floats(0.5, 200), st.integers(1, 20), st.floats(0, 5), st.integers(0, 5))
def test_waiting_as_long_as_told_is_long_enough_and_not_longer(rate: float, burst: int, pause: float, debt: int):
    clock = Clock()
    bucket = TokenBucket(rate, burst, clock)
    bucket.take(burst)
    bucket.reserve(debt)
    bucket.pause(pause)
    wait = bucket.wait()
    clock.now += max(wait - 1e-3 / rate, 0)
    assert bucket.take() == 0
    clock.now += 2e-3 / rate
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


def test_a_longer_pause_stays_when_a_shorter_one_is_asked_for():
    clock = Clock()
    bucket = TokenBucket(10, 5, clock)
    bucket.pause(9)
    bucket.pause(1)
    clock.now = 8.9
    assert bucket.take() == 0


@pytest.mark.parametrize(("rate", "burst"), [(0, 1), (-1, 1), (1, 0)])
def test_a_budget_of_nothing_is_refused(rate: float, burst: int):
    with pytest.raises(ValueError, match="positive rate"):
        TokenBucket(rate, burst, Clock())


def test_the_gate_spaces_what_exceeds_the_burst_and_keeps_the_order():
    async def scene() -> list[tuple[int, float]]:
        gate = BucketGate(10, 2, clock=virtual_clock)
        sent: list[tuple[int, float]] = []

        async def one(number: int) -> None:
            await gate.acquire()
            sent.append((number, round(virtual_clock(), 6)))

        await asyncio.gather(*(one(number) for number in range(5)))
        return sent

    assert run(scene()) == [(0, 0.0), (1, 0.0), (2, 0.1), (3, 0.2), (4, 0.3)]


def test_one_that_gives_up_waiting_takes_nobody_with_it():
    async def scene() -> float:
        gate = BucketGate(10, 1, clock=virtual_clock)
        await gate.acquire()
        waiting = [asyncio.create_task(gate.acquire()) for _ in range(3)]
        await asyncio.sleep(0.05)
        waiting[0].cancel()
        await asyncio.gather(*waiting[1:])
        return virtual_clock()

    assert run(scene()) == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("status", "retry_after", "waits"),
    [
        (429, None, BACK_OFF),
        (429, 7, 7.0),
        (429, 86400, LONGEST),
        (503, 3, 3.0),
        (503, None, HESITATION),
        (500, 9, 0.0),
        (200, None, 0.0),
        (0, None, 0.0),
    ],
)
def test_everyone_pauses_when_the_server_says_so(status: int, retry_after: float | None, waits: float):
    async def scene() -> list[float]:
        gate = BucketGate(10, 5, clock=virtual_clock)
        await gate.acquire()
        gate.report(status, 0.01, retry_after)
        return await asyncio.gather(gate.acquire(), gate.acquire())

    assert run(scene()) == pytest.approx([waits, waits], abs=0.11)
    assert min(run(scene())) >= waits - 1e-9

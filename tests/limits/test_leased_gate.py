import asyncio
import functools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from homeperf_ray.limits.lease import EXPIRY, Ask, Budget, Lease
from homeperf_ray.limits.leased_gate import LeasedGate
from homeperf_ray.limits.limiter import Limiter
from tests.limits.virtual import clock, most_in_any_window, run


class Far:
    """A limiter that is ``way`` seconds away, there and back each."""

    def __init__(self, budget: Budget, way: float = 0.0005) -> None:
        self.limiter = Limiter(clock)
        self.budget = budget
        self.way = way
        self.asked = 0

    def gate(self, name: str) -> LeasedGate:
        async def ask(number: int, wanted: int) -> Lease:
            self.asked += 1
            await asyncio.sleep(self.way)
            lease = self.limiter.lease("s", self.budget, Ask(name, number, wanted))
            await asyncio.sleep(self.way)
            return lease

        return LeasedGate(ask, functools.partial(self.limiter.pause, "s", self.budget), clock=clock)


visits = st.lists(
    st.tuples(st.integers(0, 2), st.integers(1, 40), st.floats(0, 0.4), st.sampled_from([0, 0, 0, 429, 503])),
    min_size=1,
    max_size=12,
)


@settings(max_examples=60, deadline=None)
@given(st.floats(5, 200), st.integers(1, 60), st.floats(0, 0.03), visits)
def test_over_any_window_the_server_sees_no_more_than_the_budget(qps: float, burst: int, way: float, visits: list):
    async def scene() -> list[float]:
        far = Far(Budget(qps, burst), way)
        gates = [far.gate(str(number)) for number in range(3)]
        sent: list[float] = []
        work = []

        async def one(gate: LeasedGate, status: int) -> None:
            await gate.acquire()
            sent.append(clock())
            if status:
                gate.report(status, 0.01, 0.3)

        for which, count, pause, status in visits:
            work += [asyncio.create_task(one(gates[which], status * (number == 0))) for number in range(count)]
            await asyncio.sleep(pause)
        await asyncio.gather(*work)
        return sent

    assert most_in_any_window(run(scene()), qps, slack=EXPIRY) <= burst + 1e-6


@pytest.mark.parametrize("work", [0.02, 0.005])
def test_where_the_budget_is_ample_waiting_for_the_limiter_costs_less_than_one_percent(work: float):
    async def scene() -> int:
        far = Far(Budget(5000, 1000))
        gates = [far.gate(str(number)) for number in range(3)]
        done = 0

        async def one(gate: LeasedGate) -> None:
            nonlocal done
            while clock() < 10:
                await gate.acquire()
                await asyncio.sleep(work)
                done += 1

        await asyncio.gather(*(one(gate) for gate in gates for _ in range(4)))
        return done

    assert run(scene()) >= 0.99 * 12 * 10 / work


def test_where_the_budget_is_short_all_of_it_is_used_and_shared_evenly():
    async def scene() -> list[int]:
        far = Far(Budget(50, 10))
        done = [0, 0, 0]

        async def one(number: int, gate: LeasedGate) -> None:
            while clock() < 20:
                await gate.acquire()
                done[number] += 1
                await asyncio.sleep(0.02)

        gates = [far.gate(str(number)) for number in range(3)]
        await asyncio.gather(*(one(number, gate) for number, gate in enumerate(gates) for _ in range(4)))
        return done

    done = run(scene())
    assert sum(done) >= 0.97 * 50 * 20
    assert min(done) >= 0.8 * max(done)


def test_a_permit_that_was_not_used_in_time_is_dropped():
    async def scene() -> list[int]:
        far = Far(Budget(50, 100), way=0)
        gate = far.gate("one")
        counts = []
        for pause in (0, EXPIRY + 0.01):
            await asyncio.sleep(pause)
            await gate.acquire()
            counts.append(far.asked)
        return counts

    assert run(scene()) == [1, 2]


def test_one_client_that_gives_up_takes_nobody_with_it():
    async def scene() -> float:
        gate = Far(Budget(50, 100), way=0.01).gate("one")
        waiting = [asyncio.create_task(gate.acquire()) for _ in range(5)]
        await asyncio.sleep(0.005)
        waiting[0].cancel()
        await asyncio.gather(*waiting[1:])
        return clock()

    assert run(scene()) == pytest.approx(0.02)


@pytest.mark.parametrize("status", [429, 503])
def test_after_a_refusal_no_worker_sends_until_the_pause_is_over(status: int):
    async def scene() -> list[float]:
        far = Far(Budget(50, 100))
        one, two = far.gate("one"), far.gate("two")
        await one.acquire()
        one.report(status, 0.01, 2.0)
        return await asyncio.gather(one.acquire(), two.acquire())

    assert min(run(scene())) >= 2.0


def test_a_lease_that_was_under_way_when_the_server_refused_is_not_used():
    async def scene() -> float:
        far = Far(Budget(50, 100), way=0.02)
        gate = far.gate("one")
        first = asyncio.create_task(gate.acquire())
        await asyncio.sleep(0.03)
        gate.report(429, 0.01, 1.0)
        await first
        return clock()

    assert run(scene()) >= 1.0


def test_a_limiter_that_cannot_be_asked_fails_who_waits_and_is_asked_again_by_the_next():
    async def scene() -> None:
        answers = iter([OSError("gone"), Lease(2)])

        async def ask(number: int, wanted: int) -> Lease:
            answer = next(answers)
            if isinstance(answer, Exception):
                raise answer
            return answer

        gate = LeasedGate(ask, lambda _seconds: None, clock=clock)
        with pytest.raises(OSError, match="gone"):
            await gate.acquire()
        await gate.acquire()

    run(scene())

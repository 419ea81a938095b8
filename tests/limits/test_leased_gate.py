import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from homeperf_ray.kube.gate import Answered
from homeperf_ray.limits.accounts import OwnAccounts
from homeperf_ray.limits.lease import EXPIRY, Ask, Budget, Lease, Sign
from homeperf_ray.limits.leased_gate import LeasedGate
from homeperf_ray.limits.limiter import Limiter
from tests.limits.virtual import clock, run
from tests.limits.windows import most_in_any_window


class Far:
    """A limiter that is ``way`` seconds away, there and back each."""

    def __init__(self, budget: Budget, way: float = 0.0005) -> None:
        self.limiter = Limiter(OwnAccounts(clock), clock)
        self.budget = budget
        self.way = way
        self.asked = 0
        self.signs: list[Sign] = []
        self.telling: list[asyncio.Task[None]] = []

    def gate(self, name: str) -> LeasedGate:
        async def ask(number: int, wanted: int, waited: float) -> Lease:
            self.asked += 1
            await asyncio.sleep(self.way)
            lease = await self.limiter.lease("s", self.budget, Ask(name, number, wanted, waited))
            await asyncio.sleep(self.way)
            return lease

        async def heed(sign: Sign) -> None:
            await asyncio.sleep(self.way)
            await self.limiter.heed("s", self.budget, sign)

        def tell(sign: Sign) -> None:
            self.signs.append(sign)
            self.telling.append(asyncio.create_task(heed(sign)))

        return LeasedGate(ask, tell, clock=clock)

    def restart(self) -> None:
        self.limiter = Limiter(OwnAccounts(clock, restarted=True), clock)


events = st.lists(
    st.one_of(
        st.tuples(st.just("visit"), st.integers(0, 4), st.integers(1, 40), st.sampled_from([0, 0, 0, 429, 503])),
        st.tuples(st.just("crash"), st.integers(0, 4), st.just(0), st.just(0)),
        st.tuples(st.just("restart"), st.just(0), st.just(0), st.just(0)),
    ).flatmap(lambda event: st.tuples(st.just(event), st.floats(0, 0.6))),
    min_size=1,
    max_size=14,
)


@settings(max_examples=150, deadline=None)
@given(st.floats(2, 200), st.integers(1, 60), st.floats(0, 0.03), events)
def test_over_any_window_the_server_sees_no_more_than_the_budget(qps: float, burst: int, way: float, events: list):
    """Workers that are idle or busy, that crash and come back, and a limiter that is restarted."""

    async def scene() -> list[float]:
        far = Far(Budget(qps, burst), way)
        gates = {number: far.gate(str(number)) for number in range(5)}
        sent: list[float] = []
        work: dict[int, list[asyncio.Task[None]]] = {number: [] for number in gates}

        async def one(gate: LeasedGate, status: int) -> None:
            await gate.acquire()
            sent.append(clock())
            if status:
                gate.report(Answered(status, 0.01, 0.3))

        for (kind, which, count, status), pause in events:
            if kind == "visit":
                work[which] += [asyncio.create_task(one(gates[which], status * (n == 0))) for n in range(count)]
            elif kind == "crash":
                for task in work[which]:
                    task.cancel()
                await asyncio.gather(*work[which], return_exceptions=True)
                work[which] = []
                gates[which] = far.gate(f"{which} after {clock()}")
            else:
                far.restart()
            await asyncio.sleep(pause)
        await asyncio.gather(*(task for tasks in work.values() for task in tasks))
        await asyncio.gather(*far.telling)
        return sent

    sent = run(scene())
    assert not sent or most_in_any_window(sent, qps, slack=EXPIRY) <= burst + 1e-6


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
    async def at(gate: LeasedGate) -> float:
        await gate.acquire()
        return clock()

    async def scene() -> list[float]:
        far = Far(Budget(50, 100))
        one, two = far.gate("one"), far.gate("two")
        await one.acquire()
        one.report(Answered(status, 0.01, 2.0))
        first = asyncio.create_task(at(one))
        await asyncio.gather(*far.telling)
        return await asyncio.gather(first, at(two))

    assert min(run(scene())) >= 2.0


@pytest.mark.parametrize("status", [429, 503])
def test_a_refusal_that_asks_for_no_pause_is_a_sign_of_trouble_all_the_same(status: int):
    async def scene() -> float:
        far = Far(Budget(50, 100))
        gate = far.gate("one")
        await gate.acquire()
        gate.report(Answered(status, 0.01, 0.0))
        await asyncio.gather(*far.telling)
        return (await gate.acquire()).rate

    assert run(scene()) == pytest.approx(25, abs=0.1)


def test_a_lease_that_was_under_way_when_the_server_refused_is_not_used():
    async def scene() -> float:
        far = Far(Budget(50, 100), way=0.02)
        gate = far.gate("one")
        first = asyncio.create_task(gate.acquire())
        await asyncio.sleep(0.03)
        gate.report(Answered(429, 0.01, 1.0))
        await first
        return clock()

    assert run(scene()) >= 1.0


def test_a_limiter_that_cannot_be_asked_fails_who_waits_and_is_asked_again_by_the_next():
    async def scene() -> None:
        answers = iter([OSError("gone"), Lease(2)])

        async def ask(number: int, wanted: int, waited: float) -> Lease:
            answer = next(answers)
            if isinstance(answer, Exception):
                raise answer
            return answer

        gate = LeasedGate(ask, lambda _sign: None, clock=clock)
        with pytest.raises(OSError, match="gone"):
            await gate.acquire()
        await gate.acquire()

    run(scene())


async def fill(gate: LeasedGate, count: int, seconds: float, size: int = 1000) -> None:
    for _ in range(count):
        gate.report(Answered(200, seconds, kind="list pods", size=size))
        await asyncio.sleep(0)


def test_latency_that_doubles_lowers_the_rate_for_every_worker():
    async def scene() -> tuple[list[Sign], float, str]:
        far = Far(Budget(50, 100))
        one, two = far.gate("one"), far.gate("two")
        await fill(one, 200, 0.05)
        assert not far.signs
        await fill(one, 64, 0.2)
        await asyncio.gather(*far.telling)
        permit = await two.acquire()
        return far.signs, permit.rate, permit.slowed

    signs, rate, slowed = run(scene())
    assert {(sign.why, sign.by) for sign in signs} == {("latency", "list pods")}
    assert rate == pytest.approx(25, abs=0.2)
    assert slowed == "latency"


def test_silence_counts_as_a_slow_answer():
    async def scene() -> list[Sign]:
        far = Far(Budget(50, 100))
        gate = far.gate("one")
        await fill(gate, 200, 0.05)
        for _ in range(20):
            gate.report(Answered(0, 10.0, kind="list pods"))
        await asyncio.sleep(0)
        return far.signs

    assert run(scene())


def test_a_heavy_request_takes_several_permits_once_the_server_is_in_trouble_and_one_before():
    async def taken(trouble: bool) -> float:
        far = Far(Budget(50, 1), way=0)
        gate = far.gate("one")
        gate.report(Answered(200, 0.01, kind="list pods", size=3_200_000))
        if trouble:
            await far.limiter.heed("s", far.budget, Sign("latency"))
        began = clock()
        for _ in range(4):
            await gate.acquire("list pods")
        return clock() - began

    assert run(taken(trouble=False)) == pytest.approx(3 / 50, abs=0.01)
    assert run(taken(trouble=True)) > 4 * 6 / 30


def test_a_lone_steady_stream_never_waits_for_a_limiter_that_is_far_away():
    async def scene() -> float:
        gate = Far(Budget(5000, 1000), way=0.02).gate("one")
        await gate.acquire()
        waited = 0.0
        for _ in range(100):
            await asyncio.sleep(0.02)
            began = clock()
            await gate.acquire()
            waited += clock() - began
        return waited

    assert run(scene()) == 0

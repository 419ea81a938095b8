import asyncio

from hypothesis import given
from hypothesis import strategies as st

from homeperf_ray.limits.lease import EXPIRY, MAX_LEASE, Budget, Lease, Limiter
from homeperf_ray.limits.leased_gate import LeasedGate
from tests.limits.test_bucket import Clock

BUDGET = Budget(50, 100)


def test_a_lease_holds_no_more_than_was_asked_for_and_than_is_there():
    limiter = Limiter(Clock())
    assert limiter.lease("s", BUDGET, 7) == Lease(7, 0.0)
    assert limiter.lease("s", BUDGET, 1000).permits == MAX_LEASE
    assert limiter.lease("s", BUDGET, 1000).permits == 100 - 7 - MAX_LEASE
    refused = limiter.lease("s", BUDGET, 1)
    assert refused.permits == 0
    assert 0 < refused.wait <= 1 / 50 + 1e-6


def test_servers_have_budgets_of_their_own():
    limiter = Limiter(Clock())
    limiter.lease("a", Budget(1, 1), 1)
    assert limiter.lease("b", Budget(1, 1), 1).permits == 1


def test_a_restarted_limiter_starts_with_no_burst():
    assert Limiter(Clock(), restarted=True).lease("s", BUDGET, 1).permits == 0


def test_a_smaller_budget_counts_at_once():
    limiter = Limiter(Clock())
    limiter.lease("s", BUDGET, 1)
    assert limiter.lease("s", Budget(1, 2), 50).permits == 2


def test_a_pause_holds_for_every_worker_of_that_server():
    clock = Clock()
    limiter = Limiter(clock)
    limiter.lease("s", BUDGET, 1)
    limiter.pause("s", 3)
    assert limiter.lease("s", BUDGET, 1).permits == 0
    clock.now += 3.01
    assert limiter.lease("s", BUDGET, 1).permits > 0


def gate_over(limiter: Limiter, clock: Clock) -> LeasedGate:
    async def ask(wanted: int) -> Lease:
        return limiter.lease("s", BUDGET, wanted)

    return LeasedGate(ask, lambda seconds: limiter.pause("s", seconds), clock=clock, sleep=clock.sleep)


async def test_a_permit_that_was_not_used_in_time_is_dropped():
    clock = Clock()
    asked = []

    async def ask(wanted: int) -> Lease:
        asked.append(wanted)
        return Lease(5, 0.0)

    gate = LeasedGate(ask, lambda _seconds: None, clock=clock, sleep=clock.sleep)
    await gate.acquire()
    await gate.acquire()
    assert len(asked) == 1
    clock.now += EXPIRY
    await gate.acquire()
    assert len(asked) == 2


async def test_after_a_429_nothing_is_sent_until_the_pause_is_over():
    clock = Clock()
    gate = gate_over(Limiter(clock), clock)
    await gate.acquire()
    gate.report(429, 0.01, 2.0)
    assert await gate.acquire() >= 2.0


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(1, 40), st.floats(0, 0.4)), min_size=1, max_size=20))
def test_over_any_window_the_server_sees_no_more_than_the_budget(bursts: list[tuple[int, int, float]]):
    clock = Clock()
    limiter = Limiter(clock)
    gates = [gate_over(limiter, clock) for _ in range(3)]
    sent: list[float] = []

    async def work() -> None:
        for which, count, pause in bursts:

            async def one(gate: LeasedGate) -> None:
                await gate.acquire()
                sent.append(clock.now)

            await asyncio.gather(*(one(gates[which]) for _ in range(count)))
            clock.now += pause

    asyncio.run(work())
    sent.sort()
    for first, start in enumerate(sent):
        for last in range(first, len(sent)):
            window = sent[last] - start
            assert last - first + 1 <= BUDGET.burst + BUDGET.qps * (window + EXPIRY) + 1e-6

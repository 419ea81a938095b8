import msgspec
import pytest

from homeperf_ray.limits.accounts import OwnAccounts
from homeperf_ray.limits.lease import Ask, Budget, Lease, Sign
from homeperf_ray.limits.limiter import Limiter
from tests.limits.virtual import Clock

BUDGET = Budget(50, 100)


@pytest.fixture
def clock() -> Clock:
    return Clock(1000.0)


@pytest.fixture
def limiter(clock: Clock) -> Limiter:
    return Limiter(OwnAccounts(clock), clock)


async def test_a_question_that_is_repeated_is_granted_once(limiter, clock):
    budget = Budget(10, 3)
    first = await limiter.lease("s", budget, Ask("one", 1, 3))
    clock.now += 0.05
    again = await limiter.lease("s", budget, Ask("one", 1, 3))
    assert again == msgspec.structs.replace(first, delay=pytest.approx(-0.05))
    assert (await limiter.lease("s", budget, Ask("one", 2, 3))).delay == pytest.approx(0.05)


async def test_servers_have_budgets_of_their_own(limiter):
    budget = Budget(1, 1)
    await limiter.lease("a", budget, Ask("one", 1, 1))
    assert (await limiter.lease("b", budget, Ask("one", 2, 1))).permits == 1


async def test_a_restarted_limiter_starts_with_no_burst(clock):
    limiter = Limiter(OwnAccounts(clock, restarted=True), clock)
    assert (await limiter.lease("s", BUDGET, Ask("one", 1, 1))).delay > 0


async def test_a_pause_holds_for_that_server_only_even_where_nobody_has_asked_yet(limiter):
    await limiter.heed("s", BUDGET, Sign("429", pause=3))
    lease = await limiter.lease("s", BUDGET, Ask("one", 1, 1))
    assert lease == Lease(0, delay=pytest.approx(3.04), rate=pytest.approx(25), slowed="429") or lease.delay >= 3
    assert (await limiter.lease("other", BUDGET, Ask("one", 2, 1))).permits


async def test_its_states_name_the_server_and_what_was_waited_for(limiter):
    await limiter.lease("s", BUDGET, Ask("one", 1, 7, origin="https://homelab:6443"))
    await limiter.lease("s", BUDGET, Ask("one", 2, 1, waited=0.75))
    (state,) = await limiter.states()
    assert (state.server, state.qps, state.burst) == ("https://homelab:6443", 50, 100)
    assert (state.permits, state.waited, state.clients) == (12, 0.75, 1)
    assert state.alone

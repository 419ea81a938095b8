import msgspec
import pytest

from homeperf_ray.limits.lease import EXPIRY, MAX_LEASE, Ask, Budget, Lease
from homeperf_ray.limits.limiter import RECENT, Limiter
from tests.limits.test_bucket import Clock

BUDGET = Budget(50, 100)


class Client:
    """Numbers its asks, as a gate does."""

    def __init__(self, limiter: Limiter, name: str = "one", budget: Budget = BUDGET, server: str = "s") -> None:
        self.limiter, self.name, self.budget, self.server = limiter, name, budget, server
        self.number = 0

    def ask(self, wanted: int) -> Lease:
        self.number += 1
        return self.limiter.lease(self.server, self.budget, Ask(self.name, self.number, wanted))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def limiter(clock: Clock) -> Limiter:
    return Limiter(clock)


def test_while_there_is_a_burst_everyone_who_waits_is_served_at_once(limiter):
    one = Client(limiter)
    assert one.ask(7) == Lease(7)
    assert one.ask(1000).permits == MAX_LEASE


def test_a_lease_is_a_tenth_of_a_second_of_the_budget_divided_by_those_who_ask(limiter):
    one, two = Client(limiter, "one"), Client(limiter, "two")
    assert one.ask(1).permits == 5
    assert two.ask(1).permits == 2
    assert one.ask(1).permits == 2


def test_one_that_has_not_asked_lately_is_not_counted(limiter, clock):
    one, two = Client(limiter, "one"), Client(limiter, "two")
    two.ask(1)
    clock.now += RECENT + 0.01
    assert one.ask(1).permits == 5


def test_what_is_about_to_be_there_is_granted_ahead_of_its_time(limiter):
    one, two = Client(limiter, budget=Budget(50, 5)), Client(limiter, "two", Budget(50, 5))
    assert one.ask(5) == Lease(5)
    assert one.ask(3) == Lease(3, delay=pytest.approx(0.02), spacing=pytest.approx(0.02))
    assert two.ask(1) == Lease(1, delay=pytest.approx(0.08), spacing=pytest.approx(0.02))


def test_what_is_far_off_is_not_granted_ahead(limiter):
    one = Client(limiter, budget=Budget(0.5, 1))
    one.ask(1)
    assert one.ask(1) == Lease(0, delay=pytest.approx(2.0))


def test_a_question_that_is_repeated_is_granted_once(limiter, clock):
    budget = Budget(10, 3)
    first = limiter.lease("s", budget, Ask("one", 1, 3))
    clock.now += 0.05
    again = limiter.lease("s", budget, Ask("one", 1, 3))
    assert again == msgspec.structs.replace(first, delay=-0.05)
    assert limiter.lease("s", budget, Ask("one", 2, 3)).delay == pytest.approx(0.05)


def test_servers_have_budgets_of_their_own(limiter):
    Client(limiter, server="a", budget=Budget(1, 1)).ask(1)
    assert Client(limiter, server="b", budget=Budget(1, 1)).ask(1) == Lease(1)


def test_a_restarted_limiter_starts_with_no_burst(clock):
    assert Client(Limiter(clock, restarted=True)).ask(1).delay > 0


def test_of_two_budgets_that_are_in_use_the_lower_holds_for_both(limiter, clock):
    strict, loose = Client(limiter, "strict", Budget(2, 3)), Client(limiter, "loose", BUDGET)
    loose.ask(1)
    strict.ask(1)
    sent = 0
    for _ in range(100):
        clock.now += 0.05
        sent += loose.ask(5).permits
        strict.ask(1)
    assert sent <= 3 + 2 * (5 + EXPIRY)


def test_a_budget_that_is_no_longer_in_use_is_forgotten(limiter, clock):
    Client(limiter, "strict", Budget(2, 3)).ask(1)
    loose = Client(limiter, "loose", BUDGET)
    assert loose.ask(100).permits <= 3
    clock.now += 10
    loose.ask(1)
    clock.now += 2
    assert loose.ask(100).permits == MAX_LEASE


def test_a_pause_holds_for_every_client_of_that_server_only(limiter, clock):
    one, two = Client(limiter, "one"), Client(limiter, "two")
    elsewhere = Client(limiter, "one", server="other")
    one.ask(1)
    limiter.pause("s", BUDGET, 3)
    assert one.ask(1) == two.ask(1) == Lease(0, delay=3)
    assert elsewhere.ask(1).permits
    clock.now += 3.01
    assert two.ask(1).permits


def test_a_pause_holds_for_a_server_that_nobody_has_asked_for_yet(limiter):
    limiter.pause("s", BUDGET, 3)
    assert Client(limiter).ask(1).permits == 0

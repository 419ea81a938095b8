import itertools
import math

import msgspec
import pytest

from homeperf_ray.limits.account import RECENT, Account
from homeperf_ray.limits.lease import EXPIRY, MAX_LEASE, Ask, Budget, Lease, Sign
from homeperf_ray.limits.pace import RECOVERY, SAME_503, SETTLE

BUDGET = Budget(50, 100)


class Clients:
    """An account in virtual time, and clients that ask it."""

    def __init__(self, budget: Budget = BUDGET, tokens: float | None = None) -> None:
        self.now = 1000.0
        self.budget = budget
        self.account = Account.opened(budget, self.now, tokens)
        self.full: Lease | None = None

    def ask(self, wanted: int, client: str = "one", budget: Budget | None = None) -> Lease:
        self.full = self.account.lease(self.now, budget or self.budget, Ask(client, 1, wanted))
        return msgspec.structs.replace(self.full, rate=0.0, slowed="")

    def heed(self, why: str, **more) -> None:
        self.account.heed(self.now, self.budget, Sign(why, "list pods", **more))

    @property
    def rate(self) -> float:
        return self.account.state(self.now).rate


def test_while_there_is_a_burst_everyone_who_waits_is_served_at_once():
    clients = Clients(Budget(50, 1000))
    assert clients.ask(7) == Lease(7)
    assert clients.ask(1000).permits == MAX_LEASE


def test_a_lease_is_a_tenth_of_a_second_of_the_budget_divided_by_those_who_ask():
    clients = Clients()
    assert clients.ask(1, "one").permits == 5
    assert clients.ask(1, "two").permits == 2
    assert clients.ask(1, "one").permits == 2


def test_one_that_has_not_asked_lately_is_not_counted():
    clients = Clients()
    clients.ask(1, "two")
    clients.now += RECENT + 0.01
    assert clients.ask(1, "one").permits == 5


def test_what_is_about_to_be_there_is_granted_ahead_of_its_time():
    clients = Clients(Budget(50, 5))
    assert clients.ask(5) == Lease(5)
    assert clients.ask(3) == Lease(3, delay=pytest.approx(0.02), spacing=pytest.approx(0.02))
    assert clients.ask(1, "two") == Lease(1, delay=pytest.approx(0.08), spacing=pytest.approx(0.02))


def test_what_is_far_off_is_not_granted_ahead():
    clients = Clients(Budget(0.5, 1))
    clients.ask(1)
    assert clients.ask(1) == Lease(0, delay=pytest.approx(2.0))


def test_of_two_budgets_that_are_in_use_the_lower_holds_for_both():
    clients, sent = Clients(), 0
    clients.ask(1, "loose")
    clients.ask(1, "strict", Budget(2, 3))
    for _ in range(100):
        clients.now += 0.05
        sent += clients.ask(5, "loose").permits
        clients.ask(1, "strict", Budget(2, 3))
    assert sent <= 3 + 2 * (5 + EXPIRY)


def test_a_budget_that_is_no_longer_in_use_is_forgotten():
    clients = Clients()
    clients.ask(1, "strict", Budget(2, 3))
    assert clients.ask(100).permits <= 3
    clients.now += 10
    clients.ask(1)
    clients.now += 2
    assert clients.ask(100).permits == 100


def test_a_pause_holds_for_every_client():
    clients = Clients()
    clients.ask(1)
    clients.heed("429", pause=3, asked=True)
    assert clients.ask(1, "one") == clients.ask(1, "two") == Lease(0, delay=pytest.approx(3))
    clients.now += 3.01
    assert clients.ask(1, "two").permits


class TestPace:
    @pytest.mark.parametrize("why", ["429", "503", "latency"])
    def test_trouble_halves_the_rate_and_says_why(self, why: str):
        clients = Clients()
        clients.heed(why)
        assert clients.rate == pytest.approx(25)
        clients.ask(1)
        assert (clients.full.slowed, clients.full.rate) == (why, pytest.approx(25))
        state = clients.account.state(clients.now)
        assert (state.slowed, state.by, state.lowered) == (why, "list pods", 1)

    def test_while_the_server_is_well_the_rate_grows_by_the_same_each_second_up_to_the_budget(self):
        clients = Clients()
        clients.heed("429")
        rates = []
        for _ in range(12):
            clients.now += 1
            rates.append(clients.rate)
        steps = {round(later - earlier, 6) for earlier, later in itertools.pairwise(rates[:9])}
        assert steps == {50 / RECOVERY}
        assert rates[-1] == 50

    def test_the_same_trouble_counts_once(self):
        clients = Clients()
        clients.heed("429")
        for _ in range(20):
            clients.heed("429")
        assert clients.rate == pytest.approx(25)
        clients.now += 5
        clients.heed("429", age=5.5)
        assert clients.rate == pytest.approx(37.5)

    def test_trouble_that_goes_on_halves_it_again_and_leaves_one_request_a_second(self):
        clients = Clients()
        rates = []
        for _ in range(12):
            clients.heed("429")
            rates.append(clients.rate)
            clients.now += SETTLE
        assert rates[:2] == [25, pytest.approx(13.75)]
        clients.now -= SETTLE
        for _ in range(200):
            clients.account.pace.slow_down(clients.now, 50, why="429", by="", sent=clients.now, resumed=clients.now)
            clients.now += SETTLE
        assert clients.rate >= 1
        slow = Clients(Budget(0.2, 1))
        slow.heed("429")
        assert slow.rate == pytest.approx(0.2)

    def test_the_burst_is_lowered_with_the_rate_and_what_follows_a_pause_comes_one_by_one(self):
        clients = Clients()
        clients.heed("429", pause=2, asked=True)
        clients.now += 2.001
        assert clients.ask(100).permits == 1
        calm = Clients()
        calm.heed("latency")
        assert calm.ask(100).permits == 50

    def test_it_does_not_grow_during_a_pause(self):
        clients = Clients()
        clients.heed("429", pause=8, asked=True)
        clients.now += 7.9
        assert clients.rate == pytest.approx(25)
        clients.now += 0.1 + RECOVERY / 4
        assert clients.rate == pytest.approx(37.5)

    def test_one_api_that_is_down_does_not_slow_everything_down_for_ever(self):
        clients = Clients()
        lowered = 0
        for _ in range(int(SAME_503) - 1):
            clients.account.heed(clients.now, BUDGET, Sign("503", "list nodes.metrics.k8s.io", pause=0.2))
            clients.now += 1
            lowered = clients.account.state(clients.now).lowered
        assert lowered == 1
        assert clients.rate == 50
        clients.account.heed(clients.now, BUDGET, Sign("503", "list pods", pause=0.2))
        assert clients.rate == pytest.approx(25)

    def test_the_budget_stays_a_ceiling(self):
        clients = Clients(Budget(50, 10))
        clients.heed("429")
        clients.now += 1000
        sent = clients.ask(64).permits
        for _ in range(100):
            clients.now += 0.1
            sent += clients.ask(64).permits
        assert sent <= 10 + 50 * (10 + EXPIRY)


class TestSound:
    def test_an_account_that_was_used_is_sound_and_survives_being_written_down(self):
        clients = Clients()
        clients.ask(3)
        clients.heed("429", pause=30, asked=True)
        clients.heed("503")
        again = msgspec.msgpack.decode(msgspec.msgpack.encode(clients.account), type=Account)
        assert again == clients.account
        assert again.sound(clients.now)

    @pytest.mark.parametrize(
        ("part", "field", "value"),
        [
            ("bucket", "tokens", 1e9),
            ("bucket", "tokens", math.nan),
            ("bucket", "at", 5000.0),
            ("bucket", "rate", 0.0),
            ("bucket", "rate", math.inf),
            ("bucket", "paused_until", 1e9),
            ("pace", "level", 7.0),
            ("pace", "level", 0.0),
            ("pace", "lowered_at", 5000.0),
            ("pace", "since", 1e9),
            ("", "asked", 5000.0),
        ],
    )
    def test_what_cannot_be_is_not_believed(self, part: str, field: str, value: float):
        clients = Clients()
        clients.ask(3)
        setattr(getattr(clients.account, part) if part else clients.account, field, value)
        assert not clients.account.sound(clients.now)

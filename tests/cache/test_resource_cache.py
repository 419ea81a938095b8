import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeperf_ray.cache.resource_cache import Loaded, ResourceCache


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def cache(clock: Clock) -> ResourceCache[str, str]:
    return ResourceCache(max_bytes=100, clock=clock)


class Load:
    """Counts its calls; waits for ``go``."""

    def __init__(self, value: str = "v", size: int = 10, error: Exception | None = None) -> None:
        self.value, self.size, self.error = value, size, error
        self.calls = 0
        self.go = asyncio.Event()
        self.go.set()

    async def __call__(self) -> Loaded[str]:
        self.calls += 1
        await self.go.wait()
        if self.error:
            raise self.error
        return Loaded(self.value, self.size)


async def test_an_entry_is_loaded_once_while_it_is_young_enough(cache, clock):
    load = Load()
    assert not (await cache.through("a", 30, load)).hit
    clock.now += 29
    found = await cache.through("a", 30, load)
    assert (found.hit, found.value, found.age) == (True, "v", 29)
    clock.now += 2
    assert not (await cache.through("a", 30, load)).hit
    assert load.calls == 2


async def test_an_age_of_nought_accepts_nothing_cached(cache):
    load = Load()
    await cache.through("a", 0, load)
    await cache.through("a", 0, load)
    assert load.calls == 2


async def test_twenty_callers_share_one_load(cache):
    load = Load()
    load.go.clear()
    callers = [asyncio.create_task(cache.through("a", 30, load)) for _ in range(20)]
    await asyncio.sleep(0)
    load.go.set()
    found = await asyncio.gather(*callers)
    assert load.calls == 1
    assert sum(not one.hit for one in found) == 1


async def test_a_caller_that_accepts_nothing_old_does_not_join_an_older_load(cache, clock):
    load = Load()
    load.go.clear()
    first = asyncio.create_task(cache.through("a", 30, load))
    await asyncio.sleep(0)
    clock.now += 1
    second = asyncio.create_task(cache.through("a", 0.5, load))
    await asyncio.sleep(0)
    load.go.set()
    await asyncio.gather(first, second)
    assert load.calls == 2


async def test_a_load_that_fails_fails_for_all_and_is_forgotten(cache):
    load = Load(error=ValueError("no"))
    load.go.clear()
    callers = [asyncio.create_task(cache.through("a", 30, load)) for _ in range(3)]
    await asyncio.sleep(0)
    load.go.set()
    outcomes = await asyncio.gather(*callers, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [ValueError] * 3
    assert load.calls == 1
    load.error = None
    assert (await cache.through("a", 30, load)).value == "v"


async def test_a_caller_that_is_cancelled_takes_nobody_with_it(cache):
    load = Load()
    load.go.clear()
    first = asyncio.create_task(cache.through("a", 30, load))
    await asyncio.sleep(0)
    second = asyncio.create_task(cache.through("a", 30, load))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.sleep(0)
    load.go.set()
    assert (await second).value == "v"
    assert load.calls == 1


async def test_a_load_that_nobody_waits_for_any_more_is_cancelled_and_joined_by_nobody(cache):
    ended = []

    async def endless() -> Loaded[str]:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            ended.append("cancelled")
            raise
        raise AssertionError

    callers = [asyncio.create_task(cache.through("a", 30, endless)) for _ in range(2)]
    await asyncio.sleep(0)
    for caller in callers:
        caller.cancel()
    await asyncio.gather(*callers, return_exceptions=True)
    assert (await cache.through("a", 30, Load())).value == "v"
    assert ended == ["cancelled"]


async def test_an_error_takes_what_is_older_with_it(cache, clock):
    await cache.through("a", 30, Load())
    clock.now += 10
    with pytest.raises(ValueError, match="no"):
        await cache.through("a", 5, Load(error=ValueError("no")))
    assert cache.get("a", 30) is None
    assert cache.statistics.bytes == 0


async def test_an_error_of_an_older_load_leaves_what_is_newer(cache, clock):
    slow = Load(error=ValueError("no"))
    slow.go.clear()
    first = asyncio.create_task(cache.through("a", 30, slow))
    await asyncio.sleep(0)
    clock.now += 5
    await cache.through("a", 1, Load("new"))
    slow.go.set()
    with pytest.raises(ValueError, match="no"):
        await first
    assert cache.get("a", 30).value == "new"


async def test_the_least_recently_used_entries_go_when_the_budget_is_spent(cache):
    for key in "abc":
        await cache.through(key, 30, Load(size=40) if key != "c" else Load(size=10))
    assert cache.get("a", 30)
    await cache.through("d", 30, Load(size=30))
    assert cache.get("b", 30) is None
    assert cache.get("a", 30)
    assert cache.statistics.bytes <= 100
    assert cache.statistics.evicted == 1


async def test_what_is_larger_than_the_budget_is_handed_out_and_not_kept(cache):
    assert (await cache.through("a", 30, Load(size=101))).value == "v"
    assert cache.statistics.entries == 0


async def test_what_is_invalidated_is_gone(cache):
    await cache.through("a", 30, Load())
    await cache.through("b", 30, Load())
    assert cache.invalidate(lambda key: key == "a") == 1
    assert cache.get("a", 30) is None
    assert cache.get("b", 30)
    assert cache.statistics.bytes == 10


async def test_what_has_become_too_old_goes_however_little_it_weighs(cache, clock):
    await cache.through("old", 30, Load(size=0))
    clock.now += 60
    await cache.through("new", 30, Load(size=0))
    assert cache.expire(59) == 1
    assert [entry.key for entry in cache.held()] == ["new"]


async def test_an_older_load_that_ends_late_does_not_replace_a_newer_one(cache, clock):
    slow, quick = Load("old"), Load("new")
    slow.go.clear()
    first = asyncio.create_task(cache.through("a", 30, slow))
    await asyncio.sleep(0)
    clock.now += 5
    await cache.through("a", 1, quick)
    slow.go.set()
    assert (await first).value == "old"
    assert cache.get("a", 30).value == "new"


@given(
    st.lists(
        st.tuples(st.sampled_from("abcd"), st.integers(1, 60), st.floats(0, 20), st.sampled_from([0, 5, 30])),
        max_size=40,
    )
)
def test_what_is_handed_out_is_never_older_than_was_accepted_and_the_budget_holds(visits: list):
    async def scene() -> None:
        clock = Clock()
        cache: ResourceCache[str, float] = ResourceCache(max_bytes=100, clock=clock)
        for key, size, pause, max_age in visits:
            clock.now += pause
            moment = clock.now

            async def load(moment: float = moment, size: int = size) -> Loaded[float]:
                return Loaded(moment, size)

            found = await cache.through(key, max_age, load)
            assert clock.now - found.value == found.age <= max_age
            assert cache.statistics.bytes <= 100
        assert cache.statistics.hits + cache.statistics.misses == len(visits)

    asyncio.run(scene())

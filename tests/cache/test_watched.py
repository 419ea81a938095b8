"""Which tables are worth a watch, when they may be given out, and when they are given up."""

from __future__ import annotations

import pyarrow as pa
import pytest

from homeperf_ray.cache.byte_budget import ByteBudget
from homeperf_ray.cache.watched import ASKS, BEAT, OFTEN, UNUSED, WatchedCache
from homeperf_ray.kube.changes import Bookmark, Changed, Connected, Down, Replaced

SCHEMA = pa.schema([("name", pa.string())])


def table(*names: str) -> pa.Table:
    return pa.Table.from_pylist([{"name": name} for name in names], SCHEMA)


def row(name: str) -> pa.RecordBatch:
    return pa.RecordBatch.from_pylist([{"name": name}], SCHEMA)


class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def dropped() -> list:
    return []


@pytest.fixture
def cache(clock, dropped) -> WatchedCache[str]:
    return WatchedCache(
        clock=clock, budget=ByteBudget(10_000), generation="g", dropped=lambda one: dropped.append(one.key)
    )


def watch(cache, key: str = "pods", *names: str, worker: str = "w") -> str:
    entry = cache.promote(key)
    entry.owner = worker
    assert cache.tell(entry.token, Replaced(table(*names or ("a",)), "5"))
    assert cache.tell(entry.token, Connected("5"))
    return entry.token


def names(reading) -> set[str]:
    return {name for piece in reading.pieces for name in piece.table.column("name").to_pylist()}


def test_what_is_asked_for_often_is_worth_a_watch_once(cache, clock):
    assert [cache.ask("pods") for _ in range(ASKS)] == [False] * (ASKS - 1) + [True]
    cache.promote("pods")
    assert not cache.ask("pods")


def test_what_is_asked_for_now_and_then_is_not(cache, clock):
    for _ in range(10):
        clock.now += OFTEN / (ASKS - 1) + 1
        assert not cache.ask("pods")


def test_what_nobody_asks_for_is_given_up(cache, clock, dropped):
    token = watch(cache)
    clock.now += UNUSED - 1
    cache.get("pods", 30)
    clock.now += UNUSED - 1
    cache.sweep()
    assert dropped == []
    clock.now += 2
    cache.sweep()
    assert dropped == ["pods"]
    assert not cache.tell(token, Bookmark("9"))
    assert cache.get("pods", 30) is None


def test_an_open_watch_is_current_however_long_nothing_has_happened(cache, clock):
    token = watch(cache)
    for _ in range(30):
        clock.now += 4
        cache.beat("w")
    reading = cache.get("pods", 30)
    assert (names(reading), reading.age, reading.live, reading.stale) == ({"a"}, 120, True, "")
    cache.tell(token, Bookmark("8"))
    assert cache.get("pods", 30).age == 0


def test_changes_are_given_out(cache):
    token = watch(cache, "pods", "a", "b")
    cache.tell(token, Changed(row("c"), (("", "a"),), "6"))
    reading = cache.get("pods", 30)
    assert (names(reading), reading.rows) == ({"b", "c"}, 2)


@pytest.mark.parametrize("max_age", [0, 0.5])
def test_who_accepts_nothing_old_is_answered_by_the_server(cache, clock, max_age):
    watch(cache)
    clock.now += 1
    assert cache.get("pods", max_age) is None


def test_a_watch_that_is_down_is_stale_says_so_and_is_given_out_within_max_age_only(cache, clock):
    token = watch(cache)
    cache.tell(token, Down("unreachable", "connection refused"))
    clock.now += 20
    reading = cache.get("pods", 30)
    assert (reading.age, reading.stale) == (20, "connection refused")
    clock.now += 11
    assert cache.get("pods", 30) is None
    [status] = cache.statuses()
    assert (status.state, status.reason) == ("stale", "connection refused")
    cache.tell(token, Connected("5"))
    assert cache.get("pods", 30).stale == ""


@pytest.mark.parametrize("kind", ["expired", "forbidden", "unauthorized", "not_found"])
def test_an_error_about_the_data_themselves_drops_them(cache, kind):
    token = watch(cache)
    cache.tell(token, Down(kind, "no"))
    assert cache.get("pods", 30) is None
    assert not cache.tell(token, Changed(row("b"), (), "6"))
    assert cache.tell(token, Replaced(table("new"), "50"))
    assert cache.tell(token, Connected("50"))
    assert names(cache.get("pods", 30)) == {"new"}


def test_a_worker_that_is_not_heard_of_makes_its_watches_stale(cache, clock):
    watch(cache)
    clock.now += BEAT + 1
    assert "w has not been heard of" in cache.get("pods", 30).stale
    clock.now += 30
    assert cache.get("pods", 30) is None
    cache.beat("w")
    assert cache.get("pods", 30).stale == ""


def test_what_cannot_be_watched_is_as_old_as_its_list(cache, clock):
    entry = cache.promote("metrics")
    cache.tell(entry.token, Replaced(table("a"), "", took=1.5))
    cache.tell(entry.token, Down("unwatchable", "405"))
    clock.now += 10
    reading = cache.get("metrics", 30)
    assert (reading.age, reading.live, reading.stale) == (11.5, False, "")
    assert cache.get("metrics", 11) is None
    assert next(cache.statuses()).state == "refreshed"


def test_a_promotion_begins_with_what_was_read_already(cache):
    entry = cache.promote("pods", table("a"), "5", age=12.0)
    reading = cache.get("pods", 30)
    assert (entry.version, reading.age) == ("5", 12.0)
    assert reading.stale
    cache.tell(entry.token, Connected("5"))
    assert not cache.get("pods", 30).stale


def test_the_least_recently_used_goes_when_the_budget_is_spent_and_stays_away_for_a_while(cache, clock, dropped):
    many = [f"{number:0100d}" for number in range(40)]
    watch(cache, "a", *many)
    watch(cache, "b", *many)
    cache.get("a", 30)
    watch(cache, "c", *many)
    assert dropped == ["b"]
    assert not any(cache.ask("b") for _ in range(ASKS))
    clock.now += UNUSED + 1
    assert any(cache.ask("b") for _ in range(ASKS))


def test_what_is_larger_than_the_budget_is_given_up(cache, dropped):
    token = watch(cache)
    assert not cache.tell(token, Replaced(table(*(f"{number:0100d}" for number in range(200))), "9"))
    assert dropped == ["pods"]


def test_tokens_of_an_earlier_generation_are_unknown(cache):
    assert not cache.tell("f-1", Bookmark("9"))

"""The store against a model of it: a plain copy of everything at every version."""

from __future__ import annotations

from collections import deque

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeperf_ray.sim import store as stores
from homeperf_ray.sim.collection import Collection
from homeperf_ray.sim.entries import encode
from homeperf_ray.sim.store import History, Store

PLACES = [(namespace, name) for namespace in ("a", "a-b", "b") for name in ("x", "y", "z")]

steps = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.sampled_from(PLACES)),
        st.tuples(st.just("remove"), st.sampled_from(PLACES)),
        st.tuples(st.just("compact"), st.none()),
    ),
    max_size=60,
)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def item(namespace: str, name: str, version: int = 1, **more: object) -> dict:
    return {"metadata": {"name": name, "namespace": namespace, "resourceVersion": str(version), **more}}


def empty(**history: float) -> Store:
    return Store({}, 1, 1, history=History(**history))


def state(collection: Collection, version: int, limit: int = 0, namespace: str = "") -> list[tuple[str, int]]:
    """Keys and versions of everything at a version, read in pages of ``limit``."""
    found, start = [], ""
    while True:
        section = collection.section(namespace, start=start, version=version, limit=limit)
        found.extend((entry.key, entry.version) for entry in section.entries)
        start = section.following
        if not start:
            return found


@given(steps, st.integers(0, 12), st.integers(0, 3))
def test_every_known_version_is_read_as_it_was(steps, changes, limit):
    first = [encode("pods", item("a", "x")), encode("pods", item("b", "z"))]
    store = Store({"pods": Collection("pods", first)}, 1, 1, history=History(changes=changes))
    now = {entry.key: 1 for entry in first}
    known = {1: dict(now)}
    for step, place in steps:
        if step == "compact":
            known.clear()
            assert store.compact() == store.oldest == store.version
        elif step == "put":
            version = store.put("pods", item(*place)).version
            now["/".join(place)] = version
        elif store.remove("pods", *place) is None:
            assert "/".join(place) not in now
            continue
        else:
            del now["/".join(place)]
        known[store.version] = dict(now)
    collection = store.collection("pods")
    assert store.version - store.oldest <= changes + 1
    assert collection.keys == sorted(now)
    assert len(collection) == len(now)
    for version, then in known.items():
        if version < store.oldest:
            continue
        assert state(collection, version, limit) == sorted(then.items())
        mine = {key: at for key, at in then.items() if key.startswith("a/")}
        assert state(collection, version, limit, "a") == sorted(mine.items())
        page = collection.section("", version=version, limit=1)
        assert (page.remaining or 0) == max(0, len(then) - 1)


@given(steps)
def test_what_is_forgotten_leaves_nothing_behind(steps):
    store = empty()
    for step, place in steps:
        if step == "put":
            store.put("pods", item(*place))
        elif step == "remove":
            store.remove("pods", *place)
    store.compact()
    collection = store.collection("pods")
    assert not collection._past
    assert not collection._ghosts
    assert collection._keys == sorted(collection._now)


def test_history_ends_after_so_many_changes():
    store = empty(changes=3)
    for name in "abcdef":
        store.put("pods", item("n", name))
    assert (store.oldest, store.version) == (4, 7)
    assert [change.version for change in store.changes("pods", store.oldest)] == [5, 6, 7]


def test_history_ends_after_some_time():
    clock = Clock()
    store = Store({}, 1, 1, history=History(seconds=10), clock=clock)
    store.put("pods", item("n", "a"))
    clock.now = 9
    store.put("pods", item("n", "b"))
    assert store.oldest == 1
    clock.now = 11
    store.put("pods", item("n", "c"))
    assert store.oldest == 2


def test_history_does_not_outgrow_its_bytes():
    store = empty(bytes=10_000)
    for _ in range(50):
        store.put("configmaps", {**item("n", "large"), "data": {"text": "x" * 4_000}})
    assert 1 <= store.version - store.oldest <= 3


async def test_a_subscriber_is_told_of_everything_in_order_compacted_or_not():
    store = empty()
    store.put("pods", item("n", "a"))
    subscription = store.subscribe("pods", 1)
    store.put("nodes", item("", "other"))
    store.put("pods", item("n", "b"))
    store.compact()
    woken = subscription.woken()
    assert woken.done()
    assert [change.key for change in subscription.take()] == ["n/a", "n/b"]
    woken = subscription.woken()
    assert not woken.done()
    store.remove("pods", "n", "a")
    assert woken.done()
    assert [(change.key, change.after) for change in subscription.take()] == [("n/a", None)]
    store.unsubscribe("pods", subscription)
    store.put("pods", item("n", "c"))
    assert subscription.take() == []


async def test_a_subscriber_that_does_not_listen_is_overrun(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(stores, "BUFFER", 2)
    store = empty()
    subscription = store.subscribe("pods", 1)
    for name in "abc":
        store.put("pods", item("n", name))
    assert subscription.overrun
    assert isinstance(subscription._changes, deque)
    assert len(subscription._changes) == 2

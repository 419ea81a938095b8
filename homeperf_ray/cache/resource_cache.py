"""ResourceCache: what was read, how old it is, and one load for everyone who asks at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Iterator
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

from homeperf_ray.cache.byte_budget import ByteBudget

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Loaded(NamedTuple, Generic[V]):
    """A value and its size in bytes."""

    value: V
    size: int


class Found(NamedTuple, Generic[V]):
    """A value, its age in seconds, and whether it was there before it was asked for."""

    value: V
    age: float
    hit: bool


class Statistics(NamedTuple):
    """What the cache holds and has done since it was made."""

    entries: int
    bytes: int
    hits: int
    misses: int
    evicted: int


class Held(NamedTuple, Generic[K, V]):
    """One entry: its size in bytes, its age in seconds, and how often it was asked for and given out."""

    key: K
    value: V
    size: int
    age: float
    hits: int


@dataclass(eq=False)
class _Entry(Generic[V]):
    value: V
    size: int
    read: float
    hits: int = 0


@dataclass(eq=False)
class _Load(Generic[V]):
    began: float
    task: asyncio.Task[Loaded[V]]
    waiting: int = 0


class ResourceCache(Generic[K, V]):
    """Soft state: whatever is lost is loaded again.

    An entry's age counts from the moment its load began, so that it is never thought younger than it is. Beyond
    ``max_bytes`` the least recently used entries are dropped; others may spend from the same ``budget``. The clock
    gives monotonic seconds.
    """

    def __init__(self, *, max_bytes: int, clock: Callable[[], float]) -> None:
        self.budget = ByteBudget(max_bytes)
        self._clock = clock
        self._entries: dict[K, _Entry[V]] = {}
        self._loads: dict[K, _Load[V]] = {}
        self._bytes = self._hits = self._misses = self._evicted = 0

    def get(self, key: K, max_age: float) -> Found[V] | None:
        """An entry that is at most ``max_age`` seconds old; 0 accepts none."""
        entry = self._entries.get(key)
        if entry is None or max_age <= 0 or self._clock() - entry.read > max_age:
            return None
        self.budget.touch(("cached", key))
        self._hits += 1
        entry.hits += 1
        return Found(entry.value, self._clock() - entry.read, hit=True)

    async def through(self, key: K, max_age: float, load: Callable[[], Awaitable[Loaded[V]]]) -> Found[V]:
        """The entry, or what ``load`` gives; callers that ask for one key at once share one load.

        A load that fails raises for everyone who shares it, and nothing older is kept either. A caller that is
        cancelled does not cancel the load of the others; a load that nobody waits for any more is cancelled.
        """
        if found := self.get(key, max_age):
            return found
        now = self._clock()
        shared = self._loads.get(key)
        if shared is not None and now - shared.began <= max_age:
            self._hits += 1
            return Found(await self._wait(key, shared), self._clock() - shared.began, hit=True)
        self._misses += 1
        own = self._loads[key] = _Load(now, asyncio.ensure_future(self._loading(key, now, load)))
        return Found(await self._wait(key, own), self._clock() - now, hit=False)

    def invalidate(self, concerns: Callable[[K], bool]) -> int:
        """Drop the entries that are concerned; how many there were."""
        keys = [key for key in self._entries if concerns(key)]
        for key in keys:
            self._drop(key)
        return len(keys)

    def expire(self, seconds: float) -> int:
        """Drop what is older than so many seconds, however little it weighs; how many entries that were."""
        oldest = self._clock() - seconds
        return self.invalidate(lambda key: self._entries[key].read < oldest)

    def held(self) -> Iterator[Held[K, V]]:
        """Every entry, however old."""
        now = self._clock()
        for key, entry in self._entries.items():
            yield Held(key, entry.value, entry.size, now - entry.read, entry.hits)

    @property
    def statistics(self) -> Statistics:
        return Statistics(len(self._entries), self._bytes, self._hits, self._misses, self._evicted)

    async def _wait(self, key: K, load: _Load[V]) -> V:
        load.waiting += 1
        try:
            return (await asyncio.shield(load.task)).value
        finally:
            load.waiting -= 1
            if load.task.done() or not load.waiting:
                load.task.cancel()
                if self._loads.get(key) is load:
                    del self._loads[key]

    async def _loading(self, key: K, began: float, load: Callable[[], Awaitable[Loaded[V]]]) -> Loaded[V]:
        try:
            loaded = await load()
        except Exception:
            if (entry := self._entries.get(key)) and entry.read <= began:
                self._drop(key)
            raise
        self._store(key, _Entry(loaded.value, loaded.size, began))
        return loaded

    def _store(self, key: K, entry: _Entry[V]) -> None:
        newer = self._entries.get(key)
        if newer is not None and newer.read > entry.read:
            return
        self._drop(key)
        if entry.size > self.budget.max_bytes:
            return
        self._entries[key] = entry
        self._bytes += entry.size
        self.budget.hold(("cached", key), entry.size, lambda: self._evict(key))

    def _evict(self, key: K) -> None:
        self._evicted += 1
        self._drop(key)

    def _drop(self, key: K) -> None:
        if entry := self._entries.pop(key, None):
            self._bytes -= entry.size
            self.budget.release(("cached", key))

"""Every object in every version that is still known, and who is told of changes."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from homeperf_ray.sim.collection import Collection
from homeperf_ray.sim.entries import Entry, encode, key_of

BUFFER = 10_000
"""Changes that wait for one subscriber; a subscriber that has fallen further behind is overrun."""


@dataclass(frozen=True)
class History:
    """How much of the past is remembered: at most so many changes, ``seconds`` (etcd: five minutes) and ``bytes``."""

    changes: int = 50_000
    seconds: float = 300.0
    bytes: int = 128 << 20


@dataclass(frozen=True, slots=True)
class Change:
    """One write: the object before it (None for a new one) and after it (None for one that is gone).

    ``time`` is in seconds of the store's clock.
    """

    version: int
    resource: str
    before: Entry | None
    after: Entry | None
    time: float

    @property
    def key(self) -> str:
        entry = self.after or self.before
        assert entry is not None
        return entry.key

    @property
    def bytes(self) -> int:
        """What remembering this change costs: the body that nothing else holds."""
        return len(self.before.body) if self.before else 0


def entry_of(change: Change) -> Entry:
    """What a write left, which was no removal."""
    assert change.after is not None
    return change.after


class Subscription:
    """The changes of one resource type from some version on, in order, none left out.

    Compaction does not touch them. ``overrun`` is set once more than ``BUFFER`` wait; there is a gap then.
    """

    def __init__(self, changes: deque[Change]) -> None:
        self._changes = changes
        self._woken: asyncio.Future[None] | None = None
        self.overrun = False

    def take(self) -> list[Change]:
        """What has happened since it was asked last."""
        taken = list(self._changes)
        self._changes.clear()
        return taken

    def woken(self) -> asyncio.Future[None]:
        """A future that is done as soon as there is something to take."""
        if self._woken is None or self._woken.done():
            self._woken = asyncio.get_running_loop().create_future()
        if self._changes or self.overrun:
            self._woken.set_result(None)
        return self._woken

    def tell(self, change: Change) -> None:
        """Add a change, or be overrun."""
        if len(self._changes) < BUFFER:
            self._changes.append(change)
        else:
            self.overrun = True
        if self._woken is not None and not self._woken.done():
            self._woken.set_result(None)


class Store:
    """Every collection. ``version`` is the current one; ``oldest`` the first that is not compacted away.

    A list can be read at any version from ``oldest`` on, and a watch can begin at one. A write costs the same however
    many objects there are, but for a new key's place in a sorted list. ``clock`` counts seconds.
    """

    def __init__(
        self,
        collections: Mapping[str, Collection],
        oldest: int,
        version: int,
        *,
        history: History = History(),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._collections = dict(collections)
        self._history = history
        self._clock = clock
        self._changes: deque[Change] = deque()
        self._bytes = 0
        self._logs: dict[str, deque[Change]] = {}
        self._subscriptions: dict[str, set[Subscription]] = {}
        self.oldest = oldest
        self.version = version

    def collection(self, resource: str) -> Collection:
        """The objects of a resource type; none where there are none."""
        found = self._collections.get(resource)
        return Collection(resource, ()) if found is None else found

    def put(self, resource: str, item: Mapping[str, Any]) -> Change:
        """Write an object: a new one, or in the place of the one that is there. It gets the next resourceVersion."""
        metadata = {**item["metadata"], "resourceVersion": str(self.version + 1)}
        entry = encode(resource, {"metadata": metadata, **{k: v for k, v in item.items() if k != "metadata"}})
        return self._write(resource, entry.key, entry)

    def remove(self, resource: str, namespace: str, name: str) -> Change | None:
        """Take an object away; None where there is none."""
        key = key_of(namespace, name)
        there = self.collection(resource).get(namespace, name) is not None
        return self._write(resource, key, None) if there else None

    def changes(self, resource: str, after: int) -> list[Change]:
        """What was written to one resource type after a version, as far as it is remembered."""
        found: list[Change] = []
        for change in reversed(self._logs.get(resource, ())):
            if change.version <= after:
                break
            found.append(change)
        return found[::-1]

    def subscribe(self, resource: str, after: int) -> Subscription:
        """Every change after a version, which is at least ``oldest``. End it with ``unsubscribe``."""
        subscription = Subscription(deque(self.changes(resource, after)))
        self._subscriptions.setdefault(resource, set()).add(subscription)
        return subscription

    def unsubscribe(self, resource: str, subscription: Subscription) -> None:
        """End a subscription."""
        self._subscriptions.get(resource, set()).discard(subscription)

    def compact(self) -> int:
        """Forget the past: every version that anybody was ever told is too old from now on. The new version.

        Subscriptions go on, as watches of a genuine server do when etcd is compacted.
        """
        while self._changes:
            self._forget()
        self.version += 1
        self.oldest = self.version
        return self.version

    def _write(self, resource: str, key: str, after: Entry | None) -> Change:
        self.version += 1
        collection = self._collections.setdefault(resource, Collection(resource, ()))
        before = collection.write(self.version, key, after)
        change = Change(self.version, resource, before, after, self._clock())
        self._changes.append(change)
        self._logs.setdefault(resource, deque()).append(change)
        self._bytes += change.bytes
        self._expire(change.time)
        for subscription in self._subscriptions.get(resource, ()):
            subscription.tell(change)
        return change

    def _expire(self, now: float) -> None:
        history, changes = self._history, self._changes
        while changes and (
            len(changes) > history.changes or self._bytes > history.bytes or now - changes[0].time > history.seconds
        ):
            self._forget()

    def _forget(self) -> None:
        """Forget the oldest change, and the state before it."""
        change = self._changes.popleft()
        self._logs[change.resource].popleft()
        self._collections[change.resource].forget(change.key)
        self._bytes -= change.bytes
        self.oldest = max(self.oldest, change.version)

"""WatchedCache: tables that reflectors keep current, which of them are worth it, and how current they are."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from typing import Generic, Literal, NamedTuple, TypeVar

import pyarrow as pa

from homeperf_ray.cache.byte_budget import ByteBudget
from homeperf_ray.cache.followed import FollowedTable, Piece, Shelf, on_the_heap
from homeperf_ray.kube.changes import Change, Changed, Connected, Down, Replaced

ASKS, OFTEN = 3, 300.0
"""What is asked for so many times within so many seconds is worth a watch."""

UNUSED = 300.0
"""Seconds after which what nobody asks for is watched no more."""

MOST = 200
"""Entries at once: each is a connection to a server."""

CURRENT = 2.0
"""Seconds that a change may be on its way. Whoever accepts no answer that old is answered by the server."""

BEAT = 6.0
"""Seconds without a sign of life after which what a worker watches counts as stale."""

INVALID = frozenset({"expired", "forbidden", "unauthorized", "not_found", "config"})
"""Kinds of errors after which the table itself is dropped, not only out of date."""

State = Literal["watched", "refreshed", "stale", "loading"]
K = TypeVar("K", bound=Hashable)


class Reading(NamedTuple):
    """A table as it is given out, ``age`` seconds old. ``live``: a watch keeps it current; ``stale``: why none does."""

    pieces: tuple[Piece, ...]
    rows: int
    age: float
    live: bool
    stale: str


@dataclass(eq=False)
class Entry(Generic[K]):
    """One resource that is followed. ``token`` is what its reflector tells its changes under."""

    key: K
    token: str
    asked: float
    owner: str = ""
    table: FollowedTable | None = None
    version: str = ""
    heard: float = 0.0
    live: bool = False
    kind: str = "loading"
    reason: str = "its reflector has just begun"
    hits: int = 0


class Status(NamedTuple, Generic[K]):
    """What is known of one entry; ``age`` is in seconds since the last event or bookmark."""

    key: K
    state: State
    rows: int
    bytes: int
    age: float
    version: str
    hits: int
    reason: str
    worker: str


class WatchedCache(Generic[K]):
    """Tables by key, each current for as long as its watch is open; soft state, as everything in the cache.

    ``dropped`` is told of every entry that is given up, so that its reflector ends. The clock gives monotonic seconds.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], float],
        budget: ByteBudget,
        generation: str = "",
        shelf: Shelf = on_the_heap,
        dropped: Callable[[Entry[K]], None] = lambda _: None,
    ) -> None:
        self._clock = clock
        self._budget = budget
        self._generation = generation
        self._shelf = shelf
        self._dropped = dropped
        self._entries: dict[K, Entry[K]] = {}
        self._tokens: dict[str, Entry[K]] = {}
        self._asks: dict[K, deque[float]] = {}
        self._barred: dict[K, float] = {}
        self._beats: dict[str, float] = {}
        self._number = 0

    def get(self, key: K, max_age: float) -> Reading | None:
        """The table as it is, where its watch is open, or where it is at most ``max_age`` seconds old.

        None where the server has to be asked. What is stale says so.
        """
        entry = self._entries.get(key)
        if entry is None:
            return None
        now = self._clock()
        entry.asked = now
        self._budget.touch(("watched", key))
        if entry.table is None or max_age <= 0:
            return None
        age, live = now - entry.heard, self._is_live(entry, now)
        if not (live and max_age >= CURRENT) and age > max_age:
            return None
        entry.hits += 1
        stale = "" if live or entry.kind == "unwatchable" else self._why(entry)
        return Reading(entry.table.pieces(), entry.table.rows, age, live, stale)

    def has(self, key: K) -> bool:
        """Whether a key is followed."""
        return key in self._entries

    def ask(self, key: K) -> bool:
        """Note that something was asked for; whether it is now worth a watch that it does not have."""
        now = self._clock()
        if key in self._entries or self._barred.get(key, now) > now:
            return False
        asks = self._asks.setdefault(key, deque(maxlen=ASKS))
        asks.append(now)
        return len(asks) == ASKS and now - asks[0] <= OFTEN and len(self._entries) < MOST

    def promote(self, key: K, table: pa.Table | None = None, version: str = "", age: float = 0.0) -> Entry[K]:
        """A new entry, which begins with a table that was read ``age`` seconds ago where there is one."""
        self._asks.pop(key, None)
        self._number += 1
        now = self._clock()
        entry = Entry(key, f"{self._generation}-{self._number}", now)
        self._entries[key] = self._tokens[entry.token] = entry
        if table is not None and version:
            entry.table, entry.version, entry.heard = FollowedTable(table, self._shelf), version, now - age
            self._weigh(entry)
        return entry

    def tell(self, token: str, change: Change) -> bool:
        """Take in what a reflector tells; False where it is of no use, and so its reflector is to end or begin anew."""
        entry = self._tokens.get(token)
        if entry is None:
            return False
        now = self._clock()
        self._beats[entry.owner] = now
        if isinstance(change, Down):
            entry.live, entry.kind, entry.reason = False, change.kind, change.reason
            if change.kind in INVALID:
                entry.table, entry.version = None, ""
                self._budget.release(("watched", entry.key))
            return True
        if isinstance(change, Connected):
            entry.live, entry.kind, entry.reason = entry.table is not None, "", ""
            return entry.live
        if isinstance(change, Replaced):
            entry.table, entry.heard = FollowedTable(change.table, self._shelf), now - change.took
        elif entry.table is None:
            return False
        else:
            entry.heard = now
            if isinstance(change, Changed):
                entry.table.apply(change)
        entry.version = change.version
        self._weigh(entry)
        return token in self._tokens

    def beat(self, owner: str) -> None:
        """A worker lives: what it said last still holds."""
        self._beats[owner] = self._clock()

    def sweep(self) -> None:
        """Give up what nobody has asked for lately."""
        now = self._clock()
        for entry in list(self._entries.values()):
            if now - entry.asked > UNUSED:
                self.drop(entry.key)
        self._asks = {key: asks for key, asks in self._asks.items() if now - asks[-1] <= OFTEN}
        self._barred = {key: until for key, until in self._barred.items() if until > now}

    def drop(self, key: K) -> bool:
        """Give up one entry; whether there was one."""
        entry = self._entries.pop(key, None)
        if entry is None:
            return False
        del self._tokens[entry.token]
        self._budget.release(("watched", key))
        self._dropped(entry)
        return True

    def statuses(self) -> Iterator[Status[K]]:
        """What is known of every entry."""
        now = self._clock()
        for entry in self._entries.values():
            table = entry.table
            yield Status(
                key=entry.key,
                state=self._state(entry, now),
                rows=table.rows if table else 0,
                bytes=table.nbytes if table else 0,
                age=now - entry.heard if table else 0.0,
                version=entry.version,
                hits=entry.hits,
                reason="" if self._is_live(entry, now) else self._why(entry),
                worker=entry.owner,
            )

    def _state(self, entry: Entry[K], now: float) -> State:
        if self._is_live(entry, now):
            return "watched"
        if entry.kind == "unwatchable":
            return "refreshed"
        return "stale" if entry.table else "loading"

    def _is_live(self, entry: Entry[K], now: float) -> bool:
        return entry.live and now - self._beats.get(entry.owner, now - 2 * BEAT) <= BEAT

    def _why(self, entry: Entry[K]) -> str:
        return f"{entry.owner} has not been heard of" if entry.live else entry.reason

    def _weigh(self, entry: Entry[K]) -> None:
        assert entry.table is not None
        self._budget.hold(("watched", entry.key), entry.table.nbytes, lambda: self._evict(entry))

    def _evict(self, entry: Entry[K]) -> None:
        """It is too large for now: what is evicted is not promoted again at once."""
        self._barred[entry.key] = self._clock() + UNUSED
        self.drop(entry.key)

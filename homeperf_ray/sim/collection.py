"""The objects of one resource type, now and at every version that is still known."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from operator import itemgetter

from homeperf_ray.sim.entries import Entry, key_of

_BATCH = 512

_EVER = 1 << 63


@dataclass(frozen=True)
class Section:
    """A part of a collection in the order of its keys.

    ``following`` is the key of the first object that did not fit, empty at the end; ``remaining`` counts it and all
    that come after it, None where a selector makes that unknown.
    """

    entries: list[Entry]
    following: str = ""
    remaining: int | None = None


class Collection:
    """Objects by key, in multiple versions (MVCC, as in etcd).

    What is there now is a dict, so a change of an object costs the same however many there are; a new object's key
    goes into a sorted list. Earlier states are kept only for keys that changed, oldest first, each with the version
    at which it ended. A key stays in the list as long as some known version has it.
    """

    def __init__(self, resource: str, entries: Iterable[Entry]) -> None:
        self.resource = resource
        self._now = {entry.key: entry for entry in entries}
        self._keys = sorted(self._now)
        self._past: dict[str, list[tuple[int, Entry | None]]] = {}
        self._ghosts: dict[str, int] = {}
        """Keys that some known version has not, with the number of such states."""

    def __len__(self) -> int:
        return len(self._now)

    @property
    def entries(self) -> list[Entry]:
        """What is there now, in the order of the keys."""
        return [self._now[key] for key in self.keys]

    @property
    def keys(self) -> list[str]:
        """The keys of what is there now, sorted."""
        return [key for key in self._keys if key in self._now] if self._ghosts else self._keys.copy()

    def get(self, namespace: str, name: str) -> Entry | None:
        """One object as it is now."""
        return self._now.get(key_of(namespace, name))

    def at(self, key: str, version: int) -> Entry | None:
        """One object as it was at a known version."""
        past = self._past.get(key)
        if not past or version >= past[-1][0]:
            return self._now.get(key)
        return past[bisect_right(past, version, key=itemgetter(0))][1]

    def section(
        self,
        namespace: str,
        *,
        start: str = "",
        version: int = _EVER,
        limit: int = 0,
        matches: Callable[[Entry], bool] | None = None,
    ) -> Section:
        """What ``matches``, from the key ``start`` on, as it was at ``version``; 0 is no limit."""
        first, stop = self._span(namespace)
        if start:
            first = max(first, bisect_left(self._keys, start, first, stop))
        if not limit and not self._past:
            now = self._now
            found = [now[key] for key in self._keys[first:stop]]
            return Section(found if matches is None else list(filter(matches, found)))
        entries: list[Entry] = []
        for entry in self._live(first, stop, version):
            if matches is not None and not matches(entry):
                continue
            if limit and len(entries) == limit:
                return Section(entries, entry.key, None if matches else self._count(entry.key, stop, version))
            entries.append(entry)
        return Section(entries)

    def write(self, version: int, key: str, after: Entry | None) -> Entry | None:
        """Put an object in the place of the one that is there, or take that away: the one that was there."""
        before = self._now.get(key)
        if before is None and key not in self._past:
            insort(self._keys, key)
            self._ghosts[key] = 1
        self._past.setdefault(key, []).append((version, before))
        if after is None:
            del self._now[key]
            self._ghosts[key] = self._ghosts.get(key, 0) + 1
        else:
            self._now[key] = after
        return before

    def forget(self, key: str) -> None:
        """Forget the earliest state of one key that was written to."""
        past = self._past[key]
        if past.pop(0)[1] is None:
            self._ghosts[key] -= 1
        there = key in self._now
        if not past:
            del self._past[key]
            if not there:
                del self._ghosts[key], self._keys[bisect_left(self._keys, key)]
        if there and not self._ghosts.get(key, 1):
            del self._ghosts[key]

    def _span(self, namespace: str) -> tuple[int, int]:
        """The positions of one namespace's keys, or of all where ``namespace`` is empty."""
        if not namespace:
            return 0, len(self._keys)
        return bisect_left(self._keys, f"{namespace}/"), bisect_left(self._keys, f"{namespace}0")

    def _live(self, first: int, stop: int, version: int) -> Iterator[Entry]:
        now, past = self._now, self._past
        for position in range(first, stop, _BATCH):
            for key in self._keys[position : min(stop, position + _BATCH)]:
                entry = self.at(key, version) if key in past else now[key]
                if entry is not None:
                    yield entry

    def _count(self, start: str, stop: int, version: int) -> int:
        """How many keys from ``start`` to the position ``stop`` were there at ``version``."""
        first = bisect_left(self._keys, start)
        end = self._keys[stop] if stop < len(self._keys) else None
        absent = sum(
            1 for key in self._ghosts if start <= key and (end is None or key < end) and self.at(key, version) is None
        )
        return stop - first - absent

"""When requests arrived: the highest number in any window, and a bounded log of exact times."""

from __future__ import annotations

from collections import deque
from typing import Any

WINDOWS = (0.1, 1.0, 10.0)
"""Seconds."""

LOGGED = 200_000
"""Arrivals that are remembered one by one."""


_BATCH = 512
"""Arrivals that are counted into the windows at once, which costs a fifth of doing it one by one."""

_KEPT = 4_096


class Peak:
    """The most arrivals that were ever seen within each of ``WINDOWS``, wherever it begins."""

    __slots__ = ("_first", "_times", "highest")

    def __init__(self) -> None:
        self.highest = [0] * len(WINDOWS)
        self._times: list[float] = []
        self._first = [0] * len(WINDOWS)
        """Where the window that ends with the latest arrival begins."""

    def take(self, arrived: list[float]) -> None:
        """Count arrivals, in their order."""
        times, begin = self._times, len(self._times)
        times.extend(arrived)
        for position, window in enumerate(WINDOWS):
            first, highest = self._first[position], self.highest[position]
            for last, time in enumerate(arrived, begin):
                while times[first] <= time - window:
                    first += 1
                if last - first >= highest:
                    highest = last - first + 1
            self._first[position], self.highest[position] = first, highest
        if (old := min(self._first)) > _KEPT:
            del times[:old]
            self._first = [first - old for first in self._first]

    def report(self) -> dict[str, int]:
        return {f"{window:g}": count for window, count in zip(WINDOWS, self.highest, strict=True)}


class Rates:
    """Peaks of all requests, and by user, verb and resource; and the log."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Begin anew."""
        self._all = Peak()
        self._by: tuple[dict[str, Peak], ...] = ({}, {}, {})
        self._log: deque[tuple[float, str, str, str]] = deque(maxlen=LOGGED)
        self._fresh: list[tuple[float, str, str, str]] = []
        self._counted = 0

    def arrived(self, now: float, user: str, verb: str, resource: str) -> None:
        """One request, at ``now`` seconds of ``time.monotonic``."""
        self._fresh.append((now, user, verb, resource))
        if len(self._fresh) >= _BATCH:
            self._count()

    def _count(self) -> None:
        fresh, self._fresh = self._fresh, []
        self._counted += len(fresh)
        self._log.extend(fresh)
        self._all.take([one[0] for one in fresh])
        users, verbs, resources = ([one[field] for one in fresh] for field in (1, 2, 3))
        for peaks, names in zip(self._by, (users, verbs, resources), strict=True):
            times: dict[Any, list[float]] = {}
            for name, one in zip(names, fresh, strict=True):
                times.setdefault(name, []).append(one[0])
            for name, arrived in times.items():
                peaks.setdefault(name, Peak()).take(arrived)

    def report(self) -> dict[str, Any]:
        """The most requests within any 0.1, 1 and 10 s."""
        self._count()
        by = [{name: peak.report() for name, peak in sorted(peaks.items())} for peaks in self._by]
        return {"all": self._all.report(), "by_user": by[0], "by_verb": by[1], "by_resource": by[2]}

    def arrivals(self, **wanted: str) -> dict[str, Any]:
        """The logged arrivals of a user, verb or resource, oldest first, and how many were not kept.

        Times are seconds of the system's monotonic clock, which every process of this machine shares.
        """
        self._count()
        found = [
            {"time": time, "user": user, "verb": verb, "resource": resource}
            for time, user, verb, resource in self._log
            if wanted.get("user", user) == user
            and wanted.get("verb", verb) == verb
            and wanted.get("resource", resource) == resource
        ]
        return {"arrivals": found, "dropped": self._counted - len(self._log)}

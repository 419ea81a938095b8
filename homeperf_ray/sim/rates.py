"""When requests arrived: the highest number in any window, and a bounded log of exact times."""

from __future__ import annotations

from collections import deque
from typing import Any

WINDOWS = (0.1, 1.0, 10.0)
"""Seconds."""

LOGGED = 200_000
"""Arrivals that are remembered one by one."""


class Peak:
    """The most arrivals that were ever seen within each of ``WINDOWS``, wherever it begins."""

    __slots__ = ("_recent", "highest")

    def __init__(self) -> None:
        self.highest = [0] * len(WINDOWS)
        self._recent: tuple[deque[float], ...] = tuple(deque() for _ in WINDOWS)

    def arrived(self, now: float) -> None:
        for position, window in enumerate(WINDOWS):
            recent, since = self._recent[position], now - window
            recent.append(now)
            while recent[0] <= since:
                recent.popleft()
            self.highest[position] = max(self.highest[position], len(recent))

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
        self._seen = 0

    def arrived(self, now: float, user: str, verb: str, resource: str) -> None:
        """One request, at ``now`` seconds of ``time.monotonic``."""
        self._seen += 1
        self._log.append((now, user, verb, resource))
        self._all.arrived(now)
        for peaks, name in zip(self._by, (user, verb, resource), strict=True):
            peak = peaks.get(name)
            if peak is None:
                peak = peaks[name] = Peak()
            peak.arrived(now)

    def report(self) -> dict[str, Any]:
        """The most requests within any 0.1, 1 and 10 s."""
        by = [{name: peak.report() for name, peak in sorted(peaks.items())} for peaks in self._by]
        return {"all": self._all.report(), "by_user": by[0], "by_verb": by[1], "by_resource": by[2]}

    def arrivals(self, **wanted: str) -> dict[str, Any]:
        """The logged arrivals of a user, verb or resource, oldest first, and how many were not kept.

        Times are seconds of the system's monotonic clock, which every process of this machine shares.
        """
        found = [
            {"time": time, "user": user, "verb": verb, "resource": resource}
            for time, user, verb, resource in self._log
            if wanted.get("user", user) == user
            and wanted.get("verb", verb) == verb
            and wanted.get("resource", resource) == resource
        ]
        return {"arrivals": found, "dropped": self._seen - len(self._log)}

"""What the server really received, counted as it arrives."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from homeperf_ray.sim.rates import Rates

ROWS = 10_000
"""Kinds of requests that are told apart; those that come after so many are counted together."""

MORE = "(more)"
"""What stands for names that are not told apart any more."""

_NAME = 256
"""Characters of a name or path that are kept."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A request as it is counted. ``path`` is set only for what is no resource; ``epoch`` tells resets apart."""

    user: str
    verb: str
    resource: str
    namespace: str
    path: str
    epoch: int


@dataclass(slots=True)
class _Row:
    count: int = 0
    bytes: int = 0
    statuses: dict[int, int] = field(default_factory=dict)


class Counts:
    """Requests by user, verb, resource, namespace and path, with their statuses and the bytes of their answers.

    A request counts when its head has been read, so one whose client goes away counts too; it then has the status 0,
    as has one that a fault left without an answer.
    """

    def __init__(self) -> None:
        self._rows: dict[tuple[str, str, str, str, str], _Row] = {}
        self.rates = Rates()
        self._epoch = 0
        self._connections = 0
        self.in_flight = 0
        self._max_in_flight = 0

    def connected(self) -> None:
        """A connection was accepted."""
        self._connections += 1

    def arrived(self, user: str, verb: str, resource: str, namespace: str, path: str) -> Arrival:
        """Count a request."""
        user, resource, namespace, path = user[:_NAME], resource[:_NAME], namespace[:_NAME], path[:_NAME]
        row = self._rows.get((user, verb, resource, namespace, path))
        if row is None:
            if len(self._rows) >= ROWS:
                user, resource, namespace, path = MORE, MORE, "", ""
            row = self._rows.setdefault((user, verb, resource, namespace, path), _Row())
        row.count += 1
        self.rates.arrived(time.monotonic(), user, verb, resource)
        self.in_flight += 1
        self._max_in_flight = max(self._max_in_flight, self.in_flight)
        return Arrival(user, verb, resource, namespace, path, self._epoch)

    def ended(self, arrival: Arrival, status: int, sent: int) -> None:
        """Count how a request ended, and the bytes of the body that it was sent."""
        self.in_flight -= 1
        if arrival.epoch != self._epoch:
            return
        row = self._rows[arrival.user, arrival.verb, arrival.resource, arrival.namespace, arrival.path]
        row.bytes += sent
        row.statuses[status] = row.statuses.get(status, 0) + 1

    def reset(self) -> None:
        """Begin anew. Requests in flight stay in flight and are counted no more."""
        self._rows.clear()
        self.rates.clear()
        self._epoch += 1
        self._connections = 0
        self._max_in_flight = self.in_flight

    def report(self) -> dict[str, Any]:
        """Everything as JSON-ready values; the sums in ``by_*`` each add up to ``total``.

        A row's ``statuses`` lack its requests still in flight.
        """
        rows = [
            {
                "user": user,
                "verb": verb,
                "resource": resource,
                "namespace": namespace,
                "path": path,
                "count": row.count,
                "bytes": row.bytes,
                "statuses": {str(status): count for status, count in sorted(row.statuses.items())},
            }
            for (user, verb, resource, namespace, path), row in sorted(self._rows.items())
        ]
        statuses: dict[str, int] = {}
        for row in self._rows.values():
            for status, count in row.statuses.items():
                statuses[str(status)] = statuses.get(str(status), 0) + count
        return {
            "total": sum(row.count for row in self._rows.values()),
            "bytes": sum(row.bytes for row in self._rows.values()),
            "connections": self._connections,
            "in_flight": self.in_flight,
            "max_in_flight": self._max_in_flight,
            "by_user": self._sums(0),
            "by_verb": self._sums(1),
            "by_resource": self._sums(2),
            "statuses": statuses,
            "highest": self.rates.report(),
            "requests": rows,
        }

    def _sums(self, position: int) -> dict[str, int]:
        sums: dict[str, int] = {}
        for key, row in sorted(self._rows.items()):
            sums[key[position]] = sums.get(key[position], 0) + row.count
        return sums

"""API Priority and Fairness: seats, queues, and who comes next.

A request takes as many seats as its work is estimated to be wide and holds them as long as it is worked on. Seats are
dealt per priority level; within a level, flows wait in queues that are dealt by shuffle sharding and served by
start-time fair queueing (Goyal, Vin and Cheng, 1996), where a genuine server uses a close relative (KEP-1040).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from hashlib import sha256
from math import ceil
from typing import Any

from homeperf_ray.sim.flowcontrol import LEVELS, PriorityLevel

SEATS = 600
"""Of a genuine server as it is set by default: 400 for reading requests in flight and 200 for the others."""

WAIT = 15.0
"""Seconds that a request may wait for its seats: a quarter of a request's default timeout."""

_PER_SEAT, _WIDEST = 100, 10


def width(verb: str, query: Mapping[str, str], stored: int, *, cached: bool = False) -> int:
    """The seats of a request: 1, or for a LIST one for each hundred objects that are likely looked at, at most 10.

    ``stored`` is how many objects of the type there are, ``cached`` whether the watch cache answers.
    """
    if verb != "list":
        return 1
    limit = int(query["limit"]) if query.get("limit", "").isdecimal() else 0
    page = limit if 0 < limit < stored else stored
    if cached:
        looked = stored
    elif query.get("labelSelector") or query.get("fieldSelector"):
        looked = stored + page
    else:
        looked = 2 * page
    return max(1, min(_WIDEST, ceil(looked / _PER_SEAT)))


class Ticket:
    """A request's place: ``seated`` once it has its seats, ``refused`` says why it never will."""

    __slots__ = ("flow", "granted", "queue", "refused", "seated", "start", "width")

    def __init__(self, flow: str, width: int) -> None:
        self.flow = flow
        self.width = width
        self.seated = False
        self.refused = ""
        self.queue = -1
        self.start = 0.0
        self.granted: Callable[[], None] | None = None


class Level:
    """The seats and queues of one priority level."""

    def __init__(self, level: PriorityLevel, seats: int) -> None:
        self.level = level
        self.seats = seats
        self.in_use = 0
        self.executing = 0
        self.dispatched = 0
        self.rejected = 0
        self._queues: list[deque[Ticket]] = [deque() for _ in range(level.queues)]
        self._finish = [0.0] * level.queues
        self._now = 0.0

    @property
    def waiting(self) -> int:
        return sum(len(queue) for queue in self._queues)

    def ask(self, flow: str, width: int) -> Ticket:
        """Ask for seats: the ticket is seated at once, waits in a queue, or is refused."""
        ticket = Ticket(flow, width)
        if self.level.exempt:
            self._seat(ticket)
        elif not self._queues:
            if self._fits(width):
                self._seat(ticket)
            else:
                self.refuse(ticket, "concurrency-limit")
        else:
            self._enqueue(ticket)
            if not ticket.refused:
                self._dispatch()
        return ticket

    def leave(self, ticket: Ticket) -> None:
        """Give the seats back, or the place in the queue."""
        if ticket.seated:
            ticket.seated = False
            self.executing -= 1
            if not self.level.exempt:
                self.in_use -= ticket.width
        elif ticket.queue >= 0:
            self._queues[ticket.queue].remove(ticket)
            ticket.queue = -1
        self._dispatch()

    def refuse(self, ticket: Ticket, reason: str) -> None:
        """Count a refusal and its reason: ``queue-full``, ``concurrency-limit``, ``time-out``."""
        ticket.refused = reason
        self.rejected += 1

    def _fits(self, width: int) -> bool:
        """Whether a request may begin; one that is wider than the whole level begins when nothing else runs."""
        return self.in_use == 0 if width > self.seats else self.in_use + width <= self.seats

    def _seat(self, ticket: Ticket) -> None:
        ticket.seated = True
        self.executing += 1
        self.dispatched += 1
        if not self.level.exempt:
            self.in_use += ticket.width

    def _enqueue(self, ticket: Ticket) -> None:
        place = min(_hand(ticket.flow, self.level), key=lambda queue: sum(one.width for one in self._queues[queue]))
        queue = self._queues[place]
        if len(queue) >= self.level.length:
            self.refuse(ticket, "queue-full")
            return
        ticket.queue = place
        ticket.start = max(self._now, self._finish[place])
        self._finish[place] = ticket.start + ticket.width
        queue.append(ticket)

    def _dispatch(self) -> None:
        while heads := [queue[0] for queue in self._queues if queue]:
            first = min(heads, key=lambda ticket: ticket.start)
            if not self._fits(first.width):
                return
            self._queues[first.queue].popleft()
            first.queue = -1
            self._now = first.start
            self._seat(first)
            if first.granted is not None:
                first.granted()


def _hand(flow: str, level: PriorityLevel) -> list[int]:
    """The queues that a flow may use: a hand of cards, dealt by the flow's hash."""
    number = int.from_bytes(sha256(flow.encode()).digest()[:8])
    deck = list(range(level.queues))
    dealt = []
    for _ in range(level.hand):
        number, position = divmod(number, len(deck))
        dealt.append(deck.pop(position))
    return dealt


class Fairness:
    """Every priority level of a server with so many seats."""

    def __init__(self, seats: int) -> None:
        total = sum(level.shares for level in LEVELS)
        self._levels = {level.name: Level(level, ceil(seats * level.shares / total)) for level in LEVELS}

    def level(self, name: str) -> Level:
        return self._levels[name]

    def report(self) -> dict[str, dict[str, Any]]:
        """What is going on in each level, by name."""
        return {
            name: {
                "seats": None if level.level.exempt else level.seats,
                "in_use": level.in_use,
                "executing": level.executing,
                "waiting": level.waiting,
                "dispatched": level.dispatched,
                "rejected": level.rejected,
            }
            for name, level in self._levels.items()
        }

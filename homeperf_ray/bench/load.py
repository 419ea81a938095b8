"""The load test: an open loop, so that slow answers do not hide behind fewer requests.

Requests leave when they are due, whether or not the earlier ones were answered, and a latency counts from when the
request was due. A closed loop waits for the answer, so that a server that stalls is asked less just then, and its worst
seconds are hardly in the sample ("coordinated omission"; Tene, "How not to measure latency", 2013).
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import cycle

import msgspec

from homeperf_ray.bench.percentile import Latency

IN_FLIGHT = 1000
"""Requests that are under way at once, at most: the test ends there, since the server no longer keeps up."""

PATIENCE = 10.0
"""Seconds that a request may take, and the last ones after the end of a step."""

Ask = Callable[[str], "asyncio.Future[tuple[int, int]]"]


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """What one rate has shown. ``rate`` is asked for, ``sent_rate`` what left; both are requests a second.

    ``latency`` counts from when a request was due, ``service`` from when it left, ``lag`` is between the two: what the
    load test itself was late. All are of answered requests, in seconds. ``statuses`` has a count by HTTP status, 0 for
    requests without an answer. ``neighbour`` is what another user's small requests took meanwhile. ``saturated`` says
    that the server fell so far behind that the test ended.
    """

    rate: float
    seconds: float
    sent: int
    sent_rate: float
    answered_rate: float
    bytes: int
    latency: Latency
    service: Latency
    lag: Latency
    statuses: dict[str, int]
    in_flight: int
    neighbour: Latency = Latency()
    saturated: bool = False

    @property
    def failed(self) -> int:
        """Requests that were not answered with a 2xx."""
        return sum(count for status, count in self.statuses.items() if not status.startswith("2"))


class _Shots:
    """What became of the requests of one step."""

    def __init__(self, ask: Callable[[str], object]) -> None:
        self._ask = ask
        self.due_to_end: list[float] = []
        self.sent_to_end: list[float] = []
        self.lags: list[float] = []
        self.statuses: Counter[int] = Counter()
        self.bytes = 0
        self.under_way = 0
        self.highest = 0
        self.first_sent = self.last_sent = self.last_answer = 0.0

    async def shoot(self, path: str, due: float) -> None:
        sent = time.perf_counter()
        self.first_sent = self.first_sent or sent
        self.last_sent = sent
        self.under_way += 1
        self.highest = max(self.highest, self.under_way)
        status, size = 0, 0
        try:
            async with asyncio.timeout(PATIENCE):
                status, size = await self._ask(path)  # type: ignore[misc]
        except (OSError, TimeoutError):
            status = 0
        finally:
            self.under_way -= 1
            self.statuses[status] += 1
        if status:
            ended = self.last_answer = time.perf_counter()
            self.due_to_end.append(ended - due)
            self.sent_to_end.append(ended - sent)
            self.lags.append(sent - due)
            self.bytes += size


async def step(ask: Callable[[str], object], paths: Sequence[str], *, rate: float, seconds: float) -> Step:
    """Ask at a rate for so many seconds, the paths in turn. ``ask`` gives status and bytes, or raises OSError."""
    shots = _Shots(ask)
    turn = cycle(paths)
    total = max(1, round(rate * seconds))
    tasks: set[asyncio.Task[None]] = set()
    begin = time.perf_counter()
    saturated = False
    for number in range(total):
        due = begin + number / rate
        wait = due - time.perf_counter()
        if wait > 0 or number % 64 == 0:
            await asyncio.sleep(max(0.0, wait))
        if len(tasks) >= IN_FLIGHT:
            saturated = True
            break
        task = asyncio.create_task(shots.shoot(next(turn), due))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
    if tasks:
        await asyncio.wait(tasks, timeout=PATIENCE + 1)
    sent = sum(shots.statuses.values())
    spent = shots.last_sent - shots.first_sent
    return Step(
        rate=rate,
        seconds=seconds,
        sent=sent,
        sent_rate=(sent - 1) / spent if spent > 0 else 0.0,
        answered_rate=len(shots.due_to_end) / max(1e-9, shots.last_answer - begin) if shots.due_to_end else 0.0,
        bytes=shots.bytes,
        latency=Latency.of(shots.due_to_end),
        service=Latency.of(shots.sent_to_end),
        lag=Latency.of(shots.lags),
        statuses={str(status): count for status, count in sorted(shots.statuses.items())},
        in_flight=shots.highest,
        saturated=saturated,
    )

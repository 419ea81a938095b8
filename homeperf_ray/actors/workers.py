"""The workers of a runtime, as one job's runner sees them: who is free, who has just died."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ray.exceptions import RayActorError

from homeperf_ray.actors.protocol import WorkerState
from homeperf_ray.kube.errors import Unreachable

REST = 0.5
"""Seconds that a worker which has just died is passed over, while Ray starts it anew."""

INTRODUCTION = 1.0
"""Seconds that a worker has to say who it is."""
PATIENCE = 3.0
"""Seconds in which a worker that is well says who it is, whatever else it does."""


@dataclass
class Member:
    """One worker: its handle, what it has in hand, and who it last said it was.

    ``down`` says that it has died and has not answered since.
    """

    name: str
    handle: Any
    node: str = ""
    pid: int = 0
    outstanding: int = 0
    down: bool = False
    down_until: float = 0.0

    async def introduce(self) -> None:
        """Ask the worker who it is; its ``pid`` is 0 where it does not say within a second. Raises RayActorError."""
        try:
            async with asyncio.timeout(INTRODUCTION):
                self.node, self.pid = await self.handle.identity.remote()
            self.down = False
        except TimeoutError:
            self.pid = 0

    async def state(self) -> WorkerState:
        """What the worker says of itself; ``pid`` 0 where it does not answer in time."""
        try:
            async with asyncio.timeout(PATIENCE):
                said: WorkerState = await self.handle.state.remote()
        except (RayActorError, TimeoutError):
            self.pid = 0
            return WorkerState(self.name, self.node, 0)
        self.node, self.pid, self.down = said.node, said.pid, False
        return said

    def lost(self) -> None:
        """It died with work in its hands."""
        self.down = True
        self.down_until = time.monotonic() + REST


class Workers:
    """All workers, and the choice of one. Work is spread evenly, so that every worker reads."""

    def __init__(self, members: Sequence[Member]) -> None:
        self.members = tuple(members)
        self._turn = 0

    def choose(self) -> Member:
        """The worker with the least in hand; among equals the next in turn. One that has just died comes last.

        Raises Unreachable where there is none at all.
        """
        if not self.members:
            raise Unreachable("the runtime has no workers", "See homeperf status; a node that joins gets one in 2 s.")
        now = time.monotonic()
        count = len(self.members)
        self._turn += 1
        ring = [self.members[(self._turn + offset) % count] for offset in range(count)]
        return min(ring, key=lambda member: (member.down_until > now, member.outstanding))

    def deaths(self, least: int) -> int:
        """How many deaths it takes until work is to blame: all may have died at once, and each is found dead once."""
        return max(least, len(self.members) + 1)

    async def states(self) -> tuple[WorkerState, ...]:
        """What each says of itself, all asked at once."""
        return tuple(await asyncio.gather(*(member.state() for member in self.members)))

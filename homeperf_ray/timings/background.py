"""Background: what nobody's run has done, kept until a run takes it along."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import NamedTuple

from homeperf_ray.timings.operation import Operation

MOST = 10_000
"""Operations; beyond that the oldest are forgotten."""


class Done(NamedTuple):
    """One operation that was done for a server and an identity, and for no run."""

    server: str
    identity: str
    operation: Operation


class Background:
    """Gives each operation away once, and only to whoever reads the same server as the same identity."""

    def __init__(self, most: int = MOST) -> None:
        self._kept: deque[Done] = deque(maxlen=most)

    def add(self, done: Iterable[Done]) -> None:
        self._kept.extend(done)

    def take(self, server: str, identity: str) -> list[Operation]:
        """What has been done since the last time, in its order."""
        mine = [one.operation for one in self._kept if (one.server, one.identity) == (server, identity)]
        others = [one for one in self._kept if (one.server, one.identity) != (server, identity)]
        self._kept.clear()
        self._kept.extend(others)
        return mine

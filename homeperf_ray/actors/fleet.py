"""Fleet: one worker a node, pinned to it; nodes come and go, and come back with another id."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, NamedTuple

from homeperf_ray.actors.workers import Member, Workers

EVERY = 2.0
"""Seconds between two looks at the nodes."""


class Node(NamedTuple):
    """A node that is alive: Ray's id, new each time it joins, and its address."""

    id: str
    address: str


class Fleet:
    """Keeps ``workers`` in step with the nodes.

    ``nodes`` lists those that are alive and may block, ``make`` makes the worker of a node or finds it, and ``drop``
    gives one up for good.
    """

    def __init__(
        self,
        workers: Workers,
        nodes: Callable[[], list[Node]],
        make: Callable[[Node], Any],
        drop: Callable[[Any], None],
    ) -> None:
        self._workers = workers
        self._nodes = nodes
        self._make = make
        self._drop = drop
        self._known: dict[str, Member] = {}

    async def follow(self) -> None:
        """Look at the nodes for ever."""
        while True:
            try:
                await self.reconcile()
            except Exception as error:  # noqa: BLE001 - what fails now may succeed with the next look
                print(f"the nodes could not be looked at: {type(error).__name__}", flush=True)  # noqa: T201
            await asyncio.sleep(EVERY)

    async def reconcile(self) -> None:
        """Give every node that is alive its worker, and forget those of the others."""
        alive = {node.id: node for node in await asyncio.to_thread(self._nodes)}
        for gone in self._known.keys() - alive.keys():
            self._drop(self._known.pop(gone).handle)
        for new in alive.keys() - self._known.keys():
            node = alive[new]
            self._known[new] = Member(f"worker-{node.address}", self._make(node))
        self._workers.members = tuple(sorted(self._known.values(), key=lambda member: member.name))

"""A request's turn: from when it asks for its seats to when it gives them back."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from homeperf_ray.sim import flowcontrol
from homeperf_ray.sim.fairness import Fairness, Level, Ticket
from homeperf_ray.sim.routes import Route
from homeperf_ray.sim.users import User


class Turn:
    """One request at one priority level; without ``fairness`` its turn has always come."""

    def __init__(self, fairness: Fairness | None, user: User, route: Route, width: Callable[[], int]) -> None:
        self._level: Level | None = None
        self._ticket: Ticket | None = None
        if fairness is not None:
            schema, level = flowcontrol.classify(user, route)
            flow = route.namespace if schema.by_namespace else user.name
            self._level = fairness.level(level.name)
            self._ticket = self._level.ask(f"{schema.name}/{flow}", width())

    @property
    def granted(self) -> bool:
        return self._ticket is None or self._ticket.seated

    @property
    def refused(self) -> bool:
        return self._ticket is not None and bool(self._ticket.refused)

    async def wait(self, pause: Callable[[asyncio.Future[None]], Awaitable[bool]]) -> bool:
        """Wait for the seats; False where there are none, or where ``pause`` says that the client has gone."""
        ticket, level = self._ticket, self._level
        assert ticket is not None
        assert level is not None
        if ticket.refused:
            return False
        seated: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        ticket.granted = lambda: None if seated.done() else seated.set_result(None)
        there = await pause(seated)
        if there and not ticket.seated:
            level.leave(ticket)
            level.refuse(ticket, "time-out")
        return there and ticket.seated

    def over(self) -> None:
        """Give back what was got; harmless when that is done."""
        if self._level is not None and self._ticket is not None:
            self._level.leave(self._ticket)
            self._ticket = None

"""The way from a worker to the limiter of its runtime, which may die and come back."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import msgspec
from ray.exceptions import RayActorError

from homeperf_ray.limits.lease import Ask, Budget, Lease, Sign
from homeperf_ray.limits.leased_gate import LeasedGate

REST = 0.1
"""Seconds between two questions to a limiter that has died, while Ray starts it anew."""

NEWS = 10.0
"""Seconds after which a sign of trouble that nobody could be told of is old."""

T = TypeVar("T")


def leased_gate(limiter: Any, server: str, origin: str, budget: Budget) -> LeasedGate:
    """A gate for one server and budget, whose leases come from the actor ``limiter``; a client of its own there.

    ``server`` is the server's digest, ``origin`` what people know it by. While the limiter is dead requests wait, and
    signs of trouble are kept for it.
    """
    client = secrets.token_hex(8)
    telling: set[asyncio.Task[None]] = set()

    async def ask(number: int, wanted: int, waited: float) -> Lease:
        question = Ask(client, number, wanted, waited, origin)
        return await patiently(lambda _: limiter.lease.remote(server, budget, question))

    def tell(sign: Sign) -> None:
        task = asyncio.create_task(say(sign))
        telling.add(task)
        task.add_done_callback(telling.discard)

    async def say(sign: Sign) -> None:
        with contextlib.suppress(RayActorError):
            await patiently(lambda late: limiter.heed.remote(server, budget, _later(sign, late)), NEWS)

    return LeasedGate(ask, tell)


async def patiently(call: Callable[[float], Awaitable[T]], most: float = float("inf")) -> T:
    """Call an actor until it lives to answer. ``call`` is told how many seconds have passed.

    Raises RayActorError where it has been dead for ``most`` seconds.
    """
    began = time.monotonic()
    while True:
        late = time.monotonic() - began
        try:
            return await call(late)
        except RayActorError:
            if late > most:
                raise
            await asyncio.sleep(REST)


def _later(sign: Sign, late: float) -> Sign:
    """What a sign says ``late`` seconds after it was seen."""
    return msgspec.structs.replace(sign, age=sign.age + late, pause=max(sign.pause - late, 0.0)) if late else sign

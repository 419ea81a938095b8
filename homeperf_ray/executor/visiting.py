"""A visit to one server, in this process: a connection on the budget that the user's runs share."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol

from homeperf_ray.kube.connection import Connection
from homeperf_ray.kube.request import Access
from homeperf_ray.kube.target import Target
from homeperf_ray.limits.lease import Budget
from homeperf_ray.limits.local_budgets import LocalBudgets


class Bounds(Protocol):
    """What a job says of how a server may be asked; ``request_timeout`` is in seconds."""

    @property
    def concurrency(self) -> int: ...

    @property
    def qps(self) -> float: ...

    @property
    def burst(self) -> int: ...

    @property
    def request_timeout(self) -> float: ...


class Visit(Bounds, Protocol):
    """A job as a worker needs to know it: ``run`` tells runs apart, ``access`` names the server and who asks."""

    @property
    def run(self) -> str: ...

    @property
    def access(self) -> Access: ...


@asynccontextmanager
async def visiting(target: Target, bounds: Bounds, budgets: LocalBudgets) -> AsyncIterator[Connection]:
    """A connection to ``target`` that is closed afterwards."""
    connection = Connection(
        target,
        gate=budgets.gate(target.server_id, target.origin, Budget(bounds.qps, bounds.burst)),
        concurrency=bounds.concurrency,
        request_timeout=bounds.request_timeout,
    )
    try:
        yield connection
    finally:
        await connection.close()

"""NodeWorker: one worker of a node, as an actor: its own pool, its own process."""

from __future__ import annotations

import asyncio
import os
import platform
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import ray

from homeperf_ray.actors.names import LIMITER, NAMESPACE
from homeperf_ray.executor.batch import Batch, Judged
from homeperf_ray.executor.job import CheckJob
from homeperf_ray.executor.outcome import Fetched
from homeperf_ray.executor.worker import Worker
from homeperf_ray.kube.discovery import Discovered
from homeperf_ray.kube.gate import Gate
from homeperf_ray.kube.request import Request
from homeperf_ray.kube.resources import GroupResource
from homeperf_ray.kube.target import Target
from homeperf_ray.limits.lease import Budget, Lease
from homeperf_ray.limits.leased_gate import LeasedGate

CONCURRENCY_GROUPS = {"work": 128, "control": 4}
"""Calls at once, by group: work and control calls do not queue behind each other."""


class NodeWorker:
    """A shell around ``executor.worker.Worker``."""

    def __init__(self, name: str) -> None:
        self._limiter = ray.get_actor(LIMITER, NAMESPACE)
        self._budgets: dict[str, Budget] = {}
        self._gates: dict[str, LeasedGate] = {}
        self._worker = Worker(name=name, node=platform.node(), gate_for=self._gate_for)
        _import_early()

    @ray.method(concurrency_group="control")
    async def identity(self) -> tuple[str, int]:
        """The node's name and the process id."""
        return platform.node(), os.getpid()

    @ray.method(concurrency_group="work")
    async def discover(self, job: CheckJob, groups: frozenset[str], timeout: float) -> Discovered:
        return await self._worker.discover(job, groups, timeout=timeout)

    @ray.method(concurrency_group="work", num_returns=2)
    async def fetch(self, job: CheckJob, request: Request, timeout: float, queue: float) -> tuple[Fetched, Any]:
        """The outcome without its table, and the table: the one is small, the other goes to the object store."""
        fetched = await self._worker.fetch(job, request, timeout=timeout, queue=queue)
        return msgspec.structs.replace(fetched, table=None), fetched.table

    @ray.method(concurrency_group="work")
    async def judge(
        self, job: CheckJob, batch: Batch, tables: Mapping[GroupResource, Sequence[ray.ObjectRef[Any]]]
    ) -> Judged:
        """Evaluate a batch over tables that are read from the object store without a copy."""
        refs = [ref for parts in tables.values() for ref in parts]
        found = dict(zip(refs, await asyncio.gather(*refs), strict=True))
        whole = {resource: [found[ref] for ref in parts] for resource, parts in tables.items()}
        return self._worker.judge(job, batch, whole)

    def _gate_for(self, target: Target, job: CheckJob) -> Gate:
        """The one gate of a server, whoever reads it; the budget is that of the job that asked last."""
        server = target.server_id
        self._budgets[server] = Budget(job.qps, job.burst)

        async def ask(wanted: int) -> Lease:
            lease: Lease = await self._limiter.lease.remote(server, self._budgets[server], wanted)
            return lease

        def pause(seconds: float) -> None:
            self._limiter.pause.remote(server, seconds)

        return self._gates.setdefault(server, LeasedGate(ask, pause))


def _import_early() -> None:
    """Import what the first request would otherwise wait for: the HTTP client, and what pyarrow loads for a list."""
    import aiohttp  # noqa: F401
    import pyarrow as pa

    pa.array([0])

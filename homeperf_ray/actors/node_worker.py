"""NodeWorker: one worker of a node, as an actor: its own pool, its own process."""

from __future__ import annotations

import asyncio
import gc
import os
import platform
from collections.abc import Mapping, Sequence
from typing import Any
from weakref import WeakValueDictionary

import msgspec
import ray

from homeperf_ray.actors.followers import Followers
from homeperf_ray.actors.leasing import leased_gate
from homeperf_ray.actors.names import LIMITER, NAMESPACE
from homeperf_ray.actors.protocol import WorkerState
from homeperf_ray.actors.versions import versions
from homeperf_ray.executor.batch import Batch, Judged
from homeperf_ray.executor.follow_order import FollowOrder
from homeperf_ray.executor.inside import Inside
from homeperf_ray.executor.job import CheckJob
from homeperf_ray.executor.look import Look, Looked
from homeperf_ray.executor.outcome import Fetched
from homeperf_ray.executor.visiting import Bounds, Visit
from homeperf_ray.executor.worker import Worker
from homeperf_ray.kube.changes import Down
from homeperf_ray.kube.connection import Answer
from homeperf_ray.kube.discovery import Discovered
from homeperf_ray.kube.gate import Gate
from homeperf_ray.kube.pool import load_client
from homeperf_ray.kube.request import Request
from homeperf_ray.kube.resources import GroupResource
from homeperf_ray.kube.target import Target
from homeperf_ray.limits.lease import Budget
from homeperf_ray.limits.leased_gate import LeasedGate
from homeperf_ray.manifests.batch import judge_bytes
from homeperf_ray.timings.operation import Operation

CONCURRENCY_GROUPS = {"work": 1024, "control": 4}
"""Calls at once, by group: work and control calls do not queue behind each other.

Ray gives each group a thread and an event loop of its own, so whatever shares pools and gates is in one group.
"""


class NodeWorker:
    """A shell around ``executor.worker.Worker``."""

    def __init__(self, name: str) -> None:
        self._limiter = ray.get_actor(LIMITER, NAMESPACE)
        self._gates: WeakValueDictionary[tuple[str, Budget], LeasedGate] = WeakValueDictionary()
        self._worker = Worker(name=name, node=platform.node(), gate_for=self._gate_for)
        self._followers = Followers(name, self._worker)
        _import_early()

    @ray.method(concurrency_group="control")
    async def identity(self) -> tuple[str, int]:
        """The node's name and the process id."""
        return platform.node(), os.getpid()

    @ray.method(concurrency_group="control")
    async def state(self) -> WorkerState:
        """Who it is, what it is made of, and its pools."""
        return WorkerState(self._worker.name, platform.node(), os.getpid(), versions(), self._worker.pools())

    @ray.method(concurrency_group="work")
    async def discover(self, job: CheckJob, groups: frozenset[str], timeout: float) -> Discovered:
        return await self._worker.discover(job, groups, timeout=timeout)

    @ray.method(concurrency_group="work", num_returns=2)
    async def fetch(self, job: CheckJob, request: Request, timeout: float, queue: float) -> tuple[Fetched, Any]:
        """The outcome without its table, and the table: the one is small, the other goes to the object store."""
        fetched = await self._worker.fetch(job, request, timeout=timeout, queue=queue)
        return msgspec.structs.replace(fetched, table=None), fetched.table

    @ray.method(concurrency_group="work")
    async def look(self, job: CheckJob, look: Look, timeout: float) -> Looked:
        return await self._worker.look(job, look, timeout=timeout)

    @ray.method(concurrency_group="work")
    async def judge(
        self, job: CheckJob, batch: Batch, tables: Mapping[GroupResource, Sequence[ray.ObjectRef[Any]]]
    ) -> Judged:
        """Evaluate a batch over tables that are read from the object store without a copy."""
        refs = [ref for parts in tables.values() for ref in parts]
        found = dict(zip(refs, await asyncio.gather(*refs), strict=True))
        whole = {resource: [found[ref] for ref in parts] for resource, parts in tables.items()}
        return self._worker.judge(job, batch, whole)

    @ray.method(concurrency_group="work")
    async def get(
        self, job: Visit, path: str, query: Mapping[str, str], operation: Operation, accept: str, timeout: float
    ) -> Answer:
        """GET one path; the answer as it came."""
        return await self._worker.get(job, path, query, operation, accept=accept, timeout=timeout)

    @ray.method(concurrency_group="work")
    async def inside(self, job: CheckJob, timeout: float) -> Inside:
        """Ask the toolboxes of Ceph."""
        return await self._worker.inside(job, timeout=timeout)

    @ray.method(concurrency_group="work")
    async def judge_manifests(self, batch: bytes) -> bytes:
        """Judge a batch of manifests; in a thread, so that other calls are answered meanwhile."""
        return await asyncio.to_thread(judge_bytes, batch, self._worker.name)

    @ray.method(concurrency_group="work")
    async def follow(self, cache: Any, token: str, order: FollowOrder) -> Down:
        """Tell the cache of every change of one resource until nobody wants to know; why it ended."""
        return await self._followers.follow(cache, token, order)

    @ray.method(concurrency_group="work")
    async def unfollow(self, token: str) -> None:
        """End one of them."""
        self._followers.end(token)

    @ray.method(concurrency_group="work")
    async def unfollow_others(self, generation: str) -> None:
        """End what was followed for a cache that is no more."""
        self._followers.end_others(generation)

    def _gate_for(self, target: Target, job: Bounds) -> Gate:
        """The one gate of a server and budget, whoever reads it; the limiter knows it as a client of its own."""
        server, budget = target.server_id, Budget(job.qps, job.burst)
        gate = self._gates.get((server, budget))
        if gate is None:
            gate = self._gates[server, budget] = leased_gate(self._limiter, server, target.origin, budget)
        return gate


def _import_early() -> None:
    """Import what the first request would otherwise wait for: the HTTP client, and what pyarrow loads for a list.

    All of that stays for good, so the garbage collector need not look at it again.
    """
    import pyarrow as pa

    load_client()
    pa.array([0])
    gc.collect()
    gc.freeze()

"""CacheActor: owns the tables in the object store, and houses the Gateway."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import ray

from homeperf_ray.actors.credentials import GatewayCredentials
from homeperf_ray.actors.fleet import Fleet
from homeperf_ray.actors.folder import RuntimeFolder
from homeperf_ray.actors.gateway import Gateway, Tell
from homeperf_ray.actors.names import NAMESPACE, worker_name
from homeperf_ray.actors.nodes import give_up, living_nodes, worker_on
from homeperf_ray.actors.protocol import VERSION, Progress, Result, State
from homeperf_ray.actors.ray_runner import Key, RayRunner
from homeperf_ray.actors.serving import Serving
from homeperf_ray.actors.tls_gateway import TlsGateway
from homeperf_ray.actors.workers import Member, Workers
from homeperf_ray.cache.resource_cache import ResourceCache
from homeperf_ray.checks.finding import Judgement
from homeperf_ray.executor.job import CheckJob
from homeperf_ray.executor.parallel import EnhancedParallelExecutor
from homeperf_ray.executor.processor import Operations, Processor
from homeperf_ray.kube.target import load_target
from homeperf_ray.timings.dataset import encode


class CacheActor:
    """A shell around ``cache.ResourceCache``: the process that puts a table into the object store is its owner.

    ``max_bytes`` bounds what the cache holds. The actor is soft state: after a restart the cache is empty and the
    Gateway listens again. With ``serving`` it is the runtime of a cluster: the Gateway listens for workstations, there
    is a worker on each node, and ``folder`` and ``workers`` count for nothing.
    """

    def __init__(self, folder: str, workers: int, max_bytes: int, serving: Serving | None = None) -> None:
        self._folder = RuntimeFolder(Path(folder))
        self._serving = serving
        self._following: asyncio.Task[None] | None = None
        self._cache: ResourceCache[Key, Any] = ResourceCache(max_bytes=max_bytes, clock=time.monotonic)
        names = [] if serving else [worker_name(number) for number in range(workers)]
        self._workers = Workers([Member(name, ray.get_actor(name, NAMESPACE)) for name in names])
        self._gateway = Gateway(self._check, self._status)
        self._running = 0
        self._started = time.monotonic()
        context = ray.get_runtime_context()
        if context.was_current_actor_reconstructed:
            context.current_actor.open.remote()

    async def open(self) -> None:
        """Meet the workers, then let clients in."""
        if self._serving is not None:
            await self._serve(self._serving)
            return
        for member in self._workers.members:
            await member.introduce()
        await self._gateway.open(self._folder.socket)

    async def _serve(self, serving: Serving) -> None:
        if self._following is not None:
            return
        fleet = Fleet(self._workers, living_nodes, worker_on, give_up)
        await fleet.reconcile()
        await TlsGateway(self._gateway, GatewayCredentials(Path(serving.credentials))).open(serving.host, serving.port)
        self._following = asyncio.create_task(fleet.follow())

    async def _check(self, job: CheckJob, tell: Tell) -> Result:
        if self._serving is not None:
            job = self._serving.vetted(job)
        runner = RayRunner(self._workers, self._cache, load_target(job.access), job)
        operations = Operations()
        self._running += 1
        try:
            report = await EnhancedParallelExecutor(runner, (operations, _Teller(tell))).run(job)
        finally:
            self._running -= 1
        return Result(report, encode(operations.rows))

    async def _status(self) -> State:
        for member in self._workers.members:
            try:
                await member.introduce()
            except ray.exceptions.RayActorError:
                member.pid = 0
        held = self._cache.statistics
        return State(
            version=VERSION,
            uptime=time.monotonic() - self._started,
            running=self._running,
            workers=self._workers.states(),
            entries=held.entries,
            bytes=held.bytes,
            hits=held.hits,
            misses=held.misses,
        )


class _Teller(Processor):
    """Tells the client how far its job is, at most every 50 ms."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._requests = self._fetched = self._judged = 0
        self._told = time.monotonic()

    def planned(self, requests: int, batches: int) -> None:
        self._requests = requests

    def fetched(self) -> None:
        self._fetched += 1
        self._say()

    def judged(self, judgement: Judgement) -> None:
        self._judged += 1
        self._say()

    def _say(self) -> None:
        now = time.monotonic()
        if now - self._told >= 0.05:
            self._told = now
            self._tell(Progress(self._requests, self._fetched, self._judged))

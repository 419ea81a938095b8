"""CacheActor: owns the tables in the object store, and houses the Gateway."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import ray

from homeperf_ray.actors.folder import RuntimeFolder
from homeperf_ray.actors.gateway import Gateway, Tell
from homeperf_ray.actors.idle import Idle
from homeperf_ray.actors.names import LIMITER, NAMESPACE, worker_name
from homeperf_ray.actors.protocol import VERSION, NodeState, Progress, Result, State
from homeperf_ray.actors.ray_runner import Key, RayRunner
from homeperf_ray.actors.stop import stop_from_within
from homeperf_ray.actors.versions import versions
from homeperf_ray.actors.workers import PATIENCE, Member, Workers
from homeperf_ray.cache.resource_cache import ResourceCache
from homeperf_ray.checks.finding import Judgement
from homeperf_ray.executor.job import CheckJob
from homeperf_ray.executor.parallel import EnhancedParallelExecutor
from homeperf_ray.executor.processor import Operations, Processor
from homeperf_ray.kube.target import load_target
from homeperf_ray.limits.lease import BudgetState
from homeperf_ray.timings.dataset import encode


class CacheActor:
    """A shell around ``cache.ResourceCache``: the process that puts a table into the object store is its owner.

    ``max_bytes`` bounds what the cache holds. The actor is soft state: after a restart the cache is empty and the
    Gateway listens again.
    """

    def __init__(self, folder: str, workers: int, max_bytes: int, idle_stop: float = 0.0) -> None:
        self._folder = RuntimeFolder(Path(folder))
        self._limiter = ray.get_actor(LIMITER, NAMESPACE)
        self._idle = Idle(idle_stop, time.monotonic)
        self._cache: ResourceCache[Key, Any] = ResourceCache(max_bytes=max_bytes, clock=time.monotonic)
        names = [worker_name(number) for number in range(workers)]
        self._workers = Workers([Member(name, ray.get_actor(name, NAMESPACE)) for name in names])
        self._gateway = Gateway(self._check, self._status)
        self._started = time.monotonic()
        context = ray.get_runtime_context()
        if context.was_current_actor_reconstructed:
            context.current_actor.open.remote()

    async def open(self) -> None:
        """Meet the workers, then let clients in."""
        for member in self._workers.members:
            await member.introduce()
        await self._gateway.open(self._folder.socket)
        if self._idle.limit:
            self._ending = asyncio.create_task(self._end_when_idle())

    async def _end_when_idle(self) -> None:
        await self._idle.over()
        stop_from_within(self._folder)

    async def _check(self, job: CheckJob, tell: Tell) -> Result:
        runner = RayRunner(self._workers, self._cache, load_target(job.access), job)
        operations = Operations()
        with self._idle.busy():
            report = await EnhancedParallelExecutor(runner, (operations, _Teller(tell))).run(job)
        return Result(report, encode(operations.rows))

    async def _status(self) -> State:
        workers, nodes, budgets = await asyncio.gather(
            self._workers.states(), asyncio.to_thread(_nodes), self._budgets()
        )
        held = self._cache.statistics
        return State(
            version=VERSION,
            uptime=time.monotonic() - self._started,
            running=self._idle.running,
            workers=workers,
            entries=held.entries,
            bytes=held.bytes,
            hits=held.hits,
            misses=held.misses,
            idle=self._idle.seconds,
            idle_stop=self._idle.limit,
            nodes=nodes,
            budgets=budgets,
            versions=versions(),
        )

    async def _budgets(self) -> tuple[BudgetState, ...]:
        """None while the limiter is being started anew."""
        try:
            async with asyncio.timeout(PATIENCE):
                found: tuple[BudgetState, ...] = await self._limiter.states.remote()
        except (ray.exceptions.RayActorError, TimeoutError):
            return ()
        return found


def _nodes() -> tuple[NodeState, ...]:
    known: list[dict[str, Any]] = ray.nodes()  # type: ignore[no-untyped-call]
    return tuple(NodeState(node["NodeName"], node["NodeManagerAddress"], node["Alive"]) for node in known)


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

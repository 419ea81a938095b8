"""CacheActor: owns the tables in the object store, and houses the Gateway."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import ray

from homeperf_ray.actors.folder import RuntimeFolder
from homeperf_ray.actors.gateway import Gateway, Tell
from homeperf_ray.actors.names import NAMESPACE, worker_name
from homeperf_ray.actors.protocol import VERSION, Outcomes, Progress, Result, State
from homeperf_ray.actors.ray_runner import Key, RayRunner
from homeperf_ray.actors.workers import Member, Workers
from homeperf_ray.cache.resource_cache import ResourceCache
from homeperf_ray.checks.finding import Judgement
from homeperf_ray.executor.job import CheckJob
from homeperf_ray.executor.parallel import EnhancedParallelExecutor
from homeperf_ray.executor.processor import Operations, Processor
from homeperf_ray.kube.errors import Unreachable
from homeperf_ray.kube.target import load_target
from homeperf_ray.timings.dataset import encode

JUDGE_ATTEMPTS = 3


class CacheActor:
    """A shell around ``cache.ResourceCache``: the process that puts a table into the object store is its owner.

    ``max_bytes`` bounds what the cache holds. The actor is soft state: after a restart the cache is empty and the
    Gateway listens again.
    """

    def __init__(self, folder: str, workers: int, max_bytes: int) -> None:
        self._folder = RuntimeFolder(Path(folder))
        self._cache: ResourceCache[Key, Any] = ResourceCache(max_bytes=max_bytes, clock=time.monotonic)
        names = [worker_name(number) for number in range(workers)]
        self._workers = Workers([Member(name, ray.get_actor(name, NAMESPACE)) for name in names])
        self._gateway = Gateway(self._check, self._judge, self._status)
        self._running = 0
        self._started = time.monotonic()
        context = ray.get_runtime_context()
        if context.was_current_actor_reconstructed:
            context.current_actor.open.remote()

    async def open(self) -> None:
        """Meet the workers, then let clients in."""
        for member in self._workers.members:
            await member.introduce()
        await self._gateway.open(self._folder.socket)

    async def _check(self, job: CheckJob, tell: Tell) -> Result:
        runner = RayRunner(self._workers, self._cache, load_target(job.access), job)
        operations = Operations()
        self._running += 1
        try:
            report = await EnhancedParallelExecutor(runner, (operations, _Teller(tell))).run(job)
        finally:
            self._running -= 1
        return Result(report, encode(operations.rows))

    async def _judge(self, batch: bytes) -> Outcomes:
        """Hand a batch of manifests to the worker with the least in hand, to another one where that dies."""
        for attempt in range(JUDGE_ATTEMPTS):
            member = self._workers.choose()
            member.outstanding += 1
            try:
                return Outcomes(await member.handle.judge_manifests.remote(batch))
            except ray.exceptions.RayActorError:
                member.lost()
                if attempt == JUDGE_ATTEMPTS - 1:
                    raise Unreachable("the workers that judged manifests died", "See homeperf status.") from None
            finally:
                member.outstanding -= 1
        raise AssertionError("every attempt returns or raises")

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

"""The runner of this process: the same worker, driven by asyncio, one thing at a time or many."""

from __future__ import annotations

import asyncio
import platform
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from homeperf_ray.executor.batch import Batch, Judged
from homeperf_ray.executor.job import CheckJob
from homeperf_ray.executor.outcome import Fetched
from homeperf_ray.executor.parallel import EnhancedParallelExecutor
from homeperf_ray.executor.processor import Operations, Processor
from homeperf_ray.executor.report import Report
from homeperf_ray.executor.worker import Worker
from homeperf_ray.kube.discovery import Discovered
from homeperf_ray.kube.request import Request
from homeperf_ray.kube.resources import GroupResource
from homeperf_ray.limits.bucket_gate import BucketGate
from homeperf_ray.timings.operation import Operation


class LocalRunner:
    """Runs a job in this process, at most ``concurrency`` LISTs at once; 1 makes it the serial runner."""

    workers = 1

    def __init__(self, worker: Worker, *, concurrency: int) -> None:
        self.name = "serial" if concurrency == 1 else "local"
        self._worker = worker
        self._concurrency = concurrency
        self._deadlines: dict[str, float] = {}

    async def discover(self, job: CheckJob, groups: frozenset[str]) -> Discovered:
        return await self._worker.discover(job, groups, timeout=self._remaining(job))

    async def fetch(self, job: CheckJob, requests: Sequence[Request]) -> AsyncIterator[Fetched]:
        slots = asyncio.Semaphore(self._concurrency)
        queued = time.perf_counter()

        async def one(request: Request) -> Fetched:
            async with slots:
                waited = time.perf_counter() - queued
                return await self._worker.fetch(job, request, timeout=self._remaining(job), queue=waited)

        tasks = [asyncio.create_task(one(request)) for request in requests]
        try:
            for task in asyncio.as_completed(tasks):
                yield await task
        finally:
            for pending in tasks:
                pending.cancel()

    async def evaluate(
        self, job: CheckJob, batches: Sequence[Batch], tables: Mapping[GroupResource, Sequence[Any]]
    ) -> AsyncIterator[Judged]:
        for batch in batches:
            yield self._worker.judge(job, batch, tables)

    def warnings(self, job: CheckJob) -> tuple[str, ...]:
        return self._worker.warnings(job)

    async def close(self) -> None:
        await self._worker.close()

    def _remaining(self, job: CheckJob) -> float:
        deadline = self._deadlines.setdefault(job.run, time.monotonic() + job.timeout)
        return max(deadline - time.monotonic(), 0.0)


def run_local(
    job: CheckJob, *, serial: bool, discovery_dir: Path | None, processors: Sequence[Processor] = ()
) -> tuple[Report, list[Operation]]:
    """Run one job in this process, from start to end: its report and its timings.

    Raises ConfigError where the job's kubeconfig cannot be used.
    """

    async def run() -> tuple[Report, list[Operation]]:
        gate = BucketGate(job.qps, job.burst)
        worker = Worker(
            name="local",
            node=platform.node(),
            gate_for=lambda _target, _job: gate,
            discovery_dir=discovery_dir,
        )
        runner = LocalRunner(worker, concurrency=1 if serial else job.concurrency)
        operations = Operations()
        try:
            report = await EnhancedParallelExecutor(runner, (operations, *processors)).run(job)
        finally:
            await runner.close()
        return report, operations.rows

    with asyncio.Runner(loop_factory=_fast_loop()) as loop:
        return loop.run(run())


def _fast_loop() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop

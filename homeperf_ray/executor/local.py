"""The runner of this process: the same worker, driven by asyncio, one thing at a time or many."""

from __future__ import annotations

import asyncio
import platform
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from homeperf_ray.executor.batch import Batch, Judged
from homeperf_ray.executor.each import each
from homeperf_ray.executor.inside import Inside
from homeperf_ray.executor.job import CheckJob
from homeperf_ray.executor.look import Look, Looked
from homeperf_ray.executor.outcome import Fetched
from homeperf_ray.executor.parallel import EnhancedParallelExecutor, unreached
from homeperf_ray.executor.processor import Operations, Processor
from homeperf_ray.executor.report import Report
from homeperf_ray.executor.visiting import Bounds
from homeperf_ray.executor.worker import Worker
from homeperf_ray.kube.discovery import Discovered
from homeperf_ray.kube.errors import ConfigError
from homeperf_ray.kube.gate import Gate
from homeperf_ray.kube.kubelets import AT_ONCE
from homeperf_ray.kube.request import Request
from homeperf_ray.kube.resources import GroupResource
from homeperf_ray.kube.target import Target
from homeperf_ray.limits.lease import Budget
from homeperf_ray.limits.local_budgets import LocalBudgets
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
        kubelets = self._concurrency > 1 and any(request.kubelet for request in requests)
        slots = asyncio.Semaphore(AT_ONCE if kubelets else self._concurrency)
        queued = time.perf_counter()

        async def one(request: Request) -> Fetched:
            async with slots:
                waited = time.perf_counter() - queued
                return await self._worker.fetch(job, request, timeout=self._remaining(job), queue=waited)

        async for fetched in each(one(request) for request in requests):
            yield fetched

    async def evaluate(
        self, job: CheckJob, batches: Sequence[Batch], tables: Mapping[GroupResource, Sequence[Any]]
    ) -> AsyncIterator[Judged]:
        for batch in batches:
            yield self._worker.judge(job, batch, tables)

    async def look(self, job: CheckJob, looks: Sequence[Look]) -> AsyncIterator[Looked]:
        async def one(look: Look) -> Looked:
            async with slots:
                return await self._worker.look(job, look, timeout=self._remaining(job))

        slots = asyncio.Semaphore(self._concurrency)
        async for looked in each(one(look) for look in looks):
            yield looked

    async def read(self, table: Any) -> Any:
        return table

    async def inside(self, job: CheckJob) -> Inside:
        return await self._worker.inside(job, timeout=self._remaining(job), at_once=self._concurrency > 1)

    def target(self, job: CheckJob) -> Target:
        return self._worker.target(job)

    async def close(self) -> None:
        await self._worker.close()

    def _remaining(self, job: CheckJob) -> float:
        deadline = self._deadlines.setdefault(job.run, time.monotonic() + job.timeout)
        return max(deadline - time.monotonic(), 0.0)


Ran = tuple[Report, list[Operation]]


def run_local(
    jobs: Sequence[CheckJob],
    *,
    serial: bool,
    discovery_dir: Path | None,
    budget_dir: Path | None = None,
    processor_of: Callable[[CheckJob], Processor] = lambda _: Processor(),
) -> list[Ran]:
    """Run jobs in this process, all at once or one after the other, from start to end: a report and its timings each.

    A job whose kubeconfig cannot be used has a report that says so; jobs for the same server share one budget, and
    share it with every other process that has ``budget_dir``.
    """

    async def run() -> list[Ran]:
        budgets = LocalBudgets(budget_dir)

        def gate_for(target: Target, job: Bounds) -> Gate:
            return budgets.gate(target.server_id, target.origin, Budget(job.qps, job.burst))

        worker = Worker(name="local", node=platform.node(), gate_for=gate_for, discovery_dir=discovery_dir)
        try:
            if serial:
                ran = [await one(worker, job) for job in jobs]
            else:
                ran = await asyncio.gather(*(one(worker, job) for job in jobs))
            return [(_noted(report, budgets.note), rows) for report, rows in ran]
        finally:
            await worker.close()
            await budgets.close()

    async def one(worker: Worker, job: CheckJob) -> Ran:
        runner = LocalRunner(worker, concurrency=1 if serial else job.concurrency)
        operations = Operations()
        try:
            report = await EnhancedParallelExecutor(runner, (operations, processor_of(job))).run(job)
        except ConfigError as error:
            report = unreached(job, error, runner=runner.name)
        return report, operations.rows

    with asyncio.Runner(loop_factory=fast_loop()) as loop:
        return loop.run(run())


def _noted(report: Report, note: str) -> Report:
    return msgspec.structs.replace(report, notes=(*report.notes, note)) if note else report


def fast_loop() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop

"""Running: several contexts at once, one budget a server."""

from __future__ import annotations

import asyncio
import os
import platform
from collections.abc import Sequence
from pathlib import Path

import msgspec

from homeperf_ray.executor.outcome import Failure
from homeperf_ray.executor.visiting import visiting
from homeperf_ray.kube.errors import ConfigError
from homeperf_ray.kube.target import load_target
from homeperf_ray.limits.local_budgets import LocalBudgets
from homeperf_ray.objects.job import GetJob
from homeperf_ray.objects.outcome import Gathering
from homeperf_ray.objects.read import gather


def run(jobs: Sequence[GetJob], *, cache_dir: Path | None, budget_dir: Path | None = None) -> list[Gathering]:
    """Run jobs in this process, all at once, on the budgets of ``budget_dir``.

    A kubeconfig that cannot be used is a failure of its context.
    """
    return asyncio.run(_run(jobs, cache_dir, budget_dir))


async def _run(jobs: Sequence[GetJob], cache_dir: Path | None, budget_dir: Path | None) -> list[Gathering]:
    budgets = LocalBudgets(budget_dir)
    try:
        return await asyncio.gather(*(_one(job, budgets, cache_dir) for job in jobs))
    finally:
        await budgets.close()


async def _one(job: GetJob, budgets: LocalBudgets, cache_dir: Path | None) -> Gathering:
    try:
        target = load_target(job.access)
    except ConfigError as error:
        return Gathering(context=job.access.context or "current-context", failures=(Failure.of(error),))
    async with visiting(target, job, budgets) as connection:
        found = await gather(connection, job, cache_dir=cache_dir)
    signed = (
        msgspec.structs.replace(one, run=job.run, node=platform.node(), worker="local", pid=os.getpid())
        for one in found.operations
    )
    return msgspec.structs.replace(found, operations=tuple(signed))

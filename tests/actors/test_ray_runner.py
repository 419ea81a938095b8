"""What several jobs share when they ask for the same at once."""

from __future__ import annotations

import asyncio
import time
from types import SimpleNamespace
from typing import Any, cast

import pytest

from homeperf_ray.actors.following import Following
from homeperf_ray.actors.ray_runner import RayRunner
from homeperf_ray.actors.workers import Member, Workers
from homeperf_ray.cache.resource_cache import ResourceCache
from homeperf_ray.executor.inside import Inside, Unasked
from homeperf_ray.executor.job import CheckJob
from homeperf_ray.executor.outcome import Failure
from homeperf_ray.kube.request import Access
from homeperf_ray.kube.target import Target
from homeperf_ray.timings.operation import Operation

JOB = CheckJob(run="r", access=Access(()), exec=True)
UNASKED = (Unasked("rook-ceph", "tools", Failure("forbidden", "may not")),)


@pytest.mark.parametrize("unasked", [(), UNASKED], ids=["told", "refused"])
async def test_what_a_toolbox_was_asked_for_two_jobs_is_in_the_timings_of_one(unasked):
    asked: list[float] = []

    async def ask(job: CheckJob, timeout: float) -> Inside:
        asked.append(timeout)
        await asyncio.sleep(0.05)
        return Inside(unasked=unasked, operations=(Operation(kind="exec", started=0.0),))

    workers = Workers([Member("worker-0", SimpleNamespace(inside=SimpleNamespace(remote=ask)))])
    target = cast(Target, SimpleNamespace(server_id="server", identity="me", context="home"))
    cache: ResourceCache[Any, Any] = ResourceCache(max_bytes=1 << 20, clock=time.monotonic)
    runners = [RayRunner(workers, cache, cast(Following, None), target, JOB) for _ in range(2)]
    one, other = await asyncio.gather(*(runner.inside(JOB) for runner in runners))
    assert len(asked) == 1
    assert one.unasked == other.unasked == unasked
    assert sorted(len(inside.operations) for inside in (one, other)) == [0, 1]

"""What the object store has lost is read again, and never answered from."""

from __future__ import annotations

import asyncio
import time
from types import SimpleNamespace
from typing import Any

import pytest
from ray.exceptions import ObjectLostError, RayTaskError

from homeperf_ray.actors.ray_runner import RayRunner
from homeperf_ray.actors.workers import Member, Workers
from homeperf_ray.cache.resource_cache import Loaded, ResourceCache
from homeperf_ray.checks.thresholds import Thresholds
from homeperf_ray.executor.batch import Batch
from homeperf_ray.executor.job import CheckJob
from homeperf_ray.kube.errors import Unreachable
from homeperf_ray.kube.request import Access

LOST = ObjectLostError("0" * 56, None, "")
JOB = CheckJob(run="r", access=Access(()))
BATCH = Batch(checks=("nodes",), now=None, thresholds=Thresholds())


class Watched:
    """What is followed, as the runner sees it."""

    def __init__(self, *keys: Any) -> None:
        self.keys = list(keys)

    def statuses(self):
        return [SimpleNamespace(key=key) for key in self.keys]

    def drop(self, key: Any) -> bool:
        self.keys.remove(key)
        return True


def member(outcome: Exception) -> Member:
    async def judge(*_: Any) -> None:
        raise outcome

    return Member("worker-0", SimpleNamespace(judge=SimpleNamespace(remote=judge)))


async def loaded(cache: ResourceCache, key: Any) -> None:
    async def load() -> Loaded[str]:
        return Loaded("table", 1)

    await cache.through(key, 30, load)


async def test_tables_that_are_lost_are_forgotten_and_those_of_others_are_not():
    mine, other = ("server", "me", "pods"), ("server", "you", "pods")
    cache: ResourceCache[Any, Any] = ResourceCache(max_bytes=100, clock=time.monotonic)
    await asyncio.gather(loaded(cache, mine), loaded(cache, other))
    watched = Watched(mine, other)
    target = SimpleNamespace(server_id="server", identity="me", context="home")
    workers = Workers([member(RayTaskError("judge", "", LOST))])
    runner = RayRunner(workers, cache, watched, target, JOB)
    with pytest.raises(Unreachable, match="lost in the object store"):
        _ = [judged async for judged in runner.evaluate(JOB, [BATCH], {})]
    assert [one.key for one in cache.held()] == [other]
    assert watched.keys == [other]


async def test_any_other_defect_is_raised_as_it_is():
    cache: ResourceCache[Any, Any] = ResourceCache(max_bytes=100, clock=time.monotonic)
    await loaded(cache, ("server", "me", "pods"))
    target = SimpleNamespace(server_id="server", identity="me", context="home")
    runner = RayRunner(Workers([member(RayTaskError("judge", "", ValueError("odd")))]), cache, Watched(), target, JOB)
    with pytest.raises(RayTaskError):
        _ = [judged async for judged in runner.evaluate(JOB, [BATCH], {})]
    assert len(list(cache.held())) == 1

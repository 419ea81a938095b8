"""The Runner protocol: where requests are sent and batches are judged."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Protocol

from homeperf_ray.executor.batch import Batch, Judged
from homeperf_ray.executor.job import CheckJob
from homeperf_ray.executor.outcome import Fetched
from homeperf_ray.kube.discovery import Discovery
from homeperf_ray.kube.request import Request
from homeperf_ray.kube.resources import GroupResource
from homeperf_ray.timings.operation import Operation


class Runner(Protocol):
    """Does the work of one job. Results come as they are ready, in any order, each exactly once.

    ``discover`` raises KubeError: without it there is no plan. ``fetch`` and ``evaluate`` never raise for what one
    request or batch met; a failure is a value of its own.
    """

    name: str
    workers: int

    async def discover(self, job: CheckJob, groups: frozenset[str]) -> tuple[Discovery, tuple[Operation, ...]]: ...

    def fetch(self, job: CheckJob, requests: Sequence[Request]) -> AsyncIterator[Fetched]: ...

    def evaluate(
        self, job: CheckJob, batches: Sequence[Batch], tables: Mapping[GroupResource, Sequence[Any]]
    ) -> AsyncIterator[Judged]: ...

    async def close(self) -> None: ...

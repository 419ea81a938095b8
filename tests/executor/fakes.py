"""A runner without a cluster: its tables are given, its failures too."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from homeperf_ray.executor.batch import Batch, Judged
from homeperf_ray.executor.job import CheckJob
from homeperf_ray.executor.outcome import Failure, Fetched
from homeperf_ray.executor.worker import Worker
from homeperf_ray.kube.columns import decode, schema
from homeperf_ray.kube.discovery import Discovered, Discovery
from homeperf_ray.kube.gate import OpenGate
from homeperf_ray.kube.request import Access, Request
from homeperf_ray.kube.resources import GroupResource, ServedResource
from homeperf_ray.timings.operation import Operation

CLUSTER_SCOPED = {"nodes", "namespaces", "persistentvolumes", "storageclasses", "ingressclasses"}


def served(resource: GroupResource) -> ServedResource:
    return ServedResource(resource, "v1", resource.plural.title(), resource.plural not in CLUSTER_SCOPED)


def discovery(*resources: GroupResource, unavailable: tuple[tuple[str, str], ...] = ()) -> Discovery:
    return Discovery(
        server="s",
        identity="i",
        version="v1.34.1",
        groups=frozenset(resource.group for resource in resources),
        resources=tuple(served(resource) for resource in resources),
        unavailable=unavailable,
    )


def job(**options: Any) -> CheckJob:
    return CheckJob(run="run", access=Access(("/nowhere",), "homelab"), **options)


class FakeRunner:
    """Answers from ``bodies`` (JSON by resource); what is in ``failures`` fails; the rest is an empty list."""

    name = "fake"

    def __init__(
        self,
        found: Discovered,
        bodies: Mapping[GroupResource, bytes] | None = None,
        failures: Mapping[GroupResource, Failure] | None = None,
        workers: int = 1,
    ) -> None:
        self.found = found
        self.bodies = bodies or {}
        self.failures = failures or {}
        self.workers = workers
        self.requests: list[Request] = []
        self.batches: list[Batch] = []
        self._worker = Worker(name="fake", node="here", gate_for=lambda _t, _j: OpenGate())

    async def discover(self, job: CheckJob, groups: frozenset[str]) -> Discovered:
        return self.found

    async def fetch(self, job: CheckJob, requests: Sequence[Request]) -> AsyncIterator[Fetched]:
        for request in reversed(requests):
            self.requests.append(request)
            operation = Operation(kind="list", started=0.0, resource=str(request.served.resource), sent=1)
            if failure := self.failures.get(request.served.resource):
                yield Fetched(request=request, failure=failure, operations=(operation,))
                continue
            body = self.bodies.get(request.served.resource)
            if body is None:
                table = schema(request.served.resource).empty_table()
            else:
                import pyarrow as pa

                table = pa.Table.from_batches([decode(request.served.resource, body).batch])
            yield Fetched(request=request, table=table, rows=table.num_rows, operations=(operation,))

    async def evaluate(
        self, job: CheckJob, batches: Sequence[Batch], tables: Mapping[GroupResource, Sequence[Any]]
    ) -> AsyncIterator[Judged]:
        for batch in batches:
            self.batches.append(batch)
            yield self._worker.judge(job, batch, tables)

    def warnings(self, job: CheckJob) -> tuple[str, ...]:
        return ("TLS is not verified",)

    async def close(self) -> None:
        pass

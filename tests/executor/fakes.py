"""A runner without a cluster: its tables are given, its failures too."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any

import msgspec

from homeperf_ray.executor.batch import Batch, Judged
from homeperf_ray.executor.job import CheckJob
from homeperf_ray.executor.look import Look, Looked
from homeperf_ray.executor.outcome import Failure, Fetched
from homeperf_ray.executor.worker import Worker
from homeperf_ray.kube.columns import decode, schema
from homeperf_ray.kube.credentials import Fixed
from homeperf_ray.kube.discovery import Discovered, Discovery
from homeperf_ray.kube.gate import OpenGate
from homeperf_ray.kube.request import Access, Request
from homeperf_ray.kube.resources import GroupResource, ServedResource
from homeperf_ray.kube.target import Target
from homeperf_ray.kube.tls import Trust
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
    """Answers from ``bodies`` (JSON by resource); what is in ``failures`` fails; the rest is an empty list.

    What is in ``readable`` may be listed in those namespaces only, each of which holds the same body. ``backwards``
    judges the last check first, as where its reads came in first.
    """

    name = "fake"

    def __init__(
        self,
        found: Discovered,
        bodies: Mapping[GroupResource, bytes] | None = None,
        failures: Mapping[GroupResource, Failure] | None = None,
        workers: int = 1,
        readable: Mapping[GroupResource, Sequence[str]] | None = None,
        backwards: bool = False,
    ) -> None:
        self.found = found
        self.bodies = bodies or {}
        self.failures = failures or {}
        self.workers = workers
        self.readable = readable or {}
        self.backwards = backwards
        self.looked: Callable[[Look], Looked] | None = None
        self.looks: list[Look] = []
        self.requests: list[Request] = []
        self.batches: list[Batch] = []
        self._worker = Worker(name="fake", node="here", gate_for=lambda _t, _j: OpenGate())

    async def discover(self, job: CheckJob, groups: frozenset[str]) -> Discovered:
        return self.found

    async def fetch(self, job: CheckJob, requests: Sequence[Request]) -> AsyncIterator[Fetched]:
        for request in reversed(requests):
            self.requests.append(request)
            operation = Operation(kind="list", started=0.0, resource=str(request.served.resource), sent=1)
            if failure := self._failure(request):
                yield Fetched(request=request, failure=failure, operations=(operation,))
                continue
            body = self.bodies.get(request.served.resource)
            if body is None:
                table = schema(request.served.resource).empty_table()
            else:
                import pyarrow as pa

                table = pa.Table.from_batches([decode(request.served.resource, body).batch])
            yield Fetched(request=request, table=table, rows=table.num_rows, operations=(operation,))

    def _failure(self, request: Request) -> Failure | None:
        resource = request.served.resource
        if resource in self.readable and request.namespace not in self.readable[resource]:
            return Failure("forbidden", f"you may not list {resource}", "ask for it", 403)
        return self.failures.get(resource)

    async def evaluate(
        self, job: CheckJob, batches: Sequence[Batch], tables: Mapping[GroupResource, Sequence[Any]]
    ) -> AsyncIterator[Judged]:
        for batch in batches:
            self.batches.append(batch)
            judged = self._worker.judge(job, batch, tables)
            order = reversed(judged.judgements) if self.backwards else judged.judgements
            yield msgspec.structs.replace(judged, judgements=tuple(order))

    async def look(self, job: CheckJob, looks: Sequence[Look]) -> AsyncIterator[Looked]:
        for look in looks:
            self.looks.append(look)
            operation = Operation(kind="detail", started=0.0, sent=1)
            yield self.looked(look) if self.looked else Looked(look=look, operations=(operation,))

    async def read(self, table: Any) -> Any:
        return table

    def target(self, job: CheckJob) -> Target:
        return Target(
            context=job.access.context,
            server="https://homelab:6443",
            namespace="home",
            server_id="s",
            identity="i",
            trust=Trust(),
            source=Fixed(),
            warnings=("TLS is not verified",),
        )

    async def close(self) -> None:
        pass

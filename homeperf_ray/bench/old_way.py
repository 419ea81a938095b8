"""The old way, as a runner: namespace by namespace, one request after another, judged by the same checks.

``python -m homeperf_ray.bench.old_way`` runs it as a command. It calls kubectl where one is installed, as homelab
scripts do, and reads one request a namespace by itself where none is. What it finds is what ``homeperf check`` finds;
only the way there differs.
"""

from __future__ import annotations

import asyncio
import json
import platform
import shutil
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

import click
import msgspec
import pyarrow as pa
from msgspec.structs import replace

from homeperf_ray.executor.batch import Batch, Judged
from homeperf_ray.executor.inside import Inside
from homeperf_ray.executor.job import CheckJob
from homeperf_ray.executor.look import Look, Looked
from homeperf_ray.executor.outcome import Failure, Fetched
from homeperf_ray.executor.parallel import EnhancedParallelExecutor
from homeperf_ray.executor.report import Report
from homeperf_ray.executor.worker import Worker
from homeperf_ray.kube.columns import decode, schema
from homeperf_ray.kube.discovery import Discovered
from homeperf_ray.kube.errors import BadAnswer, KubeError, ServerError
from homeperf_ray.kube.gate import OpenGate
from homeperf_ray.kube.request import Access, Request
from homeperf_ray.kube.resources import (
    DAEMON_SETS,
    DEPLOYMENTS,
    NAMESPACES,
    PERSISTENT_VOLUME_CLAIMS,
    PODS,
    SERVICES,
    STATEFUL_SETS,
    GroupResource,
    ServedResource,
)
from homeperf_ray.kube.target import Target
from homeperf_ray.timings.operation import Operation

NAMESPACE_BY_NAMESPACE = frozenset({PODS, SERVICES, PERSISTENT_VOLUME_CLAIMS, DEPLOYMENTS, DAEMON_SETS, STATEFUL_SETS})
"""What scripts ask for once a namespace; everything else they read with ``-A``."""


class _Items(msgspec.Struct):
    items: msgspec.Raw


class OldWayRunner:
    """One thing at a time: kubectl as a process a call, or, without ``kubectl``, one LIST a namespace."""

    name = "old-way"
    workers = 1

    def __init__(self, worker: Worker, kubectl: str | None) -> None:
        self._worker = worker
        self._kubectl = kubectl
        self.calls = 0

    async def discover(self, job: CheckJob, groups: frozenset[str]) -> Discovered:
        return await self._worker.discover(job, groups, timeout=job.timeout)

    async def fetch(self, job: CheckJob, requests: Sequence[Request]) -> AsyncIterator[Fetched]:
        namespaces = await self._namespaces(job)
        for request in requests:
            scopes = namespaces if request.served.resource in NAMESPACE_BY_NAMESPACE else [None]
            parts = [await self._read(job, replace(request, namespace=namespace)) for namespace in scopes]
            operations = tuple(operation for part in parts for operation in part.operations)
            failure = next((part.failure for part in parts if part.failure), None)
            table = None if failure else pa.concat_tables([part.table for part in parts], promote_options="default")
            rows = 0 if table is None else table.num_rows
            yield Fetched(request=request, table=table, rows=rows, failure=failure, operations=operations)

    async def evaluate(
        self, job: CheckJob, batches: Sequence[Batch], tables: Mapping[GroupResource, Sequence[Any]]
    ) -> AsyncIterator[Judged]:
        for batch in batches:
            yield self._worker.judge(job, batch, tables)

    async def look(self, job: CheckJob, looks: Sequence[Look]) -> AsyncIterator[Looked]:
        for look in looks:
            self.calls += len(look.aid)
            yield await self._worker.look(job, look, timeout=job.timeout)

    async def read(self, table: Any) -> pa.Table:
        return table

    async def inside(self, job: CheckJob) -> Inside:
        return Inside()

    def target(self, job: CheckJob) -> Target:
        return self._worker.target(job)

    async def close(self) -> None:
        await self._worker.close()

    async def _namespaces(self, job: CheckJob) -> list[str]:
        listed = await self._read(job, Request(ServedResource(NAMESPACES, "v1", "Namespace", namespaced=False)))
        return [] if listed.table is None else listed.table.column("name").to_pylist()

    async def _read(self, job: CheckJob, request: Request) -> Fetched:
        self.calls += 1
        if self._kubectl is None:
            return await self._worker.fetch(job, request, timeout=job.timeout)
        started, clock = time.time(), time.perf_counter()
        try:
            table, size = await self._call(self._kubectl, job, request)
        except KubeError as error:
            return Fetched(request=request, failure=Failure.of(error))
        operation = Operation(
            kind="list",
            started=started,
            run=job.run,
            resource=str(request.served.resource),
            namespace=request.namespace or "",
            total=time.perf_counter() - clock,
            bytes=size,
            items=table.num_rows,
            sent=1,
        )
        return Fetched(request=request, table=table, rows=table.num_rows, operations=(operation,))

    async def _call(self, kubectl: str, job: CheckJob, request: Request) -> tuple[pa.Table, int]:
        served = request.served
        name = f"{served.resource.plural}.{served.version}.{served.resource.group}".rstrip(".")
        scope = ["--namespace", request.namespace] if request.namespace else ["--all-namespaces"]
        selector = ["--field-selector", request.field_selector] if request.field_selector else []
        context = ["--context", job.access.context] if job.access.context else []
        process = await asyncio.create_subprocess_exec(
            kubectl,
            *("--kubeconfig", job.access.kubeconfig[0]),
            *context,
            *("get", name if served.resource.group else served.resource.plural),
            *scope,
            *selector,
            *("-o", "json"),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await process.communicate()
        if process.returncode:
            raise ServerError(f"kubectl get {name} failed: {err.decode(errors='replace')[:300]}")
        try:
            items = msgspec.json.decode(out, type=_Items).items
        except msgspec.MsgspecError as error:
            raise BadAnswer(f"kubectl get {name} printed no list") from error
        group = f"{served.resource.group}/" if served.resource.group else ""
        head = json.dumps({"kind": f"{served.kind}List", "apiVersion": group + served.version, "metadata": {}})
        page = decode(served.resource, head[:-1].encode() + b', "items": ' + bytes(items) + b"}")
        return pa.Table.from_batches([page.batch], schema(served.resource)), len(out)


async def run(access: Access, kubectl: str | None) -> tuple[Report, int]:
    """Judge a cluster the old way: the report, and how many calls it took."""
    worker = Worker(name="old-way", node=platform.node(), gate_for=lambda _target, _job: OpenGate())
    runner = OldWayRunner(worker, kubectl)
    job = CheckJob(run=f"old-{time.time_ns():x}", access=access, concurrency=1, timeout=600.0, details=0)
    try:
        return await EnhancedParallelExecutor(runner).run(job), runner.calls
    finally:
        await runner.close()


@click.command()
@click.option("--kubeconfig", required=True, help="Kubeconfig file to use.")
@click.option("--context", default="", help="Context in the kubeconfig.")
@click.option("--without-kubectl", is_flag=True, help="Read by itself even where kubectl is installed.")
@click.option("-o", "--output", type=click.Choice(["table", "json"]), default="table")
def main(kubeconfig: str, context: str, without_kubectl: bool, output: str) -> None:
    """Judge a cluster as homelab scripts do: namespace by namespace, one call after another."""
    kubectl = None if without_kubectl else shutil.which("kubectl")
    try:
        report, calls = asyncio.run(run(Access((kubeconfig,), context), kubectl))
    except KubeError as error:
        raise click.ClickException(error.message) from error
    if report.failure:
        raise click.ClickException(report.failure.message)
    summary = report.summary
    if output == "json":
        click.echo(json.dumps({"summary": msgspec.to_builtins(summary), "ledger": {"sent": calls}}))
        return
    tool = "kubectl" if kubectl else "requests"
    click.echo(
        f"{calls} calls ({tool}, one after another): {summary.critical} critical, {summary.errors} not judged, "
        f"{summary.warnings} warnings, {summary.healthy} of {summary.total} healthy; {report.duration:.2f} s"
    )


if __name__ == "__main__":
    sys.exit(main())

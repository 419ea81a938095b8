"""Reading: a part over a connection, all of a job's parts side by side."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import msgspec

from homeperf_ray.executor.outcome import Failure
from homeperf_ray.kube.catalog import Catalog, forget_catalog, read_catalog
from homeperf_ray.kube.connection import Connection
from homeperf_ray.kube.errors import BadAnswer, KubeError, NotFound
from homeperf_ray.kube.pages import PageReader
from homeperf_ray.objects.job import GetJob, Part
from homeperf_ray.objects.outcome import Gathering, Got
from homeperf_ray.objects.page import ACCEPT, ACCEPT_ONE, Page, read_page
from homeperf_ray.objects.plan import make_plan, needs_catalog
from homeperf_ray.timings.operation import Operation


async def gather(connection: Connection, job: GetJob, *, cache_dir: Path | None) -> Gathering:
    """Read everything that ``job`` asks for, at most ``job.concurrency`` requests at once. Raises nothing."""
    reading = _Reading(connection, job)
    target = connection.target
    catalog: Catalog | None = None
    if needs_catalog(job):
        try:
            catalog, operations = await read_catalog(connection, cache_dir=cache_dir, deadline=reading.deadline)
        except KubeError as error:
            return Gathering(context=target.context, failures=(Failure.of(error),), warnings=target.warnings)
        reading.operations += operations
    plan = make_plan(job, catalog, target.namespace)
    got = await asyncio.gather(*(reading.part(part) for part in plan.parts))
    if cache_dir and any(one.failure and one.failure.kind == NotFound.kind and not one.part.name for one in got):
        forget_catalog(cache_dir, target)
    return Gathering(
        context=target.context,
        got=tuple(got),
        failures=plan.failures,
        notes=plan.notes,
        warnings=target.warnings,
        operations=tuple(msgspec.structs.replace(one, context=target.context) for one in reading.operations),
    )


class _Reading:
    """The parts of one job."""

    def __init__(self, connection: Connection, job: GetJob) -> None:
        self.operations: list[Operation] = []
        self.deadline = time.monotonic() + job.timeout
        self._connection = connection
        self._form = job.form

    async def part(self, part: Part) -> Got:
        try:
            pages = [await self._one(part)] if part.name else await self._list(part)
        except KubeError as error:
            return Got(part=part, failure=Failure.of(error))
        return Got(part=part, pages=tuple(pages))

    async def _list(self, part: Part) -> list[Page]:
        reader = PageReader(
            self._connection,
            part.request,
            lambda body: read_page(self._form, body),
            accept=ACCEPT[self._form],
            deadline=self.deadline,
        )
        try:
            return await reader.read()
        finally:
            self.operations += reader.operations

    async def _one(self, part: Part) -> Page:
        served = part.request.served
        operation = Operation(
            kind="get", started=time.time(), resource=str(served.resource), namespace=part.request.namespace or ""
        )
        answer = await self._connection.get(
            part.path, operation=operation, accept=ACCEPT_ONE[self._form], deadline=self.deadline
        )
        self.operations.append(answer.operation)
        if isinstance(answer.error, NotFound):
            raise NotFound(f"there is no {part}", f"See what there is: homeperf get {served.resource}", 404)
        if answer.error is not None:
            raise answer.error
        try:
            return read_page(self._form, answer.body, single=True)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            message = f"{self._connection.target}: {part} could not be understood ({type(error).__name__})"
            raise BadAnswer(message, status=answer.operation.status) from None

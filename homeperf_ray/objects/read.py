"""Reading: a part over a connection, all of a job's parts side by side."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Protocol

import msgspec

from homeperf_ray.executor.outcome import Failure
from homeperf_ray.kube.catalog import Catalog, forget_catalog, read_catalog
from homeperf_ray.kube.connection import Getter
from homeperf_ray.kube.errors import BadAnswer, KubeError, NotFound
from homeperf_ray.kube.pages import PageReader, undecoded
from homeperf_ray.objects.job import Form, GetJob, Part
from homeperf_ray.objects.outcome import Gathering, Got
from homeperf_ray.objects.page import ACCEPT, ACCEPT_ONE, Page, read_page
from homeperf_ray.objects.plan import make_plan, needs_catalog
from homeperf_ray.timings.operation import Operation


class Sink(Protocol):
    """Where pages go as they come: what is made of them, or to whom they are handed on."""

    def begin(self, part: Part) -> None:
        """A list begins, or begins anew: what came of it before is void."""

    def page(self, part: Part, body: bytes) -> Page:
        """The next page of a part. Raises BadAnswer or MsgspecError."""
        ...


class Reader:
    """Makes pages of what the server sent, in the form that was asked for."""

    def __init__(self, form: Form) -> None:
        self._form = form

    def begin(self, part: Part) -> None:
        pass

    def page(self, part: Part, body: bytes) -> Page:
        return read_page(self._form, body, single=bool(part.name))


async def gather(connection: Getter, job: GetJob, *, cache_dir: Path | None, sink: Sink | None = None) -> Gathering:
    """Read everything that ``job`` asks for, at most ``job.concurrency`` requests at once. Raises nothing.

    Pages are read as they come, unless a ``sink`` takes them.
    """
    reading = _Reading(connection, job, sink or Reader(job.form))
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

    def __init__(self, connection: Getter, job: GetJob, sink: Sink) -> None:
        self.operations: list[Operation] = []
        self.deadline = time.monotonic() + job.timeout
        self._connection = connection
        self._form = job.form
        self._sink = sink

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
            lambda body: self._sink.page(part, body),
            begun=lambda: self._sink.begin(part),
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
            where = f" -n {part.request.namespace}" if part.request.namespace else ""
            raise NotFound(f"there is no {part}", f"See what there is: homeperf get {served.resource}{where}", 404)
        if answer.error is not None:
            raise answer.error
        try:
            return self._sink.page(part, answer.body)
        except (msgspec.MsgspecError, ValueError, RecursionError) as error:
            raise not_understood(str(self._connection.target), part, error, answer.operation.status) from None


def not_understood(target: str, part: Part, error: Exception, status: int) -> BadAnswer:
    """The error of a page that is not what was due, from ``target``."""
    if not part.name:
        return undecoded(target, part.request, error, status)
    return BadAnswer(f"{target}: {part} could not be understood ({type(error).__name__})", status=status)

"""The lister: one LIST, page by page, into one Arrow table."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec

from homeperf_ray.kube.connection import Answer, Connection
from homeperf_ray.kube.errors import BadAnswer, Expired, KubeError
from homeperf_ray.kube.request import Request
from homeperf_ray.kube.resources import GroupResource
from homeperf_ray.timings.operation import Operation

if TYPE_CHECKING:
    import pyarrow as pa

    from homeperf_ray.kube.columns import Page

MAX_RESTARTS = 2
"""How often a list whose continue token has expired is begun anew."""

_TEXT = rb'"[^"\\]*"'
_FLAT = rb"\{((?:" + _TEXT + rb":(?:" + _TEXT + rb"|[0-9]+),?)*)\}"
_HEAD = re.compile(rb'\{(?:"(?:kind|apiVersion)":' + _TEXT + rb',)*"metadata":' + _FLAT)
_TAIL = re.compile(rb'\](?:,"(?:kind|apiVersion)":' + _TEXT + rb')*,"metadata":' + _FLAT + rb"\}\s*\Z")
_CONTINUE = re.compile(rb'"continue":"([^"\\]*)"')
_HEAD_BYTES = 8192


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """``table`` (a ``pyarrow.Table``) or ``error``, and one operation a page.

    ``version`` is the resourceVersion of the list, from which a watch can go on.
    """

    table: Any = None
    version: str = ""
    error: KubeError | None = None
    operations: tuple[Operation, ...] = ()


async def read_list(
    connection: Connection,
    request: Request,
    *,
    context: str = "",
    deadline: float | None = None,
    decode: Callable[[GroupResource, bytes], Page] | None = None,
    schema: Callable[[GroupResource], pa.Schema] | None = None,
) -> Listed:
    """Read every page of ``request``; the next page is asked for before this one is decoded.

    A list whose continue token expires is begun anew, at most ``MAX_RESTARTS`` times. ``deadline`` is in
    ``time.monotonic()``; ``decode`` and ``schema`` are those of the columns unless given.
    """
    import pyarrow as pa

    from homeperf_ray.kube import columns

    reader = _Reader(connection, request, context, deadline, decode or columns.decode)
    for restart in range(MAX_RESTARTS + 1):
        try:
            batches = await reader.read()
        except Expired as error:
            if restart == MAX_RESTARTS or not reader.continued:
                return Listed(error=error.with_traceback(None), operations=tuple(reader.operations))
        except KubeError as error:
            return Listed(error=error.with_traceback(None), operations=tuple(reader.operations))
        else:
            resource = request.served.resource
            table = pa.Table.from_batches(batches, (schema or columns.schema)(resource))
            return Listed(table=table, version=reader.version, operations=tuple(reader.operations))
    raise AssertionError


class _Reader:
    def __init__(
        self,
        connection: Connection,
        request: Request,
        context: str,
        deadline: float | None,
        decode: Callable[[GroupResource, bytes], Page],
    ) -> None:
        self.operations: list[Operation] = []
        self.continued = False
        self.version = ""
        self._connection = connection
        self._request = request
        self._context = context
        self._deadline = deadline
        self._decode = decode

    async def read(self) -> list[pa.RecordBatch]:
        """All pages, from the first. Raises KubeError."""
        batches: list[pa.RecordBatch] = []
        self.continued = False
        upcoming: asyncio.Task[Answer] | None = None
        answer = await self._get("", 0)
        number = 0
        try:
            while True:
                if answer.error is not None:
                    self.operations.append(answer.operation)
                    raise answer.error
                token = continue_token(answer.body)
                if token:
                    self.continued = True
                    upcoming = asyncio.create_task(self._get(token, number + 1))
                    await _let_it_leave(upcoming)
                page = self._decoded(answer)
                self.version = self.version if batches else page.resource_version
                batches.append(page.batch)
                token = page.continue_token if token is None else token
                if not token:
                    return batches
                self.continued = True
                number += 1
                answer = await (upcoming or self._get(token, number))
                upcoming = None
        finally:
            if upcoming is not None:
                upcoming.cancel()
                await asyncio.wait({upcoming})

    async def _get(self, token: str, number: int) -> Answer:
        served = self._request.served
        operation = Operation(
            kind="list",
            started=time.time(),
            context=self._context,
            resource=str(served.resource),
            namespace=self._request.namespace or "",
            page=number,
        )
        return await self._connection.get(
            self._request.path,
            self._request.query(token),
            operation=operation,
            deadline=self._deadline,
            abandoned=self.operations.append,
        )

    def _decoded(self, answer: Answer) -> Page:
        """Decode a page, and write its operation down whether or not that succeeds."""
        clock = time.perf_counter()
        items, kind = 0, ""
        try:
            page = self._decode(self._request.served.resource, answer.body)
            items = page.rows
        except Exception as error:
            kind = BadAnswer.kind
            raise self._undecoded(error, answer.operation.status) from error
        finally:
            spent = time.perf_counter() - clock
            self.operations.append(
                msgspec.structs.replace(
                    answer.operation, decode=spent, total=answer.operation.total + spent, items=items, error=kind
                )
            )
        return page

    def _undecoded(self, error: Exception, status: int) -> BadAnswer:
        """A page that is no list, or that holds a value which no column can hold: this list fails, no other does."""
        target = self._connection.target
        if isinstance(error, KubeError):
            return BadAnswer(f"{target}: {error.message}", error.hint, status)
        resource = self._request.served.resource
        message = f"{target}: the list of {resource} could not be understood ({type(error).__name__})"
        return BadAnswer(message, f"Look at it with: kubectl get {resource} -A -o json.", status)


def continue_token(body: bytes) -> str | None:
    """The continue token of a list, without decoding it; empty on the last page, None where it cannot be told.

    Built-in resources carry their metadata before the items, custom ones after them.
    """
    found = _HEAD.match(body, 0, _HEAD_BYTES) or _TAIL.search(body, max(len(body) - _HEAD_BYTES, 0))
    if found is None:
        return None
    token = _CONTINUE.search(found.group(1))
    return token.group(1).decode() if token else ""


async def _let_it_leave(task: asyncio.Task[Answer]) -> None:
    """Give the loop the few turns in which a request with a permit is written to its socket."""
    for _ in range(8):
        if task.done():
            return
        await asyncio.sleep(0)

"""Pages: one LIST, page by page, in whatever form was asked for."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

import msgspec

from homeperf_ray.kube.connection import Answer, Getter
from homeperf_ray.kube.errors import BadAnswer, Expired, KubeError
from homeperf_ray.kube.request import Request
from homeperf_ray.timings.operation import Operation

MAX_RESTARTS = 2
"""How often a list whose continue token has expired is begun anew."""

_TEXT = rb'"[^"\\]*"'
_FLAT = rb"\{((?:" + _TEXT + rb":(?:" + _TEXT + rb"|[0-9]+),?)*)\}"
_HEAD = re.compile(rb'\{(?:"(?:kind|apiVersion)":' + _TEXT + rb',)*"metadata":' + _FLAT)
_TAIL = re.compile(rb'\](?:,"(?:kind|apiVersion)":' + _TEXT + rb')*,"metadata":' + _FLAT + rb"\}\s*\Z")
_CONTINUE = re.compile(rb'"continue":"([^"\\]*)"')
_HEAD_BYTES = 8192


class Page(Protocol):
    """A decoded page: how many objects it has, and the token of the next page, empty on the last."""

    @property
    def rows(self) -> int: ...

    @property
    def continue_token(self) -> str: ...


P = TypeVar("P", bound=Page)


class PageReader(Generic[P]):
    """Reads every page of ``request``; the next page is asked for before this one is decoded.

    ``decode`` makes a page of a body; whatever it raises fails this list and no other. ``accept`` is the form that is
    asked for. ``deadline`` is in ``time.monotonic()``. ``begun`` is called where the list begins, and where it begins
    anew. ``operations`` has one a page, failed ones included.
    """

    def __init__(
        self,
        connection: Getter,
        request: Request,
        decode: Callable[[bytes], P],
        *,
        accept: str = "application/json",
        context: str = "",
        deadline: float | None = None,
        begun: Callable[[], None] = lambda: None,
    ) -> None:
        self.operations: list[Operation] = []
        self._begun = begun
        self._connection = connection
        self._request = request
        self._decode = decode
        self._accept = accept
        self._context = context
        self._deadline = deadline
        self._continued = False

    async def read(self) -> list[P]:
        """All pages; a list whose continue token expires is begun anew, at most ``MAX_RESTARTS`` times.

        Raises KubeError.
        """
        for _ in range(MAX_RESTARTS):
            try:
                return await self._once()
            except Expired:
                if not self._continued:
                    raise
        return await self._once()

    async def _once(self) -> list[P]:
        pages: list[P] = []
        self._begun()
        self._continued = False
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
                    self._continued = True
                    upcoming = asyncio.create_task(self._get(token, number + 1))
                    await _let_it_leave(upcoming)
                page = self._decoded(answer)
                pages.append(page)
                token = page.continue_token if token is None else token
                if not token:
                    return pages
                self._continued = True
                number += 1
                answer = await (upcoming or self._get(token, number))
                upcoming = None
        finally:
            if upcoming is not None:
                upcoming.cancel()
                await asyncio.wait({upcoming})

    async def _get(self, token: str, number: int) -> Answer:
        operation = Operation(
            kind="list",
            started=time.time(),
            context=self._context,
            resource=str(self._request.served.resource),
            namespace=self._request.namespace or "",
            page=number,
        )
        return await self._connection.get(
            self._request.path,
            self._request.query(token),
            operation=operation,
            accept=self._accept,
            deadline=self._deadline,
            abandoned=self.operations.append,
        )

    def _decoded(self, answer: Answer) -> P:
        """Decode a page, and write its operation down whether or not that succeeds."""
        clock = time.perf_counter()
        items, kind = 0, ""
        try:
            page = self._decode(answer.body)
            items = page.rows
        except Exception as error:
            kind = BadAnswer.kind
            raise undecoded(str(self._connection.target), self._request, error, answer.operation.status) from error
        finally:
            spent = time.perf_counter() - clock
            self.operations.append(
                msgspec.structs.replace(
                    answer.operation, decode=spent, total=answer.operation.total + spent, items=items, error=kind
                )
            )
        return page


def undecoded(target: str, request: Request, error: Exception, status: int) -> BadAnswer:
    """A page that is no list, or that holds a value which has no room: its list fails, no other does."""
    if isinstance(error, KubeError):
        return BadAnswer(f"{target}: {error.message}", error.hint, status)
    resource = request.served.resource
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

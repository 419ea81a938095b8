"""``get`` through a runtime: the workers read, and every page goes to the client as the server sent it."""

from __future__ import annotations

import asyncio
import platform
from collections import deque
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec

from homeperf_ray.actors.far_connection import FarConnection
from homeperf_ray.actors.protocol import Anew, Gathered, Piece
from homeperf_ray.actors.workers import Workers
from homeperf_ray.kube.target import load_target
from homeperf_ray.objects.job import GetJob, Part
from homeperf_ray.objects.page import Page
from homeperf_ray.objects.read import gather
from homeperf_ray.timings.dataset import encode

AHEAD = 16 << 20
"""Bytes that may wait for the client before the next page is asked for."""

Send = Callable[[Piece | Anew], Awaitable[None]]


class Outbox:
    """Pages on their way to the client, in order. It is a sink, and says when there is room for more."""

    def __init__(self) -> None:
        self._waiting: deque[Piece | Anew] = deque()
        self._bytes = 0
        self._changed = asyncio.Condition()
        self._filled = asyncio.Event()
        self._over = False

    def begin(self, part: Part) -> None:
        self._put(Anew(part.path))

    def page(self, part: Part, body: bytes) -> Page:
        """Hand a page on. Raises MsgspecError for what is no JSON at all; what it means is the client's to judge."""
        self._put(Piece(part.path, body))
        if part.name:
            return Page(1)
        counted = _counted(body)
        return Page(len(counted.items or counted.rows or ()), counted.token)

    async def room(self) -> None:
        """Wait until less than ``AHEAD`` waits."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._bytes < AHEAD)

    def over(self) -> None:
        """Nothing more comes."""
        self._over = True
        self._filled.set()

    async def drain(self, send: Send) -> None:
        """Send everything until it is over."""
        while True:
            while self._waiting:
                answer = self._waiting.popleft()
                await send(answer)
                async with self._changed:
                    self._bytes -= _size(answer)
                    self._changed.notify_all()
            if self._over:
                return
            self._filled.clear()
            await self._filled.wait()

    def _put(self, answer: Piece | Anew) -> None:
        self._waiting.append(answer)
        self._bytes += _size(answer)
        self._filled.set()


async def run_get(workers: Workers, job: GetJob, cache_dir: str, send: Send) -> Gathered:
    """Run one job. Raises ConfigError where the kubeconfig cannot be used; all else is in what comes back."""
    target = load_target(job.access)
    job = msgspec.structs.replace(job, access=target.pinned(job.access))
    outbox = Outbox()
    connection = FarConnection(workers, target, job, outbox.room)
    async with asyncio.TaskGroup() as group:
        sending = group.create_task(outbox.drain(send))
        found = await gather(connection, job, cache_dir=Path(cache_dir) if cache_dir else None, sink=outbox)
        outbox.over()
        await sending
    rows = [
        msgspec.structs.replace(row, context=target.context, run=job.run, node=row.node or platform.node())
        for row in (*found.operations, *connection.lost)
    ]
    whole = [msgspec.structs.replace(one, pages=()) for one in found.got]
    gathering = msgspec.structs.replace(found, got=tuple(whole), operations=())
    return Gathered(msgspec.msgpack.encode(gathering), str(target), encode(rows))


class _Metadata(msgspec.Struct):
    token: str | None = msgspec.field(name="continue", default=None)


class _Counted(msgspec.Struct):
    """How many objects or rows a page has, and the token of the next."""

    metadata: _Metadata | None = None
    items: list[msgspec.Raw] | None = None
    rows: list[msgspec.Raw] | None = None

    @property
    def token(self) -> str:
        return (self.metadata and self.metadata.token) or ""


_counted = msgspec.json.Decoder(_Counted).decode


def _size(answer: Piece | Anew) -> int:
    return len(answer.body) if isinstance(answer, Piece) else 0

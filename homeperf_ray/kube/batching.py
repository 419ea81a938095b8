"""Batching: the lines of a stream, those that come close together at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from typing import Generic, Protocol, TypeVar

from homeperf_ray.kube.errors import BadAnswer, KubeError

PAUSE = 0.05
"""Seconds for which more lines are waited for after the first."""

MOST = 500
"""Lines in a batch, about: what has come in one piece is not divided."""

T = TypeVar("T")


class Readable(Protocol):
    """What bytes come from: none is the end, KubeError a broken one."""

    async def read(self) -> bytes: ...


async def batches(
    stream: Readable, decode: Callable[[bytes], T], *, pause: float = PAUSE, most: int = MOST
) -> AsyncGenerator[list[T]]:
    """Decode each line of ``stream``; what was decoded before an error is given out before the error is raised.

    Raises KubeError; a stream that ends within a line is a truncated one.
    """
    lines = _Lines(stream, decode)
    try:
        while not lines.over:
            await lines.collect(pause, most)
            if lines.found:
                yield lines.found
        if lines.failure is not None:
            raise lines.failure
    finally:
        await lines.abandon()


class _Lines(Generic[T]):
    def __init__(self, stream: Readable, decode: Callable[[bytes], T]) -> None:
        self.found: list[T] = []
        self.over = False
        self.failure: KubeError | None = None
        self._stream = stream
        self._decode = decode
        self._rest = b""
        self._reading: asyncio.Task[bytes] | None = None

    async def collect(self, pause: float, most: int) -> None:
        """Wait for lines, and for those that come within ``pause`` seconds of the first, until there are ``most``."""
        loop = asyncio.get_running_loop()
        self.found = []
        until: float | None = None
        while not self.over and len(self.found) < most:
            left = None if until is None else max(until - loop.time(), 0.0)
            self._reading = self._reading or asyncio.create_task(self._stream.read())
            done, _ = await asyncio.wait({self._reading}, timeout=left)
            if not done:
                return
            reading, self._reading = self._reading, None
            try:
                self._take(reading.result())
            except KubeError as error:
                self.over, self.failure = True, error
            if self.found and until is None:
                until = loop.time() + pause

    def _take(self, chunk: bytes) -> None:
        if chunk:
            *lines, self._rest = (self._rest + chunk).split(b"\n")
            for line in filter(None, lines):
                self.found.append(self._decode(line))
        else:
            self.over = True
            if self._rest.strip():
                raise BadAnswer("a watch was cut off in the middle of a line", "Look at what is on the way.")

    async def abandon(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.wait({self._reading})

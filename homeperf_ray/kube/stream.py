"""The stream: an answer that goes on for minutes, as a watch has it."""

from __future__ import annotations

import asyncio
import os
import socket
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from homeperf_ray.kube.answered import from_status
from homeperf_ray.kube.asked import Asked
from homeperf_ray.kube.errors import KubeError
from homeperf_ray.kube.keep_alive import keep_alive
from homeperf_ray.kube.unanswered import from_exception

if TYPE_CHECKING:
    import aiohttp

WATCH_SILENCE = 150.0
"""Seconds without a byte after which a watch is given up: a server with a watch cache sends a bookmark a minute."""

Over = Callable[[int, int, float, str], None]


class Stream:
    """The bytes of one watch as they come. Close it when it is read no more.

    ``over`` is then told its bytes, its lines, the seconds from its beginning, and the kind of the error that ended it.
    """

    def __init__(self, response: aiohttp.ClientResponse, asked: Asked, over: Over = lambda *_: None) -> None:
        self._response = response
        self._asked = asked
        self._over: Over | None = over
        self._began = time.perf_counter()
        self._size = self._lines = 0
        self._error = ""
        _keep_alive(response)

    async def read(self) -> bytes:
        """Whatever has come, at least one byte; none where the server has ended the watch in good order.

        Raises KubeError where the connection broke or fell silent.
        """
        import aiohttp

        began = time.perf_counter()
        try:
            chunk = await self._response.content.readany()
        except (aiohttp.ClientError, aiohttp.http_exceptions.HttpProcessingError, OSError) as error:
            waited = time.perf_counter() - began
            failure = from_exception(self._asked, error, waited=waited, stage="transfer").error
            self._error = failure.kind
            raise failure from None
        self._size += len(chunk)
        self._lines += chunk.count(b"\n")
        return chunk

    def told(self, status: int, body: bytes) -> KubeError:
        """The error that the server told within the stream, as a Status object."""
        error = from_status(self._asked, status, {}, body)
        self._error = error.kind
        return error

    def close(self) -> None:
        """Close the connection."""
        self._response.close()
        over, self._over = self._over, None
        if over:
            over(self._size, self._lines, time.perf_counter() - self._began, self._error)


def _keep_alive(response: aiohttp.ClientResponse) -> None:
    """Have a peer that is gone without a word noticed after 35 seconds; a watch may be silent for a minute."""
    transport = response.connection.transport if response.connection else None
    wire = transport.get_extra_info("socket") if isinstance(transport, asyncio.BaseTransport) else None
    if wire is None:
        return
    with socket.socket(fileno=os.dup(wire.fileno())) as connection:
        keep_alive(connection, idle=20, interval=5, count=3)

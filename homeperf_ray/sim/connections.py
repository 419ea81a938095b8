"""Connections as a genuine server treats them: which headers go out, what a request that is none gets."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from http import HTTPStatus
from typing import Any, Protocol

from aiohttp import web
from aiohttp.http_exceptions import LineTooLong
from aiohttp.web_protocol import RequestHandler

from homeperf_ray.sim.statuses import too_large

_HEAD = 1 << 20
"""Bytes that the head of a request may have."""


class Listener(Protocol):
    """Who is told of connections and requests."""

    def connected(self, protocol: RequestHandler, transport: asyncio.Transport) -> None: ...

    def disconnected(self, protocol: RequestHandler) -> None: ...

    def receive(self, request: web.BaseRequest) -> None:
        """A request, as soon as its head has been read."""

    def handle(self, request: web.BaseRequest) -> Awaitable[web.StreamResponse]: ...

    def broken(self, request: web.BaseRequest, status: int) -> None:
        """A request that was no HTTP, or whose answer failed, has got this status."""


class Streamed(web.StreamResponse):
    """An answer in pieces, which does not say what it was made with."""

    async def _prepare_headers(self) -> None:
        await super()._prepare_headers()
        self._headers.popall("Server", None)


class Whole(web.Response):
    """An answer at once, which does not say what it was made with."""

    async def _prepare_headers(self) -> None:
        await super()._prepare_headers()
        self._headers.popall("Server", None)


class Connections(web.Server):
    """aiohttp's server, which tells its listener of every connection and of every request as it is parsed."""

    def __init__(self, listener: Listener) -> None:
        super().__init__(
            listener.handle,
            request_factory=self._receive,
            access_log=None,
            keepalive_timeout=600,
            auto_decompress=False,
            max_line_size=_HEAD,
            max_field_size=_HEAD,
        )
        self._listener = listener
        self._loop = asyncio.get_running_loop()

    def __call__(self) -> RequestHandler:
        return _Handler(self, loop=self._loop, **self._kwargs)

    def _receive(self, message: Any, payload: Any, protocol: Any, writer: Any, task: Any) -> web.BaseRequest:
        request = web.BaseRequest(message, payload, protocol, writer, task, self._loop)
        self._listener.receive(request)
        return request

    def connection_made(self, handler: RequestHandler, transport: asyncio.Transport) -> None:
        super().connection_made(handler, transport)
        self._listener.connected(handler, transport)

    def connection_lost(self, handler: RequestHandler, exc: BaseException | None = None) -> None:
        super().connection_lost(handler, exc)
        self._listener.disconnected(handler)

    def broken(self, request: web.BaseRequest, status: int) -> None:
        self._listener.broken(request, status)


class _Handler(RequestHandler):
    """Answers what is no HTTP in few words, and closes the connection."""

    def __init__(self, connections: Connections, **options: Any) -> None:
        super().__init__(connections, **options)
        self._connections = connections

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        if request.writer.output_size > 0:
            raise ConnectionError("the answer has begun already")
        code = 431 if isinstance(exc, LineTooLong) else status
        self._connections.broken(request, code)
        answer = Whole(status=code, text=f"{code} {HTTPStatus(code).phrase}", content_type="text/plain")
        answer.force_close()
        return answer


async def body_of(request: web.BaseRequest, largest: int) -> bytes:
    """The body of a request, which a client that waits for it is told to send. Raises ApiError 413 for a longer one."""
    refusal = too_large(f"limit is {largest}")
    if (request.content_length or 0) > largest:
        raise refusal
    if request.headers.get("Expect", "").lower() == "100-continue" and request.transport is not None:
        request.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    parts = bytearray()
    async for chunk in request.content.iter_any():
        parts += chunk
        if len(parts) > largest:
            raise refusal
    return bytes(parts)

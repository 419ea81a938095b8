"""An upgrade: from an HTTP request to a WebSocket, over a connection of its own."""

from __future__ import annotations

import ssl
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

from homeperf_ray.kube.pool import Exchange, beginning, connector
from homeperf_ray.kube.target import Target

if TYPE_CHECKING:
    import aiohttp

GOODBYE = 0.5
"""Seconds for which the other end's goodbye is waited for."""


class Listener(Protocol):
    """Who hears the messages of a WebSocket.

    ``protocols`` are what it understands, the best first; ``largest`` bounds a message, in bytes, and ``seconds`` the
    whole, from the making of the connection on.
    """

    protocols: Sequence[str]
    largest: int
    seconds: float

    def hear(self, message: bytes) -> bool:
        """Take a message in; False once nothing more is wanted."""
        ...


async def converse(
    target: Target,
    exchange: Exchange,
    path: str,
    headers: Sequence[tuple[str, str]],
    tls: ssl.SSLContext | bool,
    listener: Listener,
    *,
    patience: float,
) -> None:
    """Ask ``path`` for a WebSocket and hear what comes, to its end or until nothing more is wanted.

    ``exchange`` has the status 101 where the server upgraded, else its status and what it said. ``patience`` bounds
    the making of a connection, in seconds. Raises whatever aiohttp, TLS and the loop raise.
    """
    import aiohttp
    import yarl

    session = aiohttp.ClientSession(
        connector=connector(target, 1),
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=None, connect=patience, sock_connect=patience, sock_read=patience),
        trace_configs=[_observer(exchange)],
    )
    session._retry_connection = False  # noqa: SLF001 - as in the pool: nothing is sent again unseen
    began = time.perf_counter()
    async with session:
        try:
            socket = await session.ws_connect(
                yarl.URL(target.server + path, encoded=True),
                protocols=listener.protocols,
                timeout=aiohttp.ClientWSTimeout(ws_close=GOODBYE),
                headers=headers,
                ssl=tls,
                server_hostname=target.trust.server_name or None,
                proxy=target.proxy or None,
                max_msg_size=listener.largest,
            )
        except (aiohttp.WSServerHandshakeError, _RedirectError):
            if exchange.status in {0, 101}:
                raise
            return
        finally:
            if exchange.connecting:
                exchange.connect = time.perf_counter() - exchange.connecting
            if exchange.sent:
                exchange.first_byte = time.perf_counter() - began - exchange.connect
        exchange.stage, answered = "transfer", time.perf_counter()
        try:
            async for message in socket:
                if message.type is not aiohttp.WSMsgType.BINARY or not listener.hear(message.data):
                    break
        finally:
            exchange.transfer = time.perf_counter() - answered
            await socket.close()
    exchange.stage = "done"


def _observer(exchange: Exchange) -> aiohttp.TraceConfig:
    """Times the connection, keeps what a server says that does not upgrade, and follows no redirect."""
    import aiohttp

    async def connecting(*_: Any) -> None:
        exchange.connecting = time.perf_counter()

    async def connected(*_: Any) -> None:
        exchange.connect = time.perf_counter() - exchange.connecting
        exchange.connecting = 0.0

    async def sent(*_: Any) -> None:
        exchange.sent, exchange.stage = True, "answer"

    async def answered(_session: Any, _context: Any, params: Any) -> None:
        response = params.response
        exchange.status, exchange.headers = response.status, response.headers
        if response.status != 101:
            exchange.body = await beginning(response)

    async def redirected(_session: Any, _context: Any, params: Any) -> None:
        exchange.status, exchange.headers = params.response.status, params.response.headers
        raise _RedirectError

    trace = aiohttp.TraceConfig()
    trace.on_connection_create_start.append(connecting)
    trace.on_connection_create_end.append(connected)
    trace.on_request_headers_sent.append(sent)
    trace.on_request_end.append(answered)
    trace.on_request_redirect.append(redirected)
    return trace


class _RedirectError(Exception):
    """A redirect, which is not followed."""

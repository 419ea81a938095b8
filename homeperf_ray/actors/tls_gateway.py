"""TlsGateway: the door of a cluster's runtime. Workstations come in over TLS 1.3, with the Gateway's own token."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import time
from collections.abc import Callable, Coroutine
from typing import Any

import msgspec

from homeperf_ray.actors.credentials import GatewayCredentials
from homeperf_ray.actors.doorkeeper import Doorkeeper, Visit
from homeperf_ray.actors.gateway import Gateway
from homeperf_ray.actors.protocol import HEADER, MAX_LOGIN, Login, Refused, decode_login, frame

LOGIN_SECONDS = 5.0
"""For the TLS handshake and the token together."""

IDLE_SECONDS = 60.0
"""Between two requests of one connection."""

_REST = 0.1


class TlsGateway:
    """Listens for workstations. Nothing of a connection reaches the ``Gateway`` before it has shown the token.

    Connections are bounded before their first byte is read, the handshake and the token in time, the token in size.
    """

    def __init__(
        self, gateway: Gateway, credentials: GatewayCredentials, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._gateway = gateway
        self._credentials = credentials
        self._context = credentials.server_context()
        self._door = Doorkeeper(clock)
        self._listener: socket.socket | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def open(self, host: str, port: int) -> int:
        """Listen on one address; the port, which the system chooses where ``port`` is 0. Raises OSError."""
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._listener = socket.create_server((host, port), family=family, backlog=64)
        self._listener.setblocking(False)
        self._start(self._accept(self._listener))
        return int(self._listener.getsockname()[1])

    async def close(self) -> None:
        """Stop listening, and end every conversation."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._listener is not None:
            self._listener.close()

    async def _accept(self, listener: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                connection, address = await loop.sock_accept(listener)
            except OSError:
                await asyncio.sleep(_REST)
                continue
            visit = self._door.enter(address[0])
            if visit is None:
                connection.close()
            else:
                self._start(self._receive(connection, visit))

    async def _receive(self, connection: socket.socket, visit: Visit) -> None:
        writer: asyncio.StreamWriter | None = None
        try:
            async with asyncio.timeout(LOGIN_SECONDS):
                reader, writer = await self._handshake(connection)
                admitted = await self._login(reader, writer, visit)
            if admitted:
                await self._gateway.converse(reader, writer, remote=True, idle=IDLE_SECONDS)
        except (OSError, EOFError, TimeoutError):
            pass
        finally:
            self._door.leave(visit)
            if writer is not None:
                await _close(writer)
            connection.close()

    async def _handshake(self, connection: socket.socket) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(loop=loop)
        protocol = asyncio.StreamReaderProtocol(reader, loop=loop)
        transport, _ = await loop.connect_accepted_socket(
            lambda: protocol,
            connection,
            ssl=self._context,
            ssl_handshake_timeout=LOGIN_SECONDS,
            ssl_shutdown_timeout=1.0,
        )
        return reader, asyncio.StreamWriter(transport, protocol, reader, loop)

    async def _login(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, visit: Visit) -> bool:
        """Whether the first frame, and nothing else was read, holds the token."""
        (length,) = HEADER.unpack(await reader.readexactly(HEADER.size))
        login: Login | None = None
        if length <= MAX_LOGIN:
            with contextlib.suppress(msgspec.MsgspecError):
                login = decode_login(await reader.readexactly(length))
        if login is not None and self._credentials.admits(login.token):
            self._door.know(visit)
            return True
        self._door.failed(visit)
        writer.write(frame(Refused("unauthorized", "the Gateway does not know this token")))
        await writer.drain()
        return False

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _close(writer: asyncio.StreamWriter) -> None:
    """Say goodbye; whoever does not listen is cut off."""
    writer.close()
    try:
        async with asyncio.timeout(1.0):
            await writer.wait_closed()
    except (OSError, TimeoutError, ssl.SSLError):
        writer.transport.abort()

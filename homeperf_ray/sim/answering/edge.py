"""The ingress controller's two ports on loopback: HTTP, and HTTPS whose certificate the asked name chooses."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import struct
from typing import Any

from homeperf_ray.sim.answering.dns_server import Meets
from homeperf_ray.sim.answering.hello import server_name
from homeperf_ray.sim.answering.pki import Certificates
from homeperf_ray.sim.answering.web import PAGE, Web

_HELLO_SECONDS = 10.0
_ALERT = bytes([21, 3, 3, 0, 2, 2, 40])
"""A fatal alert handshake_failure."""


class Edge:
    """``http`` and ``https`` are the ports, on ``address``."""

    def __init__(self, web: Web, certificates: Certificates, meets: Meets) -> None:
        self._web = web
        self._certificates = certificates
        self._meets = meets
        self._plain: asyncio.Server | None = None
        self._listener: socket.socket | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.http = self.https = 0

    async def open(self, address: str = "127.0.0.1") -> None:
        plain = socket.create_server((address, 0), backlog=1024)
        self._plain = await asyncio.start_server(self._web.serve, sock=plain)
        self.http = plain.getsockname()[1]
        self._listener = socket.create_server((address, 0), backlog=1024)
        self._listener.setblocking(False)
        self.https = self._listener.getsockname()[1]
        self._start(self._accept(self._listener))

    def close(self) -> None:
        if self._plain:
            self._plain.close()
        for task in self._tasks:
            task.cancel()
        if self._listener:
            self._listener.close()

    def _start(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _accept(self, listener: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            connection, _ = await loop.sock_accept(listener)
            connection.setblocking(False)
            self._start(self._greet(connection))

    async def _greet(self, connection: socket.socket) -> None:
        """Look at the name that is asked for without taking it from the socket, then do as the fault says."""
        try:
            async with asyncio.timeout(_HELLO_SECONDS):
                host = await _peeked(connection)
        except (OSError, ValueError, TimeoutError):
            connection.close()
            return
        rule = self._meets("tls", host, "")
        fault = rule.answer if rule else ""
        try:
            if fault in ("plain", "alert", "garbage", "close", "reset", "silent"):
                await _spoil(connection, fault)
            elif fault in ("old-version", "client-certificate"):
                await asyncio.to_thread(_refuse, connection, self._certificates.context(host, fault))
            else:
                await self._serve(connection, host, fault)
        except (OSError, asyncio.CancelledError):
            connection.close()

    async def _serve(self, connection: socket.socket, host: str, fault: str) -> None:
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(limit=64 * 1024)
        protocol = asyncio.StreamReaderProtocol(reader, self._web.serve)
        await loop.connect_accepted_socket(
            lambda: protocol, connection, ssl=self._certificates.context(host, fault), ssl_handshake_timeout=10
        )


async def _peeked(connection: socket.socket) -> str:
    """The name in the client's first record. Raises OSError where the client has gone."""
    while True:
        try:
            seen = connection.recv(16 * 1024, socket.MSG_PEEK)
        except BlockingIOError:
            seen = None
        if seen == b"":
            raise ConnectionError("the client has gone")
        if seen is not None and (name := server_name(seen)) is not None:
            return name
        await asyncio.sleep(0.001)


def _refuse(connection: socket.socket, context: ssl.SSLContext) -> None:
    """A handshake that the context refuses. A blocking socket, since asyncio's does not send its last alert."""
    connection.settimeout(_HELLO_SECONDS)
    secured = context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
    with contextlib.suppress(OSError):
        secured.do_handshake()
    with contextlib.suppress(OSError), socket.socket(fileno=secured.detach()) as plain:
        plain.settimeout(1)
        plain.shutdown(socket.SHUT_WR)
        while plain.recv(4096):
            pass


async def _spoil(connection: socket.socket, fault: str) -> None:
    loop = asyncio.get_running_loop()
    with contextlib.closing(connection):
        await loop.sock_recv(connection, 64 * 1024)
        if fault == "plain":
            await loop.sock_sendall(connection, b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
        elif fault == "garbage":
            await loop.sock_sendall(connection, PAGE)
        elif fault == "alert":
            await loop.sock_sendall(connection, _ALERT)
        elif fault == "silent":
            while await loop.sock_recv(connection, 4096):
                pass
            return
        elif fault == "reset":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return
        await _drained(connection, loop)


async def _drained(connection: socket.socket, loop: asyncio.AbstractEventLoop) -> None:
    """End the connection such that the client reads what was sent: no reset for bytes that nobody read."""
    connection.shutdown(socket.SHUT_WR)
    with contextlib.suppress(OSError, TimeoutError):
        async with asyncio.timeout(1):
            while await loop.sock_recv(connection, 4096):
                pass

"""A server for tests that says exactly what it is told to, over real sockets and real TLS."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import ssl
import tempfile
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tests.kube.authority import Pair, authority, server_pair


@dataclass(frozen=True)
class Seen:
    """One request as it arrived. ``port`` is the caller's, so equal ports mean one connection."""

    method: str
    target: str
    headers: dict[str, list[str]]
    port: int
    peer: dict[str, Any] | None
    body: bytes = b""

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        return self.target.partition("?")[2]

    def header(self, name: str) -> str:
        return ", ".join(self.headers.get(name.lower(), []))


Writer = asyncio.StreamWriter
Reply = bytes | Callable[[Writer, "Seen"], Awaitable[None]]


@dataclass
class Server:
    """``replies`` are used up in order; then ``answer(seen)`` decides. ``seen`` holds every request."""

    port: int = 0
    url: str = ""
    seen: list[Seen] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)
    answer: Callable[[Seen], Reply] = lambda _seen: ok({})
    open: set[Writer] = field(default_factory=set)
    news: asyncio.Condition = field(default_factory=asyncio.Condition)

    @property
    def paths(self) -> list[str]:
        return [seen.path for seen in self.seen]

    async def arrived(self, count: int) -> None:
        """Wait until ``count`` requests have arrived."""
        async with asyncio.timeout(10), self.news:
            await self.news.wait_for(lambda: len(self.seen) >= count)

    async def _serve(self, reader: asyncio.StreamReader, writer: Writer) -> None:
        self.open.add(writer)
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                seen = _parsed(head, writer)
                seen = replace(seen, body=await reader.readexactly(int(seen.header("Content-Length") or 0)))
                async with self.news:
                    self.seen.append(seen)
                    self.news.notify_all()
                reply = self.replies.pop(0) if self.replies else self.answer(seen)
                if isinstance(reply, bytes):
                    writer.write(reply)
                    await writer.drain()
                else:
                    await reply(writer, seen)
        except (asyncio.IncompleteReadError, ConnectionError, ssl.SSLError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def serving(
    pair: Pair | None = None, *, tls: bool = True, ask_client: str = "", host: str = "127.0.0.1"
) -> AsyncIterator[Server]:
    """A running Server. ``ask_client`` names the authority whose client certificates it demands."""
    server = Server()
    context = server_context(pair or server_pair(), ask_client) if tls else None
    listener = await asyncio.start_server(server._serve, host, 0, ssl=context)
    server.port = listener.sockets[0].getsockname()[1]
    server.url = f"{'https' if tls else 'http'}://127.0.0.1:{server.port}"
    try:
        yield server
    finally:
        listener.close()
        for writer in server.open:
            writer.transport.abort()
        await asyncio.sleep(0)


@contextmanager
def demanding(by: str = "kubernetes") -> Iterator[str]:
    """A server that wants a client certificate of an authority, and sends the TLS alert before it closes.

    It has a thread of its own: the loops' servers drop the alert.
    """
    context = server_context(server_pair(), by)
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                peer, _ = listener.accept()
            except OSError:
                return
            with context.wrap_socket(peer, server_side=True, do_handshake_on_connect=False) as tls:
                with contextlib.suppress(ssl.SSLError):
                    tls.do_handshake()
                with contextlib.suppress(OSError):
                    socket.socket.shutdown(tls, socket.SHUT_WR)
                    while socket.socket.recv(tls, 4096):
                        pass

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"https://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)


def server_context(pair: Pair, ask_client: str = "") -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as folder:
        chain, key = pair.files(Path(folder), "server")
        context.load_cert_chain(chain, key)
    if ask_client:
        context.load_verify_locations(cadata=authority(ask_client).pem.decode())
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def ok(document: Any, **headers: str) -> bytes:
    return reply(200, json.dumps(document).encode(), **headers)


def status(code: int, message: str = "", reason: str = "", **headers: str) -> bytes:
    document = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": message, "reason": reason}
    return reply(code, json.dumps(document | {"code": code}).encode(), **headers)


def reply(code: int, body: bytes, content_type: str = "application/json", **headers: str) -> bytes:
    lines = [f"HTTP/1.1 {code} Whatever", f"Content-Type: {content_type}", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


async def hang(_writer: Writer, _seen: Seen) -> None:
    await asyncio.sleep(30)


async def slam(writer: Writer, _seen: Seen) -> None:
    """Close without an answer."""
    writer.transport.abort()


def truncated(body: bytes) -> Reply:
    """Promise all of the body, send half of it, and close."""

    async def send(writer: Writer, _seen: Seen) -> None:
        whole = reply(200, body)
        writer.write(whole[: len(whole) - len(body) // 2])
        await writer.drain()
        writer.close()

    return send


def _parsed(head: bytes, writer: Writer) -> Seen:
    first, *lines = head.decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ")
    headers: dict[str, list[str]] = {}
    for line in lines:
        name, _, value = line.partition(": ")
        if name:
            headers.setdefault(name.lower(), []).append(value)
    port = writer.get_extra_info("peername")[1]
    return Seen(method, target, headers, port, writer.get_extra_info("peercert"))

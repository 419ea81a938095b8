"""The HTTP that answers behind the ingress controller, byte by byte, so that wrong answers can be given too."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable
from typing import Any

from homeperf_ray.sim.answering.dns_server import Meets
from homeperf_ray.sim.faults import Rule

PAGE = b"<!doctype html><title>homelab</title>\n" * 20


class Web:
    """Answers requests on connections that somebody else has accepted. ``hosts`` says which hosts there are.

    ``received`` keeps the heads of the last requests, for tests that look at what was sent.
    """

    def __init__(self, known: Callable[[str], bool], meets: Meets) -> None:
        self._known = known
        self._meets = meets
        self.received: list[bytes] = []

    async def serve(self, reader: asyncio.StreamReader, writer: Any) -> None:
        """One request, one answer."""
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            self.received = [*self.received[-99:], head]
            host = _host(head)
            rule = self._meets("http", host, "")
            if rule is None:
                await self._right(writer, host)
            else:
                await self._wrong(reader, writer, rule, host)
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, asyncio.CancelledError):
            pass  # the client has gone, or the homelab ends
        finally:
            writer.close()

    async def _right(self, writer: Any, host: str) -> None:
        if self._known(host):
            await _send(writer, _answer(200, PAGE))
        else:
            await _send(writer, _answer(404, b"default backend - 404\n"))

    async def _wrong(self, reader: asyncio.StreamReader, writer: Any, rule: Rule, host: str) -> None:
        made: dict[str, Callable[[], Awaitable[None]]] = {
            "status": lambda: _send(writer, _answer(rule.status, b"no\n")),
            "redirect": lambda: _send(writer, _answer(302, b"", f"Location: {rule.location}\r\n")),
            "slow": lambda: self._late(writer, rule.seconds, host),
            "silent": lambda: _gone(reader),
            "close": lambda: asyncio.sleep(0),
            "reset": lambda: _reset(writer),
            "garbage": lambda: _send(writer, b"\x00\x01\x02 not at all\r\n\r\n"),
            "version-0.9": lambda: _send(writer, PAGE),
            "truncated": lambda: _send(writer, _answer(200, PAGE)[: -len(PAGE) // 2]),
            "stall": lambda: _stall(reader, writer),
            "bad-length": lambda: _send(writer, b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n" + PAGE),
            "bad-chunk": lambda: _send(
                writer, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n" + PAGE + b"\r\n"
            ),
            "endless-body": lambda: _endless(writer, b"HTTP/1.1 200 OK\r\n\r\n", PAGE),
            "endless-head": lambda: _endless(writer, b"HTTP/1.1 200 OK\r\n", b"X-More: and more\r\n" * 50),
            "long-line": lambda: _endless(writer, b"HTTP/1.1 200 ", b"OK" * 500),
            "interim": lambda: _endless(writer, b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        }
        await made[rule.answer]()

    async def _late(self, writer: Any, seconds: float, host: str) -> None:
        await asyncio.sleep(seconds)
        await self._right(writer, host)


def _host(head: bytes) -> str:
    for line in head.decode("latin-1").split("\r\n")[1:]:
        name, _, value = line.partition(":")
        if name.lower() == "host":
            value = value.strip().lower()
            return value.partition("]")[0].removeprefix("[") if value.startswith("[") else value.partition(":")[0]
    return ""


def _answer(status: int, body: bytes, headers: str = "") -> bytes:
    head = f"HTTP/1.1 {status} Said\r\nContent-Type: text/html\r\nContent-Length: {len(body)}\r\n{headers}"
    return f"{head}Connection: close\r\n\r\n".encode() + body


async def _send(writer: Any, data: bytes) -> None:
    writer.write(data)
    await writer.drain()


async def _stall(reader: asyncio.StreamReader, writer: Any) -> None:
    await _send(writer, _answer(200, PAGE)[: -len(PAGE) // 2])
    await _gone(reader)


async def _gone(reader: asyncio.StreamReader) -> None:
    """Wait until the client has given up."""
    while await reader.read(4096):
        pass


async def _endless(writer: Any, begin: bytes, more: bytes) -> None:
    await _send(writer, begin)
    while not writer.is_closing():
        await _send(writer, more)
        await asyncio.sleep(0)


async def _reset(writer: Any) -> None:
    connection = writer.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()

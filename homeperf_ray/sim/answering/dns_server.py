"""A DNS server on loopback, over UDP and TCP, that knows the homelab's names and every way to answer wrongly."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import Callable
from typing import Any, Protocol

from homeperf_ray.sim.answering import dns_wire
from homeperf_ray.sim.answering.dns_wire import Question
from homeperf_ray.sim.faults import Rule

Records = list[tuple[str, str, str]]
"""Name, type and value of each."""

Lookup = Callable[[str, str], Records | None]
"""The records of a name and a type; None for a name that there is not."""


class Meets(Protocol):
    """Which fault an arrival meets, if any."""

    def __call__(self, kind: str, host: str, server: str) -> Rule | None: ...


class DnsServer:
    """Answers for a zone; ``server`` is what its faults call it: ``inside`` or ``outside``.

    ``asked`` counts the questions that came.
    """

    def __init__(self, lookup: Lookup, meets: Meets, server: str) -> None:
        self._lookup = lookup
        self._meets = meets
        self._server = server
        self._tasks: set[asyncio.Task[None]] = set()
        self._transport: asyncio.DatagramTransport | None = None
        self._tcp: asyncio.Server | None = None
        self.port = 0
        self.asked = 0

    async def open(self, address: str = "127.0.0.1") -> None:
        """Listen on one free port for both UDP and TCP."""
        loop = asyncio.get_running_loop()
        for _ in range(20):
            listener = socket.create_server((address, 0))
            self.port = listener.getsockname()[1]
            try:
                self._transport, _ = await loop.create_datagram_endpoint(
                    lambda: _Datagrams(self), local_addr=(address, self.port)
                )
            except OSError:
                listener.close()
                continue
            self._tcp = await asyncio.start_server(self._converse, sock=listener)
            return
        raise OSError("no port is free for both UDP and TCP")

    def close(self) -> None:
        if self._transport:
            self._transport.close()
        if self._tcp:
            self._tcp.close()
        for task in self._tasks:
            task.cancel()

    def datagram(self, message: bytes, send: Callable[[bytes], None]) -> None:
        async def answer() -> None:
            found = await self._answer(message, tcp=False)
            if found is not None:
                send(found)

        task = asyncio.get_running_loop().create_task(answer())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            (length,) = struct.unpack(">H", await reader.readexactly(2))
            found = await self._answer(await reader.readexactly(length), tcp=True)
            if found is not None:
                writer.write(struct.pack(">H", len(found)) + found)
                await writer.drain()
        writer.close()

    async def _answer(self, message: bytes, *, tcp: bool) -> bytes | None:
        self.asked += 1
        try:
            question = dns_wire.read(message)
        except ValueError:
            return None
        rule = self._meets("dns", question.name, self._server)
        if rule is None:
            return self._right(question)
        if rule.answer == "silent" or (rule.answer == "cut" and tcp):
            return None
        if rule.answer == "slow":
            await asyncio.sleep(rule.seconds)
        return self._wrong(question, rule, tcp=tcp)

    def _right(self, question: Question) -> bytes:
        records = self._lookup(question.name, question.kind)
        return dns_wire.reply(question, records or (), rcode="noerror" if records is not None else "nxdomain")

    def _wrong(self, question: Question, rule: Rule, *, tcp: bool) -> bytes:
        answer, name = rule.answer, question.name
        right = self._right(question)
        if answer in dns_wire.RCODES:
            return dns_wire.reply(question, rcode=answer)
        made: dict[str, Callable[[], bytes]] = {
            "nodata": lambda: dns_wire.reply(question),
            "truncated": lambda: right if tcp else dns_wire.reply(question, truncated=True),
            "cut": lambda: dns_wire.reply(question, truncated=True),
            "garbage": lambda: b"\xff" * 40,
            "short": lambda: b"\0",
            "other-id": lambda: bytes([right[0] ^ 0xFF]) + right[1:],
            "other-question": lambda: dns_wire.reply(question, raw=dns_wire.question_of("other.example", "A")),
            "half": lambda: dns_wire.reply(question, [(name, "A", "192.0.2.7")])[:-3],
            "loop": lambda: dns_wire.reply(question, [(name, "CNAME", f"x.{name}"), (f"x.{name}", "CNAME", name)]),
            "elsewhere": lambda: dns_wire.reply(question, _elsewhere(question, rule.location)),
        }
        return made.get(answer, lambda: right)()


def _elsewhere(question: Question, address: str) -> Records:
    kind = "AAAA" if ":" in address else "A"
    return [(question.name, kind, address)] if question.kind == kind else []


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, server: DnsServer) -> None:
        self._server = server
        self._transport: Any = None

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._server.datagram(data, lambda answer: self._transport.sendto(answer, addr))

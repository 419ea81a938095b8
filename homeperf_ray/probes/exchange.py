"""One HTTP/1.1 exchange over an open connection: the head within bounds, as much of the body as is worth reading."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from homeperf_ray import __version__
from homeperf_ray.probes.hosts import without_userinfo
from homeperf_ray.probes.outcome import Fault
from homeperf_ray.probes.probe import HttpProbe

MAX_HEAD = 32 * 1024
"""Bytes of a status line and its headers."""

MAX_BODY = 64 * 1024
"""Bytes of a body that are read; the rest is left."""

MAX_INTERIM = 10
"""Answers 1xx before the real one."""

_PIECE = 16 * 1024


class Broken(Exception):  # noqa: N818 - an outcome on its way up
    """The exchange ended early."""

    def __init__(self, fault: Fault, reason: str) -> None:
        super().__init__(reason)
        self.fault = fault
        self.reason = reason


class Exchanged:
    """What is known so far; a deadline may end the exchange at any moment."""

    status = 0
    location = ""
    bytes = 0
    first_byte = 0.0
    transfer = 0.0


async def exchange(probe: HttpProbe, reader: asyncio.StreamReader, writer: Any, so_far: Exchanged) -> None:
    """Send a GET without credentials, cookies or a wish for compression, and read its answer into ``so_far``.

    Raises Broken for an answer that is none, and OSError.
    """
    import h11

    connection = h11.Connection(h11.CLIENT, max_incomplete_event_size=MAX_HEAD)
    writer.write(connection.send(_request(probe)) + (connection.send(h11.EndOfMessage()) or b""))
    asked = time.perf_counter()
    try:
        await _head(connection, reader, so_far, asked)
        answered = time.perf_counter()
        try:
            await _body(connection, reader, so_far)
        finally:
            so_far.transfer = time.perf_counter() - answered
    except h11.RemoteProtocolError as error:
        raise _broken(error, so_far) from None


def _request(probe: HttpProbe) -> Any:
    import h11

    host = probe.origin.partition("://")[2]
    target = probe.path + (f"?{probe.query}" if probe.query else "")
    headers = [
        ("Host", host),
        ("User-Agent", f"homeperf/{__version__}"),
        ("Accept", "*/*"),
        ("Accept-Encoding", "identity"),
        ("Connection", "close"),
    ]
    return h11.Request(method="GET", target=target, headers=headers)


async def _head(connection: Any, reader: asyncio.StreamReader, so_far: Exchanged, asked: float) -> None:
    import h11

    interim = 0
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            piece = await reader.read(_PIECE)
            if piece and not so_far.first_byte:
                so_far.first_byte = time.perf_counter() - asked
            if not piece and not so_far.first_byte:
                raise Broken("closed", "the connection ended without an answer")
            connection.receive_data(piece)
        elif isinstance(event, h11.InformationalResponse):
            interim += 1
            if interim > MAX_INTERIM:
                raise Broken("malformed", f"more than {MAX_INTERIM} interim answers")
        elif isinstance(event, h11.Response):
            so_far.status = event.status_code
            location = dict(event.headers).get(b"location", b"")
            so_far.location = without_userinfo(location.decode("latin-1")) if location else ""
            return
        else:
            raise Broken("closed", "the connection ended without an answer")


async def _body(connection: Any, reader: asyncio.StreamReader, so_far: Exchanged) -> None:
    import h11

    while so_far.bytes < MAX_BODY:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            connection.receive_data(await reader.read(_PIECE))
        elif isinstance(event, h11.Data):
            so_far.bytes += len(event.data)
        else:
            return


def _broken(error: Any, so_far: Exchanged) -> Broken:
    """h11's errors carry the status that a server would answer: 431 for a head without end."""
    if so_far.status:
        return Broken("truncated", "the body ended early, or is none")
    if error.error_status_hint == 431:
        return Broken("oversized", f"its head has more than {MAX_HEAD // 1024} KiB")
    return Broken("malformed", "what it says is not HTTP/1.1")

"""Gateway: what thin clients talk to, over a unix socket or through a TlsGateway."""

from __future__ import annotations

import asyncio
import os
import socket
import struct
import traceback
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec

from homeperf_ray.actors.protocol import (
    HEADER,
    MAX_REQUEST,
    REMOTE,
    VERSION,
    Anew,
    Answer,
    CacheHeld,
    Check,
    ClearCache,
    Cleared,
    Gathered,
    Get,
    Hello,
    Judge,
    Outcomes,
    Piece,
    Progress,
    Refused,
    Request,
    Result,
    ShowCache,
    State,
    decode_request,
    frame,
)
from homeperf_ray.actors.protocol import Welcome as _Welcome
from homeperf_ray.executor.job import CheckJob
from homeperf_ray.kube.errors import KubeError

SEND_SECONDS = 60.0
"""For which a client may leave an answer lying."""

Tell = Callable[[Progress], None]
Send = Callable[[Piece | Anew], Awaitable[None]]
RunCheck = Callable[[CheckJob, Tell], Awaitable[Result]]
RunGet = Callable[[bytes, str, Send], Awaitable[Gathered]]
RunJudge = Callable[[bytes], Awaitable[Outcomes]]


Work = Callable[[Tell], Awaitable[Answer]]


class Gateway:
    """Answers fixed verbs. A client that goes away cancels what it asked for.

    ``open`` listens on a socket of mode 0600, for the owner alone.
    """

    def __init__(
        self,
        check: RunCheck,
        judge: RunJudge,
        status: Callable[[], Awaitable[State]],
        held: Callable[[], CacheHeld],
        clear: Callable[[tuple[str, ...]], Cleared],
        get: RunGet,
    ) -> None:
        self._check = check
        self._get = get
        self._judge = judge
        self._status = status
        self._held = held
        self._clear = clear
        self._server: asyncio.Server | None = None

    async def open(self, path: Path) -> None:
        """Listen. The socket gets its name only when its mode is right and it answers."""
        unfinished = path.with_name(f".{path.name}")
        unfinished.unlink(missing_ok=True)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        before = os.umask(0o177)
        try:
            listener.bind(str(unfinished))
        finally:
            os.umask(before)
        self._server = await asyncio.start_unix_server(self._serve, sock=listener)
        unfinished.replace(path)

    async def converse(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        *,
        remote: bool = False,
        idle: float | None = None,
    ) -> None:
        """Answer one client until it leaves, or says nothing for ``idle`` seconds. Raises OSError and EOFError.

        One that is ``remote`` may use the verbs in ``protocol.REMOTE`` only.
        """
        while True:
            async with asyncio.timeout(idle):
                request = await self._read(reader, writer)
            if request is None:
                return
            if remote and not isinstance(request, REMOTE):
                await _send(writer, Refused("bad_request", "only the owner of a runtime may ask for that"))
                return
            await self._answer(request, reader, writer)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if _peer(writer) == os.getuid():
                await self.converse(reader, writer)
        except (OSError, EOFError):
            pass
        finally:
            writer.close()

    async def _read(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Request | None:
        """The next request; None where the client is gone or says what is no request."""
        try:
            (length,) = HEADER.unpack(await reader.readexactly(HEADER.size))
        except asyncio.IncompleteReadError:
            return None
        if length > MAX_REQUEST:
            await _send(writer, Refused("bad_request", f"a request has at most {MAX_REQUEST} bytes, not {length}"))
            return None
        try:
            request: Request = decode_request(await reader.readexactly(length))
        except msgspec.MsgspecError:
            await _send(writer, Refused("bad_request", "that is no request of this version"))
            return None
        return request

    async def _answer(self, request: Request, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if isinstance(request, Hello):
            await _send(writer, _Welcome(VERSION, os.getpid()))
        elif isinstance(request, Check):
            job = request.job
            await self._run(lambda tell: self._check(job, tell), reader, writer)
        elif isinstance(request, Get):
            wanted = request

            async def send(answer: Answer) -> None:
                await _send(writer, answer)

            await self._run(lambda _: self._get(wanted.job, wanted.cache_dir, send), reader, writer)
        elif isinstance(request, Judge):
            batch = request.batch
            await self._run(lambda _: self._judge(batch), reader, writer)
        elif isinstance(request, ShowCache):
            await _send(writer, self._held())
        elif isinstance(request, ClearCache):
            await _send(writer, self._clear(request.resources))
        else:
            await _send(writer, await self._status())

    async def _run(self, work_of: Work, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        def tell(progress: Progress) -> None:
            writer.write(frame(progress))

        work = asyncio.ensure_future(self._guarded(work_of, tell))
        gone = asyncio.ensure_future(reader.read(1))
        try:
            await asyncio.wait({work, gone}, return_when=asyncio.FIRST_COMPLETED)
            if work.done():
                await _send(writer, work.result())
        finally:
            work.cancel()
            gone.cancel()
            await asyncio.wait({gone})

    async def _guarded(self, work_of: Work, tell: Tell) -> Answer:
        try:
            return await work_of(tell)
        except KubeError as error:
            return Refused(error.kind, error.message, error.hint)
        except Exception as error:  # noqa: BLE001 - a defect in one job must not take the Gateway with it
            traceback.print_exc()
            return Refused(
                "error", f"the runtime failed: {type(error).__name__}", "Its log is named by homeperf status."
            )


def _peer(writer: asyncio.StreamWriter) -> int:
    """The user at the other end."""
    connection: socket.socket = writer.get_extra_info("socket")
    credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    _, user, _ = struct.unpack("3i", credentials)
    return int(user)


async def _send(writer: asyncio.StreamWriter, answer: Answer) -> None:
    writer.write(frame(answer))
    async with asyncio.timeout(SEND_SECONDS):
        await writer.drain()

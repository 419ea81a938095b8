"""A session: the WebSocket over which a command's output and its end are told."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web

from homeperf_ray.sim.execs import Exec, frames, protocols
from homeperf_ray.sim.ran import Ran
from homeperf_ray.sim.statuses import ApiError, bad_request

GOODBYE = 5.0
"""Seconds for a client to close the session after its end."""


class Session:
    """One exec. Raises ApiError, before anything is upgraded, where the request is no upgrade to a WebSocket."""

    def __init__(self, request: web.BaseRequest, asked: Exec, minor: int) -> None:
        upgrade = request.headers.get("Upgrade", "").lower()
        if upgrade.startswith("spdy"):
            raise bad_request("SPDY is not spoken here: ask for a WebSocket, with GET and v4.channel.k8s.io")
        if upgrade != "websocket":
            raise bad_request("Upgrade request required")
        if request.method != "GET":
            raise ApiError(405, details={})
        offered = [one.strip() for one in request.headers.get("Sec-WebSocket-Protocol", "").split(",") if one.strip()]
        spoken = [one for one in offered if one in protocols(minor)]
        if offered and not spoken:
            raise ApiError(403, f"no protocol of {', '.join(offered)} is spoken: {', '.join(protocols(minor))}")
        self.asked = asked
        self._request = request
        self._socket = web.WebSocketResponse(protocols=spoken[:1], timeout=GOODBYE)

    async def open(self, headers: Mapping[str, str]) -> web.WebSocketResponse:
        """Upgrade the connection."""
        self._socket.headers.update(headers)
        await self._socket.prepare(self._request)
        return self._socket

    async def send(self, ran: Ran, *, broken: str = "") -> int:
        """Send everything and close; how many bytes that were.

        ``broken`` is the fault in force: ``truncated`` breaks off in the middle, ``stall`` says nothing for ever.
        """
        told = list(frames(ran, self.asked))
        if broken in {"truncated", "stall"}:
            told = told[: len(told) // 2]
        size = 0
        for frame in told:
            await self._socket.send_bytes(frame)
            size += len(frame)
        if broken == "stall":
            while not self._socket.closed:
                await self._socket.receive()
        elif broken == "truncated":
            if self._request.transport is not None:
                self._request.transport.close()
        else:
            await self._socket.close()
        return size

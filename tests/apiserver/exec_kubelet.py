"""A kubelet of which only exec is there, by WebSocket: what a genuine API server hands an exec on to.

kube-apiserver 1.20 hands the client's own upgrade on, whatever it upgrades to, so nothing here speaks SPDY. It dials
the ``InternalIP`` and the port of the node's status, and does not verify a kubelet for which it was given no authority.
"""

from __future__ import annotations

import asyncio
import json
import ssl
import threading
from collections.abc import Callable
from pathlib import Path

from aiohttp import web

Run = Callable[[list[str]], tuple[str, str, int]]


class StubKubelet:
    """Listens on loopback in a thread of its own. ``run`` gives stdout, stderr and exit code of a command."""

    def __init__(self, certificate: Path, key: Path, run: Run) -> None:
        self.asked: list[tuple[str, list[str]]] = []
        self._tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._tls.load_cert_chain(certificate, key)
        self._run = run
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self.port = asyncio.run_coroutine_threadsafe(self._open(), self._loop).result(20)

    def close(self) -> None:
        asyncio.run_coroutine_threadsafe(self._runner.cleanup(), self._loop).result(20)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(20)
        self._loop.close()

    async def _open(self) -> int:
        app = web.Application()
        app.router.add_get("/exec/{namespace}/{pod}/{container}", self._exec)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0, ssl_context=self._tls)
        await site.start()
        return int(self._runner.addresses[0][1])

    async def _exec(self, request: web.Request) -> web.WebSocketResponse:
        command = request.query.getall("command")
        self.asked.append((request.match_info["pod"], command))
        socket = web.WebSocketResponse(protocols=("v4.channel.k8s.io",), timeout=1.0)
        await socket.prepare(request)
        output, error, code = self._run(command)
        await socket.send_bytes(b"\x01")
        for channel, text in ((b"\x01", output), (b"\x02", error)):
            if text:
                await socket.send_bytes(channel + text.encode())
        status: dict[str, object] = {"metadata": {}, "status": "Success"}
        if code:
            causes = [{"reason": "ExitCode", "message": str(code)}]
            status |= {"status": "Failure", "reason": "NonZeroExitCode", "details": {"causes": causes}}
        await socket.send_bytes(b"\x03" + json.dumps(status).encode())
        await socket.close()
        return socket

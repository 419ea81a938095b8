"""The admin endpoint on its own unix socket: counts and faults, as JSON over HTTP."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Any

import msgspec
from aiohttp import web

from homeperf_ray.sim.counts import Counts
from homeperf_ray.sim.faults import Faults, Rule, RuleError


class Admin:
    """``GET /counts``, ``POST /counts/reset``; ``GET``, ``POST`` and ``DELETE /faults``; ``DELETE /faults/NUMBER``."""

    def __init__(self, counts: Counts, faults: Faults) -> None:
        self._counts = counts
        self._faults = faults

    async def serve(self, path: Path) -> web.AppRunner:
        """Listen on a socket that only its owner may open; the caller cleans the runner up."""
        app = web.Application()
        app.router.add_get("/counts", self._report)
        app.router.add_post("/counts/reset", self._reset)
        app.router.add_get("/faults", self._listed)
        app.router.add_post("/faults", self._add)
        app.router.add_delete("/faults", self._clear)
        app.router.add_delete("/faults/{number:[0-9]+}", self._remove)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await runner.setup()
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        before = os.umask(0o177)
        try:
            listener.bind(str(path))
        finally:
            os.umask(before)
        await web.SockSite(runner, listener).start()
        return runner

    async def _report(self, _request: web.Request) -> web.Response:
        return _json(self._counts.report())

    async def _reset(self, _request: web.Request) -> web.Response:
        self._counts.reset()
        return _json({})

    async def _listed(self, _request: web.Request) -> web.Response:
        return _json(self._faults.listed())

    async def _add(self, request: web.Request) -> web.Response:
        try:
            rule = msgspec.json.decode(await request.read(), type=Rule)
            return _json(self._faults.add(rule))
        except (msgspec.MsgspecError, RuleError) as error:
            return web.Response(status=400, text=f"{error}\n")

    async def _clear(self, _request: web.Request) -> web.Response:
        self._faults.clear()
        return _json({})

    async def _remove(self, request: web.Request) -> web.Response:
        number = int(request.match_info["number"])
        if not self._faults.remove(number):
            return web.Response(status=404, text=f"There is no fault {number}.\n")
        return _json({})


def _json(value: Any) -> web.Response:
    return web.Response(body=msgspec.json.encode(value) + b"\n", content_type="application/json")

"""The admin endpoint on its own unix socket: counts and faults, as JSON over HTTP."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Any

import msgspec
from aiohttp import web
from aiohttp.typedefs import Handler

from homeperf_ray.sim import prometheus, shapes
from homeperf_ray.sim.bodies import LARGEST
from homeperf_ray.sim.counts import Counts
from homeperf_ray.sim.fairness import Fairness
from homeperf_ray.sim.faults import Faults, Rule, RuleError
from homeperf_ray.sim.kubelet_ports import KubeletPorts
from homeperf_ray.sim.patches import merged
from homeperf_ray.sim.programs import Programs, Script
from homeperf_ray.sim.statuses import ApiError, bad_request
from homeperf_ray.sim.store import Store
from homeperf_ray.sim.trouble import Pacemaker


class Admin:
    """The verbs of a test's hand.

    ``GET /counts``, ``POST /counts/reset``, ``GET /metrics`` (Prometheus), ``GET /arrivals?user=&verb=&resource=``,
    ``GET /fairness``, ``GET /kubelets``; ``GET`` and ``PUT /churn``, ``POST /compact``; ``GET``, ``POST`` and
    ``DELETE /faults``, ``DELETE /faults/NUMBER``; ``POST`` and ``DELETE /scripts`` (see ``sim.programs.Script``);
    ``GET``, ``PUT``, ``PATCH`` (a JSON merge patch, RFC 7396) and ``DELETE /objects/RESOURCE/NAMESPACE/NAME``, with
    ``-`` for the namespace of what has none.
    """

    def __init__(
        self,
        counts: Counts,
        faults: Faults,
        store: Store,
        fairness: Fairness | None,
        pacemaker: Pacemaker,
        ports: KubeletPorts,
        programs: Programs,
    ) -> None:
        self._ports = ports
        self._programs = programs
        self._fairness = fairness
        self._pacemaker = pacemaker
        self._counts = counts
        self._faults = faults
        self._store = store

    async def serve(self, path: Path) -> web.AppRunner:
        """Listen on a socket that only its owner may open; the caller cleans the runner up."""
        app = web.Application(middlewares=[_worded], client_max_size=LARGEST)
        app.router.add_get("/counts", self._report)
        app.router.add_post("/counts/reset", self._reset)
        app.router.add_get("/metrics", self._metrics)
        app.router.add_get("/arrivals", self._arrivals)
        app.router.add_get("/fairness", self._levels)
        app.router.add_get("/kubelets", self._kubelets)
        app.router.add_get("/churn", self._churned)
        app.router.add_put("/churn", self._churn)
        app.router.add_post("/compact", self._compact)
        app.router.add_get("/faults", self._listed)
        app.router.add_post("/faults", self._add)
        app.router.add_delete("/faults", self._clear)
        app.router.add_delete("/faults/{number:[0-9]+}", self._remove)
        app.router.add_post("/scripts", self._say)
        app.router.add_delete("/scripts", self._forget)
        place = "/objects/{resource}/{namespace}/{name}"
        app.router.add_get(place, self._shown)
        app.router.add_put(place, self._put)
        app.router.add_patch(place, self._patch)
        app.router.add_delete(place, self._delete)
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

    async def _metrics(self, _request: web.Request) -> web.Response:
        levels = self._fairness.report() if self._fairness else {}
        body = prometheus.text(self._counts.report(), levels).encode()
        return web.Response(body=body, headers={"Content-Type": prometheus.CONTENT_TYPE})

    async def _arrivals(self, request: web.Request) -> web.Response:
        return _json(self._counts.rates.arrivals(**request.query))

    async def _levels(self, _request: web.Request) -> web.Response:
        return _json(self._fairness.report() if self._fairness else {})

    async def _kubelets(self, _request: web.Request) -> web.Response:
        return _json(self._ports.report())

    async def _churned(self, _request: web.Request) -> web.Response:
        return _json(self._pacemaker.report())

    async def _churn(self, request: web.Request) -> web.Response:
        try:
            rate = msgspec.json.decode(await request.read(), type=dict[str, float])["rate"]
        except (msgspec.MsgspecError, KeyError):
            return web.Response(status=400, text='Churn is set by {"rate": 20}, in changes a second.\n')
        if not 0 <= rate <= 1_000:
            return web.Response(status=400, text="Churn is between 0 and 1000 changes a second.\n")
        self._pacemaker.rate = rate
        return await self._churned(request)

    async def _compact(self, _request: web.Request) -> web.Response:
        return _json({"resourceVersion": str(self._store.compact())})

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

    async def _say(self, request: web.Request) -> web.Response:
        try:
            self._programs.say(msgspec.json.decode(await request.read(), type=Script))
        except msgspec.MsgspecError as error:
            return web.Response(status=400, text=f"{error}\n")
        return _json({})

    async def _forget(self, _request: web.Request) -> web.Response:
        self._programs.forget()
        return _json({})

    async def _shown(self, request: web.Request) -> web.Response:
        found = self._found(request)
        return _absent(request) if found is None else _json(found)

    async def _put(self, request: web.Request) -> web.Response:
        return self._write(request, await _sent(request))

    async def _patch(self, request: web.Request) -> web.Response:
        found, patch = self._found(request), await _sent(request)
        return _absent(request) if found is None else self._write(request, merged(found, patch))

    def _write(self, request: web.Request, item: dict[str, Any]) -> web.Response:
        """Write an object at its place, whatever it says of where it is."""
        resource, namespace, name = _place(request)
        metadata = item.get("metadata") or {}
        shapes.check_metadata({"metadata": metadata})
        metadata = {**metadata, "name": name, **({"namespace": namespace} if namespace else {})}
        change = self._store.put(resource, {"metadata": metadata, **{k: v for k, v in item.items() if k != "metadata"}})
        return _json({"resourceVersion": str(change.version)})

    async def _delete(self, request: web.Request) -> web.Response:
        change = self._store.remove(*_place(request))
        return _absent(request) if change is None else _json({"resourceVersion": str(change.version)})

    def _found(self, request: web.Request) -> dict[str, Any] | None:
        resource, namespace, name = _place(request)
        entry = self._store.collection(resource).get(namespace, name)
        return None if entry is None else entry.document()


@web.middleware
async def _worded(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Say what is wrong with a request instead of failing at it."""
    try:
        return await handler(request)
    except ApiError as error:
        return web.Response(status=error.code, text=f"{error}\n")
    except RecursionError:
        return web.Response(status=400, text="It is nested too deep.\n")


async def _sent(request: web.Request) -> dict[str, Any]:
    """The object that was sent. Raises ApiError 400 for what is none."""
    try:
        return msgspec.json.decode(await request.read(), type=dict[str, Any])
    except msgspec.MsgspecError as error:
        raise bad_request(str(error)) from error


def _place(request: web.Request) -> tuple[str, str, str]:
    info = request.match_info
    return info["resource"], "" if info["namespace"] == "-" else info["namespace"], info["name"]


def _absent(request: web.Request) -> web.Response:
    return web.Response(status=404, text=f"There is no {request.path.removeprefix('/objects/')}.\n")


def _json(value: Any) -> web.Response:
    return web.Response(body=msgspec.json.encode(value) + b"\n", content_type="application/json")

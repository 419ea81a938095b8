"""The wire: HTTPS requests in, answers and faults out, everything counted."""

from __future__ import annotations

import asyncio
import socket
import struct
import zlib
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from homeperf_ray.sim.answers import JSON, Answer, failure, representation, unknown_path
from homeperf_ray.sim.apis import Served
from homeperf_ray.sim.counts import Arrival, Counts
from homeperf_ray.sim.faults import Faults, Rule, Target
from homeperf_ray.sim.reader import Reader
from homeperf_ray.sim.routes import Route, parse
from homeperf_ray.sim.statuses import ApiError, expired, forbidden, forbidden_path
from homeperf_ray.sim.store import Store
from homeperf_ray.sim.users import ANONYMOUS, User, Users
from homeperf_ray.sim.watches import Watched, stream

GZIP_BYTES = 128 * 1024
"""Answers that are larger are compressed when the client accepts it, as on a genuine server."""

_GARBAGE = b'{"kind":"PodList","items":[{"metadata":{]]\x00\xff\xfe<html>not what you asked for'

_HEADERS = {
    "Cache-Control": "no-cache, private",
    "X-Kubernetes-Pf-Flowschema-Uid": "1f6f0d5c-9a51-4f0e-8e0a-6d1f6a1c7b01",
    "X-Kubernetes-Pf-Prioritylevel-Uid": "4c1b8c7e-2f7d-4d0b-9b52-0d7a3d5e8f02",
}


@dataclass(frozen=True)
class _Call:
    """A request as it was understood when it arrived. ``refused`` is set where its token is not known."""

    route: Route
    user: User
    arrival: Arrival
    refused: ApiError | None = None


class ApiServer:
    """Serves one homelab. ``latency``, in seconds, comes before every answer."""

    def __init__(
        self, reader: Reader, store: Store, users: Users, faults: Faults, counts: Counts, latency: float
    ) -> None:
        self._reader = reader
        self._store = store
        self._users = users
        self._faults = faults
        self._counts = counts
        self._latency = latency
        self._gone: dict[RequestHandler, asyncio.Future[None]] = {}

    def protocols(self) -> web.Server:
        """The factory of protocols for ``loop.create_server``. Call it in the running loop."""
        return _Connections(self)

    def connected(self, protocol: RequestHandler) -> None:
        self._counts.connected()
        self._gone[protocol] = asyncio.get_running_loop().create_future()

    def disconnected(self, protocol: RequestHandler) -> None:
        self._gone.pop(protocol).set_result(None)

    def receive(self, request: web.BaseRequest) -> None:
        """Count a request, before anything can become of it."""
        route = parse(request.method, request.path, request.query)
        user, refused = ANONYMOUS, None
        try:
            user = self._users.authenticate(request.headers.get("Authorization", ""))
        except ApiError as error:
            refused = error
        name = "" if refused else user.name
        path = "" if route.plural else route.path
        arrival = self._counts.arrived(name, route.verb, route.resource, route.namespace, path)
        request["call"] = _Call(route, user, arrival, refused)

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request, or fail it as the faults in force say."""
        call: _Call = request["call"]
        status, sent = 0, 0
        response = web.StreamResponse()
        try:
            rules = self._met(request, call)
            pause = self._latency + sum(rule.seconds for rule in rules if rule.kind == "latency")
            if pause and not await self._pause(request, pause):
                return response
            fault = next((rule for rule in rules if rule.kind != "latency"), None)
            if fault is not None and fault.kind in {"hang", "reset", "truncated"}:
                return await self._cut(request, call, fault)
            if fault is None and call.route.verb == "watch":
                response, sent = await self._watch(request, call)
            else:
                answer = await self._answer(request, call) if fault is None else _faulty(fault, call)
                response = await _respond(request, answer)
                sent = _size(response)
            status = response.status
        except ConnectionError:
            status = 0
        finally:
            self._counts.ended(call.arrival, status, sent)
        return response

    def _met(self, request: web.BaseRequest, call: _Call) -> list[Rule]:
        name, route = "" if call.refused else call.user.name, call.route
        continued = bool(request.query.get("continue"))
        return self._faults.meet(
            Target(
                user=name,
                verb=route.verb,
                resource=route.resource,
                namespace=route.namespace,
                path=route.path,
                continued=continued,
            )
        )

    async def _answer(self, request: web.BaseRequest, call: _Call) -> Answer:
        """What a faultless server says."""
        route = call.route
        try:
            served = self._admit(call)
            if not route.plural:
                return self._visit(request, route)
            if served is None:
                return unknown_path()
            if route.verb in {"get", "list"}:
                return self._reader.read(route, served, request.query, request.headers.get("Accept", ""))
            return self._reader.review(route, call.user, await request.read(), request.content_type)
        except ApiError as error:
            return failure(error)

    def _visit(self, request: web.BaseRequest, route: Route) -> Answer:
        if route.verb not in {"get", "head"}:
            raise ApiError(405)
        return self._reader.visit(route.path, request.query, request.headers)

    def _admit(self, call: _Call) -> Served | None:
        if call.refused:
            raise call.refused
        call.user.authorize(call.route)
        return self._reader.served(call.route) if call.route.plural else None

    async def _watch(self, request: web.BaseRequest, call: _Call) -> tuple[web.StreamResponse, int]:
        try:
            served = self._admit(call)
            if served is None:
                response: web.StreamResponse = await _respond(request, unknown_path())
                return response, _size(response)
            shape = representation(request.headers.get("Accept", ""))
            watched = self._reader.watched(call.route, served, request.query)
        except ApiError as error:
            response = await _respond(request, failure(error))
            return response, _size(response)
        return await self._stream(request, served, watched, shape)

    async def _stream(
        self, request: web.BaseRequest, served: Served, watched: Watched, shape: str
    ) -> tuple[web.StreamResponse, int]:
        include = request.query.get("includeObject", "")
        lines = stream(
            self._store,
            served,
            watched,
            lambda entry: self._reader.shown(entry, served, shape, include),
            lambda seconds, subscription: self._pause(request, seconds, subscription.woken()),
        )
        sent = 0
        response = web.StreamResponse(headers={**_HEADERS, "Content-Type": JSON})
        response.enable_chunked_encoding()
        await response.prepare(request)
        async with aclosing(lines):
            async for line in lines:
                await response.write(line)
                sent += len(line)
        await response.write_eof()
        return response, sent

    async def _cut(self, request: web.BaseRequest, call: _Call, fault: Rule) -> web.StreamResponse:
        """Faults that leave a request without a whole answer."""
        transport = request.transport
        if fault.kind == "hang":
            await self._pause(request, None)
        elif fault.kind == "reset" and transport is not None:
            connection = transport.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            transport.abort()
        elif fault.kind == "truncated" and transport is not None:
            answer = await self._answer(request, call)
            response = web.StreamResponse(status=answer.status, headers={"Content-Type": answer.content_type})
            response.content_length = max(2, len(answer.body))
            await response.prepare(request)
            await response.write(answer.body[: len(answer.body) // 2])
            transport.close()
            return response
        return web.StreamResponse()

    async def _pause(
        self, request: web.BaseRequest, seconds: float | None, wake: asyncio.Future[None] | None = None
    ) -> bool:
        """Wait, or until ``wake`` is done; False as soon as the client has gone."""
        gone = self._gone.get(request.protocol)
        if gone is None:
            return False
        await asyncio.wait({gone, wake} if wake else {gone}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        return not gone.done()


class _Connections(web.Server):
    """aiohttp's server, which tells us of every connection and of every request as it is parsed."""

    def __init__(self, server: ApiServer) -> None:
        super().__init__(server.handle, request_factory=self._receive, access_log=None, keepalive_timeout=600)
        self._server = server

    def _receive(self, message: Any, payload: Any, protocol: Any, writer: Any, task: Any) -> web.BaseRequest:
        request = web.BaseRequest(message, payload, protocol, writer, task, asyncio.get_running_loop())
        self._server.receive(request)
        return request

    def connection_made(self, handler: RequestHandler, transport: asyncio.Transport) -> None:
        super().connection_made(handler, transport)
        self._server.connected(handler)

    def connection_lost(self, handler: RequestHandler, exc: BaseException | None = None) -> None:
        super().connection_lost(handler, exc)
        self._server.disconnected(handler)


def _faulty(rule: Rule, call: _Call) -> Answer:
    """Faults that are whole answers."""
    if rule.kind == "garbage":
        return Answer(_GARBAGE)
    if rule.kind == "redirect":
        return Answer(b"", 302, "text/plain", {"Location": rule.location})
    if rule.kind == "expired":
        return failure(expired("continue"))
    route, name = call.route, call.user.name
    if rule.status == 403 and route.plural:
        return failure(forbidden(name, route.verb, route.group, route.plural, route.namespace, route.name))
    if rule.status == 403:
        return failure(forbidden_path(name, route.verb, route.path))
    return failure(ApiError(rule.status, retry_after=rule.retry_after))


async def _respond(request: web.BaseRequest, answer: Answer) -> web.Response:
    """Send an answer, compressed where it is large and the client takes gzip."""
    headers = {**_HEADERS, **answer.headers, "Content-Type": answer.content_type}
    body = answer.body
    if len(body) > GZIP_BYTES and "gzip" in request.headers.get("Accept-Encoding", ""):
        body = await asyncio.to_thread(zlib.compress, body, 1, zlib.MAX_WBITS | 16)
        headers |= {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
    response = web.Response(status=answer.status, headers=headers, body=body)
    await response.prepare(request)
    await response.write_eof()
    return response


def _size(response: web.StreamResponse) -> int:
    return response.content_length or 0

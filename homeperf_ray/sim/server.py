"""The wire: HTTPS requests in, answers and faults out, everything counted."""

from __future__ import annotations

import asyncio
import socket
import struct
import time
import zlib
from collections.abc import Awaitable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace
from itertools import chain, repeat
from typing import Any
from uuid import uuid4

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from homeperf_ray.sim import bodies, execs, flowcontrol, health, identity
from homeperf_ray.sim.answers import JSON, Answer, failure, representation, too_many
from homeperf_ray.sim.apis import Served
from homeperf_ray.sim.conditions import Conditions
from homeperf_ray.sim.connections import Connections, Streamed, Whole, body_of
from homeperf_ray.sim.counts import Arrival, Counts
from homeperf_ray.sim.execs import NotRunningError
from homeperf_ray.sim.failures import faulty, halved, worded
from homeperf_ray.sim.fairness import WAIT, width
from homeperf_ray.sim.faults import Faults, Rule, Target
from homeperf_ray.sim.kubelet_apis import FOREVER as NEVER
from homeperf_ray.sim.kubelet_apis import KubeletApis
from homeperf_ray.sim.pacing import FOREVER, pieces
from homeperf_ray.sim.programs import Programs
from homeperf_ray.sim.reader import Reader
from homeperf_ray.sim.routes import Route, parse
from homeperf_ray.sim.sessions import Session
from homeperf_ray.sim.statuses import ApiError
from homeperf_ray.sim.store import Store, Subscription
from homeperf_ray.sim.turns import Turn
from homeperf_ray.sim.users import ANONYMOUS, User, Users
from homeperf_ray.sim.watches import Watched, stream
from homeperf_ray.sim.writer import Writer
from homeperf_ray.sim.written import LARGE, written

_LONG_RUNNING = frozenset({"exec", "proxy"})
"""Subresources whose requests take no seats: they may last, and the load is on somebody else."""

_SLOW = frozenset({"stall", "drip"})
_FLOWING = _SLOW | {"truncated", "closed"}
"""Faults of how a right answer goes out."""


@dataclass
class Sent:
    """What a request got: status 0 stands for no whole answer; ``bytes`` are those of the body."""

    response: web.StreamResponse
    status: int = 0
    bytes: int = 0


@dataclass(frozen=True)
class _Call:
    """A request as it was understood when it arrived. ``refused`` is set where its token is not known."""

    route: Route
    user: User
    arrival: Arrival
    audit: str
    refused: ApiError | None = None

    @property
    def headers(self) -> Mapping[str, str]:
        """Those of every answer to it."""
        schema, level = flowcontrol.classify(self.user, self.route)
        return {"Audit-Id": self.audit, **flowcontrol.headers(schema.name, level.name)}


class ApiServer:
    """Serves one homelab under some conditions."""

    def __init__(
        self,
        reader: Reader,
        store: Store,
        users: Users,
        faults: Faults,
        counts: Counts,
        conditions: Conditions,
        kubelets: KubeletApis,
        programs: Programs,
    ) -> None:
        self._reader = reader
        self._kubelets = kubelets
        self._store = store
        self._writer = Writer(store, minor=reader.minor)
        self._users = users
        self._faults = faults
        self._counts = counts
        self._conditions = conditions
        self._programs = programs
        self._gone: dict[RequestHandler, asyncio.Future[None]] = {}
        self._certificates: dict[RequestHandler, dict[str, Any]] = {}

    def protocols(self) -> web.Server:
        """The factory of protocols for ``loop.create_server``. Call it in the running loop."""
        return Connections(self)

    def connected(self, protocol: RequestHandler, transport: asyncio.Transport) -> None:
        self._counts.connected()
        certificate = transport.get_extra_info("peercert")
        if certificate:
            self._certificates[protocol] = certificate
        self._gone[protocol] = asyncio.get_running_loop().create_future()

    def disconnected(self, protocol: RequestHandler) -> None:
        self._certificates.pop(protocol, None)
        self._gone.pop(protocol).set_result(None)

    def receive(self, request: web.BaseRequest) -> None:
        """Count a request, before anything can become of it."""
        route = parse(request.method, request.path, request.query)
        user, refused = ANONYMOUS, None
        try:
            user = self._authenticated(request)
        except ApiError as error:
            refused = error
        name = "" if refused else user.name
        path = "" if route.plural else route.path
        arrival = self._counts.arrived(name, route.verb, route.resource, route.namespace, path)
        audit = request.headers.get("Audit-ID", "")[:64] or str(uuid4())
        request["call"] = _Call(route, user, arrival, audit, refused)

    def _authenticated(self, request: web.BaseRequest) -> User:
        """Whom the client certificate names, else whom the token does. Raises ApiError 401."""
        certificate = self._certificates.get(request.protocol)
        known = self._users.certified(certificate, time.time()) if certificate else None
        authorization = request.headers.get("Authorization", "")
        if certificate and known is None and not authorization:
            raise ApiError(401)
        user = known or self._users.authenticate(authorization)
        return self._users.impersonated(user, request.headers.get("Impersonate-User"), request.headers)

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request, or fail it as the faults in force say."""
        call: _Call = request["call"]
        sent = Sent(Streamed())
        exempt = call.refused or call.route.subresource in _LONG_RUNNING
        fairness = None if exempt else self._conditions.fairness
        turn = Turn(fairness, call.user, call.route, lambda: self._width(request, call))
        try:
            rules = self._met(request, call)
            if not turn.granted and not await turn.wait(lambda wake: self._pause(request, WAIT, wake)):
                if turn.refused:
                    sent = await self._respond(request, too_many())
                return sent.response
            pause = self._conditions.delay() + sum(rule.seconds for rule in rules if rule.kind == "latency")
            if pause and not await self._pause(request, pause):
                return sent.response
            fault = next((rule for rule in rules if rule.kind != "latency"), None)
            if fault is not None and (fault.kind in {"hang", "reset"} or halved(fault, call.route)):
                await self._cut(request, call, fault)
            elif call.route.subresource == "exec" and (fault is None or fault.kind in _FLOWING):
                sent = await self._exec(request, call, fault)
            elif call.route.verb == "watch" and (fault is None or fault.kind in _FLOWING):
                sent = await self._watch(request, call, fault, turn)
            else:
                answered = fault is None or fault.kind in _FLOWING
                answer = await self._answer(request, call) if answered else faulty(fault, call.route, call.user)
                sent = await self._respond(request, answer, fault)
        except ConnectionError:
            sent = Sent(sent.response)
        finally:
            turn.over()
            del request["call"]
            self._counts.ended(call.arrival, sent.status, sent.bytes)
        return sent.response

    def broken(self, request: web.BaseRequest, status: int) -> None:
        """Count the end of a request that never got to ``handle``."""
        if "call" in request:
            self._counts.ended(request["call"].arrival, status, 0)

    def _width(self, request: web.BaseRequest, call: _Call) -> int:
        """The seats that a request needs."""
        if call.route.verb != "list":
            return 1
        stored = len(self._store.collection(call.route.resource))
        cached = request.query.get("resourceVersion") == "0"
        return width(call.route.verb, request.query, stored, cached=cached)

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
                return self._reader.nothing(route)
            if route.subresource == "proxy":
                return await self._proxied(request, route)
            identity.asked_for(route)
            if route.verb in {"get", "list"}:
                return self._reader.read(route, served, request.query, request.headers.get("Accept", ""))
            body = await body_of(request, bodies.LARGEST)
            review = self._reader.review(route, served, call.user, body, _content_type(request))
            return review or self._writer.write(route, served, request.query, body, _content_type(request))
        except Exception as error:  # noqa: BLE001  whatever a client sent must not end in other words than Kubernetes'
            return failure(worded(error, call.route))

    async def _proxied(self, request: web.BaseRequest, route: Route) -> Answer:
        """What a node's kubelet says. Raises ApiError, and ConnectionError where the client has not waited for it."""
        if route.verb != "get":
            raise ApiError(405, details={})
        found = self._kubelets.proxied(route.name, route.proxied)
        delay = self._kubelets.delay(route.name)
        if delay and not await self._pause(request, None if delay == NEVER else delay):
            raise ConnectionResetError
        return found

    def _visit(self, request: web.BaseRequest, route: Route) -> Answer:
        if route.verb != "get" and not (route.verb == "head" and health.about(route.path)):
            raise ApiError(405, details={})
        return self._reader.visit(route.path, request.query, request.headers)

    def _admit(self, call: _Call) -> Served | None:
        if call.refused:
            raise call.refused
        call.user.authorize(call.route)
        return self._reader.served(call.route) if call.route.plural else None

    async def _watch(self, request: web.BaseRequest, call: _Call, fault: Rule | None, turn: Turn) -> Sent:
        try:
            served = self._admit(call)
            if served is None:
                return await self._respond(request, self._reader.nothing(call.route))
            shape = representation(request.headers.get("Accept", ""), listed=False, kind=served.kind.kind)
            watched = self._reader.watched(call.route, served, request.query)
        except Exception as error:  # noqa: BLE001  as above
            return await self._respond(request, failure(worded(error, call.route)))
        if fault is not None and fault.kind == "closed":
            watched = replace(watched, asked=replace(watched.asked, seconds=fault.seconds))
        return await self._stream(request, served, watched, shape, fault, turn)

    async def _exec(self, request: web.BaseRequest, call: _Call, fault: Rule | None) -> Sent:
        """Run a command in a container over a WebSocket, or refuse it."""
        try:
            if self._admit(call) is None:
                return await self._respond(request, self._reader.nothing(call.route))
            execs.authorize(call.user, call.route, self._reader.minor)
            session = Session(request, self._reader.exec(call.route, request.query), self._reader.minor)
        except ApiError as error:
            return await self._respond(request, failure(error))
        except NotRunningError as error:
            return await self._respond(request, Answer(f"{error}\n".encode(), 500, "text/plain; charset=utf-8"))
        ran, seconds = self._programs.run(session.asked.pod, session.asked.container, session.asked.command)
        response = await session.open(request["call"].headers)
        if seconds and not await self._pause(request, seconds):
            return Sent(response)
        return Sent(response, response.status, await session.send(ran, broken=fault.kind if fault else ""))

    async def _stream(
        self, request: web.BaseRequest, served: Served, watched: Watched, shape: str, fault: Rule | None, turn: Turn
    ) -> Sent:
        include = request.query.get("includeObject", "")

        def idle(seconds: float, subscription: Subscription) -> Awaitable[bool]:
            turn.over()
            return self._pause(request, seconds, subscription.woken())

        headed = chain([True], repeat(False))
        lines = stream(
            self._store,
            served,
            watched,
            lambda entry: self._reader.shown(entry, served, shape, include, headed=next(headed)),
            idle,
        )
        response = Streamed(headers={**request["call"].headers, "Content-Type": JSON})
        response.enable_chunked_encoding()
        await response.prepare(request)
        sent = Sent(response, response.status)
        async with aclosing(lines):
            async for line in lines:
                if fault is not None and fault.kind == "truncated" and request.transport is not None:
                    request.transport.write(b"%x\r\n%s" % (len(line), line[: len(line) // 2]))
                    request.transport.close()
                    return Sent(response)
                if not await self._write(request, response, line, fault):
                    return Sent(response)
                sent.bytes += len(line)
        await response.write_eof()
        return sent

    async def _write(
        self, request: web.BaseRequest, response: web.StreamResponse, body: bytes, fault: Rule | None
    ) -> bool:
        """Write a body as fast as conditions and a fault allow; whether its client was there to the end."""
        for seconds, piece in pieces(body, self._conditions.bandwidth, fault, asyncio.get_running_loop().time):
            if seconds and not await self._pause(request, None if seconds == FOREVER else seconds):
                return False
            await response.write(piece)
        return True

    async def _respond(self, request: web.BaseRequest, answer: Answer, fault: Rule | None = None) -> Sent:
        """Send an answer, compressed where it is large and the client takes gzip."""
        answer = await written(answer, request.query, request.headers)
        headers = {**request["call"].headers, **answer.headers, "Content-Type": answer.content_type}
        body = answer.body
        if len(body) > LARGE and "gzip" in request.headers.get("Accept-Encoding", ""):
            body = await asyncio.to_thread(zlib.compress, body, 1, zlib.MAX_WBITS | 16)
            headers |= {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
        if self._conditions.bandwidth is None and (fault is None or fault.kind not in _SLOW):
            whole = Whole(status=answer.status, headers=headers, body=body)
            await whole.prepare(request)
            await whole.write_eof()
            return Sent(whole, answer.status, len(body))
        response = Streamed(status=answer.status, headers=headers)
        response.content_length = len(body)
        await response.prepare(request)
        if not await self._write(request, response, body, fault):
            return Sent(response)
        await response.write_eof()
        return Sent(response, answer.status, len(body))

    async def _cut(self, request: web.BaseRequest, call: _Call, fault: Rule) -> None:
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
            response = Streamed(status=answer.status, headers={"Content-Type": answer.content_type})
            response.content_length = max(2, len(answer.body))
            await response.prepare(request)
            await response.write(answer.body[: len(answer.body) // 2])
            transport.close()

    async def _pause(
        self, request: web.BaseRequest, seconds: float | None, wake: asyncio.Future[None] | None = None
    ) -> bool:
        """Wait, or until ``wake`` is done; False as soon as the client has gone."""
        gone = self._gone.get(request.protocol)
        if gone is None:
            return False
        await asyncio.wait({gone, wake} if wake else {gone}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        return not gone.done()


def _content_type(request: web.BaseRequest) -> str:
    return request.content_type if "Content-Type" in request.headers else ""

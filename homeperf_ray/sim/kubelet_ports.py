"""The kubelets' own ports on loopback: TLS, tokens and client certificates, authorised by ``nodes/stats``."""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from aiohttp import web

from homeperf_ray.sim.certificates import Authority
from homeperf_ray.sim.kubelet_apis import FOREVER, SUMMARY, KubeletApis
from homeperf_ray.sim.statuses import ApiError
from homeperf_ray.sim.store import Store
from homeperf_ray.sim.users import ANONYMOUS, User, Users

Certified = Literal["signed", "self-signed"]
"""Who has signed the kubelets' certificates: the cluster's authority, or each kubelet itself, as is usual."""

_LOOPBACK = "127.0.0.1"


class KubeletPorts:
    """A port for each node. The nodes' status is made to name it, with the address of loopback.

    ``received`` counts requests by node. A node that has gone closes its connections unanswered.
    """

    def __init__(self, kubelets: KubeletApis, users: Users, store: Store) -> None:
        self._kubelets = kubelets
        self._users = users
        self._store = store
        self._servers: list[asyncio.Server] = []
        self.received: Counter[str] = Counter()
        self.flying = self.most = 0

    async def open(self, authority: Authority, directory: Path, certified: Certified) -> None:
        """Listen for every node that there is."""
        loop = asyncio.get_running_loop()
        for entry in self._store.collection("nodes").entries:
            context = _context(authority, directory, entry.name, certified)
            listener = socket.create_server((_LOOPBACK, 0), backlog=256)
            port = listener.getsockname()[1]
            handler = web.Server(_Port(self, entry.name).handle, access_log=None)
            self._servers.append(await loop.create_server(handler, sock=listener, ssl=context))
            node = entry.document()
            addresses = [one for one in node["status"]["addresses"] if one["type"] != "InternalIP"]
            node["status"] |= {
                "addresses": [{"type": "InternalIP", "address": _LOOPBACK}, *addresses],
                "daemonEndpoints": {"kubeletEndpoint": {"Port": port}},
            }
            self._store.put("nodes", node)

    def close(self) -> None:
        for server in self._servers:
            server.close()

    def report(self) -> dict[str, Any]:
        """How many requests each kubelet has received, and the most that all together answered at once."""
        return {"received": dict(sorted(self.received.items())), "at_once": self.most}

    async def answer(self, node: str, request: web.BaseRequest) -> web.StreamResponse:
        """What one kubelet says to one request."""
        if self._kubelets.gone(node):
            return _hung_up(request)
        self.received[node] += 1
        self.flying += 1
        self.most = max(self.most, self.flying)
        try:
            delay = self._kubelets.delay(node)
            if delay:
                await asyncio.sleep(3_600 if delay == FOREVER else delay)
            return self._admitted(node, request)
        finally:
            self.flying -= 1

    def _admitted(self, node: str, request: web.BaseRequest) -> web.Response:
        path = request.path.strip("/")
        try:
            user = self._authenticated(request)
        except ApiError:
            return web.Response(status=401, text="Unauthorized")
        subresource = "stats" if path.startswith("stats") else "proxy"
        if user is ANONYMOUS or not user.may("get", "", f"nodes/{subresource}", ""):
            text = f"Forbidden (user={user.name}, verb=get, resource=nodes, subresource(s)=[{subresource}])"
            return web.Response(status=403, text=text)
        if request.method != "GET" or path != SUMMARY:
            return web.Response(status=404, text="404 page not found\n")
        found = self._kubelets.answer(node, path)
        return web.Response(status=found.status, body=found.body, content_type=found.content_type)

    def _authenticated(self, request: web.BaseRequest) -> User:
        transport = request.transport
        certificate: Mapping[str, Any] | None = transport.get_extra_info("peercert") if transport else None
        known = self._users.certified(certificate, time.time()) if certificate else None
        return known or self._users.authenticate(request.headers.get("Authorization", ""))


class _Port:
    def __init__(self, ports: KubeletPorts, node: str) -> None:
        self._ports = ports
        self._node = node

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        return await self._ports.answer(self._node, request)


def _hung_up(request: web.BaseRequest) -> web.StreamResponse:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


def _context(authority: Authority, directory: Path, node: str, certified: Certified) -> ssl.SSLContext:
    """TLS as a kubelet has it; client certificates of the cluster's authority are taken."""
    certificate, key = authority.issue(
        f"system:node:{node}", names=[node], addresses=[_LOOPBACK], days=90, self_signed=certified == "self-signed"
    )
    return authority.context(directory, certificate, key)

"""Both servers behind one face: a request in, an answer out."""

from __future__ import annotations

import base64
import http.client
import json
import ssl
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from homeperf_ray.sim.process import RunningSim
from tests.apiserver.server import ApiServer
from tests.homelab import credentials


@dataclass(frozen=True)
class Answer:
    """An answer as it came, ``headers`` with their names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def document(self) -> Any:
        """The body as JSON, of a watch the list of its events; the text where it is no JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            pass
        try:
            return [json.loads(line) for line in self.body.splitlines()]
        except ValueError:
            return self.text


@dataclass
class Twin:
    """One of the two. ``memory`` holds what later requests need of earlier answers: versions, uids, tokens."""

    name: str
    url: str
    context: ssl.SSLContext
    tokens: Mapping[str, str]
    memory: dict[str, str] = field(default_factory=dict)

    def ask(self, method: str, path: str, user: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
        """Send a request as ``admin``, ``limited``, ``nobody`` (no token) or ``stranger`` (a wrong one)."""
        address = urlsplit(self.url)
        connection = http.client.HTTPSConnection(str(address.hostname), address.port, context=self.context, timeout=30)
        token = {"stranger": "wrong", **self.tokens}.get(user)
        granted = {"Authorization": f"Bearer {token}"} if token else {}
        try:
            connection.request(method, path, body, {"User-Agent": "twins", **granted, **headers})
            answer = connection.getresponse()
            found = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, found, answer.read())
        finally:
            connection.close()


def genuine(server: ApiServer) -> Twin:
    return Twin("genuine", server.url, server.context, server._tokens)


def emulated(sim: RunningSim) -> Twin:
    url, authority, admin = credentials(sim.kubeconfig)
    limited = credentials(sim.kubeconfig, "limited")[2]
    context = ssl.create_default_context(cadata=authority)
    return Twin("emulator", url, context, {"admin": admin, "limited": limited})


def compact_etcd(server: ApiServer, revision: int) -> None:
    """Compact what a genuine server stores in, through etcd's JSON gateway."""
    body = json.dumps({"revision": str(revision), "physical": True}).encode()
    request = urllib.request.Request(f"{server.etcd_url}/v3/kv/compaction", body)
    urllib.request.urlopen(request, timeout=10).close()


def encoded(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

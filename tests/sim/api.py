"""A plain HTTPS client for tests of the server: one request, its status, headers and body."""

from __future__ import annotations

import http.client
import json
import ssl
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from homeperf_ray.sim.process import RunningSim
from tests.homelab import credentials


@dataclass(frozen=True)
class Response:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def names(self) -> list[str]:
        """``namespace/name`` of the items of a list."""
        found = [item["metadata"] for item in self.json["items"]]
        return [f"{meta['namespace']}/{meta['name']}" if "namespace" in meta else meta["name"] for meta in found]


class Api:
    """Requests as one user of a homelab; ``token`` None sends no credentials."""

    def __init__(self, sim: RunningSim, context: str = "homelab", *, token: str | None = "") -> None:
        url, authority, known = credentials(sim.kubeconfig, context)
        self.address = urlsplit(url)
        self.tls = ssl.create_default_context(cadata=authority)
        self.token = known if token == "" else token

    def connect(self, timeout: float = 30.0) -> http.client.HTTPSConnection:
        return http.client.HTTPSConnection(
            str(self.address.hostname), self.address.port, context=self.tls, timeout=timeout
        )

    def headers(self, extra: dict[str, str] | None = None) -> dict[str, str]:
        granted = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        return {"Accept": "application/json", **granted, **(extra or {})}

    def request(
        self,
        method: str,
        path: str,
        *,
        query: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
        body: bytes | None = None,
        timeout: float = 30.0,
    ) -> Response:
        connection = self.connect(timeout)
        try:
            url = f"{path}?{urlencode(query)}" if query else path
            connection.request(method, url, body, self.headers(headers))
            answer = connection.getresponse()
            return Response(answer.status, answer.headers, answer.read())
        finally:
            connection.close()

    def get(self, path: str, *, accept: str = "application/json", **query: Any) -> Response:
        return self.request("GET", path, query=query, headers={"Accept": accept})

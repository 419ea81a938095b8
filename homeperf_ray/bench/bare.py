"""A bare client: the user's credentials and one connection pool, without budget, cache or decoding."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from homeperf_ray.kube.kubeconfig import kubeconfig_paths
from homeperf_ray.kube.request import Access
from homeperf_ray.kube.target import Target, load_target
from homeperf_ray.kube.tls import ssl_context

if TYPE_CHECKING:
    import aiohttp
    from aiohttp.client import _RequestContextManager


def target_of(kubeconfig: str, context: str = "") -> Target:
    """The API server of a kubeconfig. Raises ConfigError."""
    return load_target(Access(kubeconfig_paths(kubeconfig, os.environ), context))


class BareClient:
    """GETs paths of one API server, whatever path the server itself lies under."""

    def __init__(self, session: aiohttp.ClientSession, server: str) -> None:
        self._session = session
        self._server = server

    def get(self, path: str, query: Mapping[str, str] | None = None) -> _RequestContextManager:
        """The answer, as a context manager."""
        return self._session.get(self._server + path, params=query)


@asynccontextmanager
async def bare_client(target: Target, *, connections: int, compressed: bool = False) -> AsyncIterator[BareClient]:
    """A client of at most so many connections, which are kept.

    It asks for no compression unless ``compressed``: what it measures should not be its own unpacking. Raises KubeError
    where there are no credentials.
    """
    import aiohttp

    credential = await target.source.open().current()
    headers = {} if compressed else {"Accept-Encoding": "identity"}
    if credential.authorization:
        headers["Authorization"] = credential.authorization.reveal()
    tls = ssl_context(target.trust, credential.certificate or target.certificate)
    connector = aiohttp.TCPConnector(limit=connections, ssl=tls)
    async with aiohttp.ClientSession(headers=headers, connector=connector) as session:
        yield BareClient(session, target.server)

"""A bare client: the user's credentials and one connection pool, without budget, cache or decoding."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from homeperf_ray.kube.kubeconfig import kubeconfig_paths
from homeperf_ray.kube.request import Access
from homeperf_ray.kube.target import Target, load_target
from homeperf_ray.kube.tls import ssl_context

if TYPE_CHECKING:
    import aiohttp


def target_of(kubeconfig: str, context: str = "") -> Target:
    """The API server of a kubeconfig. Raises ConfigError."""
    return load_target(Access(kubeconfig_paths(kubeconfig, os.environ), context))


@asynccontextmanager
async def bare_client(target: Target, *, connections: int) -> AsyncIterator[aiohttp.ClientSession]:
    """A session of at most so many connections, which are kept; relative addresses are the API server's.

    It asks for no compression: what it measures should not be its own unpacking. Raises KubeError where there are no
    credentials.
    """
    import aiohttp

    credential = await target.source.open().current()
    headers = {"Accept-Encoding": "identity"}
    if credential.authorization:
        headers["Authorization"] = credential.authorization.reveal()
    tls = ssl_context(target.trust, credential.certificate or target.certificate)
    connector = aiohttp.TCPConnector(limit=connections, ssl=tls)
    async with aiohttp.ClientSession(
        target.server, headers=headers, connector=connector, timeout=aiohttp.ClientTimeout(total=None)
    ) as session:
        yield session

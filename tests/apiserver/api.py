"""Writing to a server, quickly: keep-alive connections, many requests at once. Refusals fail the test run."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from tests.apiserver.content.made import Made
from tests.apiserver.server import ApiServer

IN_FLIGHT = 24
NOT_FOUND, EXISTS = 404, 409


class Api:
    """An administrator's session."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session
        self._slots = asyncio.Semaphore(IN_FLIGHT)

    async def find(self, path: str) -> dict[str, Any]:
        """What is there; nothing where the path is not served, or not yet."""
        async with self._slots, self._session.get(path) as answer:
            if answer.status == NOT_FOUND:
                return {}
            return await _taken(answer)

    async def create(self, made: Made, *, exists: bool = False) -> dict[str, Any]:
        """Create an object and give it its status and its change. ``exists`` permits that it is there already."""
        async with self._slots:
            async with self._session.post(made.path, json=made.body) as answer:
                if exists and answer.status == EXISTS:
                    return {}
                created = await _taken(answer)
            if made.status:
                await self._merge(f"{made.url}/status", {"status": made.status})
            if made.change:
                await self._merge(made.url, {"spec": made.change})
        return created

    async def delete(self, made: Made) -> dict[str, Any]:
        """Delete what has a finalizer, and so stays: the object as it is afterwards."""
        async with self._slots, self._session.delete(made.url, json={"gracePeriodSeconds": 30}) as answer:
            return await _taken(answer)

    async def _merge(self, path: str, patch: dict[str, Any]) -> None:
        headers = {"Content-Type": "application/merge-patch+json"}
        async with self._session.patch(path, json=patch, headers=headers) as answer:
            await _taken(answer)


@asynccontextmanager
async def open_api(server: ApiServer) -> AsyncIterator[Api]:
    connector = aiohttp.TCPConnector(ssl=server.context, limit=IN_FLIGHT)
    headers = {"Authorization": f"Bearer {server.token}", "User-Agent": "fill"}
    async with aiohttp.ClientSession(server.url, headers=headers, connector=connector) as session:
        yield Api(session)


async def _taken(answer: aiohttp.ClientResponse) -> dict[str, Any]:
    assert answer.ok, f"{answer.method} {answer.url.path}: {answer.status} {await answer.text()}"
    return await answer.json()

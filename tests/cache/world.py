"""A homelab, a reflector and a watched table in one process: what a test changes, breaks, and compares."""

from __future__ import annotations

import asyncio
import contextlib
import time
from pathlib import Path
from typing import Any, Self

import pyarrow as pa

from homeperf_ray.cache.byte_budget import ByteBudget
from homeperf_ray.cache.watched import Entry, WatchedCache
from homeperf_ray.kube.changes import Down
from homeperf_ray.kube.connection import Connection
from homeperf_ray.kube.gate import OpenGate
from homeperf_ray.kube.list_watch import ListWatch
from homeperf_ray.kube.lister import read_list
from homeperf_ray.kube.reflector import Backoff, Reflector
from homeperf_ray.kube.request import Access, Request
from homeperf_ray.kube.resources import PODS, ServedResource
from homeperf_ray.kube.retry import RetryPolicy
from homeperf_ray.kube.target import load_target

PATIENT = Backoff()
PODS_OF_ALL = Request(ServedResource(PODS, "v1", "Pod", True))

BROKEN: tuple[dict[str, Any], ...] = (
    {"kind": "status", "status": 503, "verb": "watch"},
    {"kind": "status", "status": 500, "verb": "list"},
    {"kind": "reset", "verb": "watch"},
    {"kind": "truncated", "verb": "list"},
    {"kind": "garbage", "verb": "watch"},
    {"kind": "hang", "verb": "watch"},
)
"""Faults that a reflector may meet, each for some requests."""


class World:
    """Follows one request on the server of a kubeconfig."""

    def __init__(
        self, kubeconfig: Path, request: Request = PODS_OF_ALL, *, streaming: bool = False, backoff: Backoff = PATIENT
    ) -> None:
        self.kubeconfig = kubeconfig
        self.request = request
        self.backoff = backoff
        self.streaming = streaming
        self.cache: WatchedCache[str] = WatchedCache(clock=time.monotonic, budget=ByteBudget(1 << 30), generation="w")
        self.told: dict[str, int] = {}

    async def __aenter__(self) -> Self:
        target = load_target(Access((str(self.kubeconfig),)))
        quick = RetryPolicy(attempts=1)
        self._following = Connection(target, gate=OpenGate(), request_timeout=1.0, retry=quick)
        self._reading = Connection(target, gate=OpenGate(), request_timeout=20.0)
        self.entry: Entry[str] = self.cache.promote("pods")
        self.entry.owner = "worker"
        self._beating = asyncio.create_task(self._beat())
        self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.kill()
        self._beating.cancel()
        await self._following.close()
        await self._reading.close()

    def start(self) -> None:
        """Begin to follow, from the version that the cache has."""
        reflector = Reflector(
            ListWatch(self._following, self.request),
            self.request,
            self._sink,
            version=self.entry.version,
            streaming=self.streaming,
            backoff=self.backoff,
            refresh=0.5,
        )
        self._task = asyncio.create_task(reflector.run())

    async def kill(self) -> None:
        """The reflector dies, as in a process that is killed, and the cache hears of it."""
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError, RuntimeError):
            await self._task
        self.cache.tell(self.entry.token, Down("worker_lost", "it died"))

    async def crash(self) -> None:
        """It dies, and another one goes on."""
        await self.kill()
        self.start()

    def cut(self) -> None:
        """Cut every connection of the reflector."""
        streams = self._following._streams
        if streams is not None:
            for connections in list(streams._pool._session.connector._acquired):
                transport = connections.transport
                if transport is not None:
                    transport.abort()

    async def fresh(self) -> dict[tuple[str, str], dict[str, Any]]:
        """What the server says now."""
        listed = await read_list(self._reading, self.request)
        assert listed.error is None, listed.error
        return rows(listed.table)

    def cached(self, max_age: float = 30.0) -> tuple[dict[tuple[str, str], dict[str, Any]], str] | None:
        """What the cache gives out, and why it may be stale; None where it would ask the server."""
        reading = self.cache.get("pods", max_age)
        if reading is None:
            return None
        return rows(pa.concat_tables(piece.table for piece in reading.pieces)), reading.stale

    async def agrees(self, within: float) -> tuple[bool, float]:
        """Whether the cache gives out, unmarked, what a fresh LIST gives within so many seconds; and after how many."""
        began = time.monotonic()
        while True:
            wanted = await self.fresh()
            found = self.cached()
            if found is not None and not found[1] and found[0] == wanted:
                return True, time.monotonic() - began
            if time.monotonic() - began > within:
                return False, time.monotonic() - began
            await asyncio.sleep(0.02)

    async def watches(self, lists: int) -> bool:
        """Whether a watch is open, after so many lists, before long."""
        for _ in range(200):
            [status] = self.cache.statuses()
            if status.state == "watched" and self.told["Replaced"] >= lists:
                return True
            await asyncio.sleep(0.1)
        return False

    async def honest(self) -> bool:
        """Whether the cache equals a fresh LIST, or says that it is stale, or would ask: now, or before long.

        A change may be on its way for two seconds; it must then have come, or be known to be missing.
        """
        until = time.monotonic() + 2.0
        while True:
            wanted, found = await self.fresh(), self.cached()
            if found is None or found[1] or found[0] == wanted:
                return True
            if time.monotonic() > until:
                return False
            await asyncio.sleep(0.02)

    async def _sink(self, change: Any) -> None:
        self.told[type(change).__name__] = self.told.get(type(change).__name__, 0) + 1
        if not self.cache.tell(self.entry.token, change):
            asyncio.get_running_loop().call_soon(self.start)
            raise RuntimeError("to begin anew")

    async def _beat(self) -> None:
        while True:
            self.cache.beat("worker")
            await asyncio.sleep(0.5)


def rows(table: pa.Table) -> dict[tuple[str, str], dict[str, Any]]:
    """A table as objects; every key must be there once."""
    found = {(row["namespace"], row["name"]): row for row in table.to_pylist()}
    assert len(found) == table.num_rows
    return found

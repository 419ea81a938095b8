"""Following: which worker keeps which table current, and another one where that dies."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Iterator
from typing import Any

import msgspec
import pyarrow as pa
import ray
from ray.exceptions import RayError, RayTaskError

from homeperf_ray.actors.keys import Key
from homeperf_ray.actors.workers import Member, Workers
from homeperf_ray.cache.byte_budget import ByteBudget
from homeperf_ray.cache.followed import Piece
from homeperf_ray.cache.watched import Entry, Reading, Status, WatchedCache
from homeperf_ray.executor.follow_order import FollowOrder
from homeperf_ray.executor.job import CheckJob
from homeperf_ray.kube.changes import Change, Down
from homeperf_ray.kube.request import Request

REST = 0.5
"""Seconds before a reflector that has ended is begun anew."""

TAKE_OVER = 0.05
"""The same where its worker has died, and another one goes on."""

LARGE = 1 << 20
"""Bytes above which a piece lies in shared memory only; smaller ones are kept here too, for the next change."""

STREAMING = (1, 34)
"""The version of Kubernetes from which on servers have streaming lists."""


class Following:
    """A shell around ``cache.watched.WatchedCache``: one reflector a resource, in some worker, while it is used.

    What it holds is soft state. ``generation`` tells its tokens apart from those of an earlier life of the actor.
    """

    def __init__(self, workers: Workers, budget: ByteBudget, generation: str) -> None:
        self._workers = workers
        self._cache = WatchedCache[Key](
            clock=time.monotonic, budget=budget, generation=generation, shelf=_shelf, dropped=self._ended
        )
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._followed: dict[str, Member] = {}
        self._here = ray.get_runtime_context().current_actor

    def get(self, key: Key, max_age: float) -> Reading | None:
        """The table, where it is current or young enough; its pieces' handles are object references."""
        return self._cache.get(key, max_age)

    def worth_it(self, key: Key) -> bool:
        """Note that something was asked for; whether it should now be followed."""
        return self._cache.ask(key)

    def begin(
        self, key: Key, job: CheckJob, request: Request, server_version: str, seed: tuple[pa.Table, str, float] | None
    ) -> None:
        """Follow a request from now on, beginning with a table, its version and its age where there is one.

        Harmless where it is followed already.
        """
        if self._cache.has(key):
            return
        entry = self._cache.promote(key, *seed) if seed else self._cache.promote(key)
        order = FollowOrder(
            job=msgspec.structs.replace(job, run=f"follow-{entry.token}"),
            request=request,
            server=key[0],
            identity=key[1],
            streaming=_minor(server_version) >= STREAMING,
            refresh=min(max(job.max_age / 2, 5.0), 60.0),
        )
        self._tasks[entry.token] = asyncio.create_task(self._keep(entry, order))

    def tell(self, token: str, change: Change) -> bool:
        """Take a change in; False where nobody wants to know any more."""
        return self._cache.tell(token, change)

    def beat(self, worker: str) -> None:
        self._cache.beat(worker)

    def drop(self, key: Key) -> bool:
        """End following one request."""
        return self._cache.drop(key)

    def sweep(self) -> None:
        """Give up what nobody has asked for lately."""
        self._cache.sweep()

    def statuses(self) -> Iterator[Status[Key]]:
        return self._cache.statuses()

    async def _keep(self, entry: Entry[Key], order: FollowOrder) -> None:
        """Have some worker follow, and another one where it dies, until the entry is dropped."""
        while True:
            while not self._workers.members:  # noqa: ASYNC110 - nodes join at Ray's pace, seconds apart
                await asyncio.sleep(REST)
            member = self._choose()
            entry.owner = member.name
            self._followed[entry.token] = member
            # A run of its own has the worker read the kubeconfig anew.
            job = msgspec.structs.replace(order.job, run=f"{order.job.run}-{time.monotonic_ns():x}")
            now = msgspec.structs.replace(order, job=job, version=entry.version)
            try:
                down = await member.handle.follow.remote(self._here, entry.token, now)
            except RayTaskError as error:
                down = Down("error", f"its reflector failed: {type(error.cause).__name__}")
            except RayError:
                member.lost()
                down = Down("worker_lost", f"{member.name} died while it watched")
            if not self._cache.tell(entry.token, down):
                return
            await asyncio.sleep(TAKE_OVER if down.kind == "worker_lost" else REST)

    def _choose(self) -> Member:
        """The worker that lives and follows least."""
        load = [member.name for member in self._followed.values()]
        now = time.monotonic()
        return min(self._workers.members, key=lambda one: (one.down_until > now, load.count(one.name)))

    def _ended(self, entry: Entry[Key]) -> None:
        if task := self._tasks.pop(entry.token, None):
            task.cancel()
        if member := self._followed.pop(entry.token, None):
            member.handle.unfollow.remote(entry.token)


def _shelf(table: pa.Table) -> Piece:
    """Put a table into the object store, owned by this process."""
    ref: Any = ray.put(table)
    return Piece(ray.get(ref) if table.nbytes > LARGE else table, ref)


def _minor(version: str) -> tuple[int, int]:
    """(1, 34) of ``v1.34.1``; nothing of what is no version."""
    major, _, rest = version.lstrip("v").partition(".")
    with contextlib.suppress(ValueError):
        return int(major), int(rest.partition(".")[0].rstrip("+"))
    return (0, 0)

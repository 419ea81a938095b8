"""Tables: what one job reads of its server, from the cache where that is good enough, through a worker else."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import ray
from ray.exceptions import RayError

from homeperf_ray.actors.attempts import ATTEMPTS, SLACK, Attempts, sent_in_vain
from homeperf_ray.actors.following import Following
from homeperf_ray.actors.keys import Key
from homeperf_ray.actors.workers import Member
from homeperf_ray.cache.resource_cache import Loaded, ResourceCache
from homeperf_ray.executor.job import CheckJob
from homeperf_ray.executor.outcome import Failure, Fetched
from homeperf_ray.kube.request import Request
from homeperf_ray.kube.target import Target
from homeperf_ray.timings.operation import Operation


class CachedTable(msgspec.Struct, frozen=True):
    """A table in the object store, owned by the cache's process."""

    ref: Any
    rows: int
    version: str = ""


class _Unread(Exception):  # noqa: N818 - a failure on its way through the cache, never seen outside
    def __init__(self, fetched: Fetched) -> None:
        super().__init__()
        self.fetched = fetched


class Tables:
    """Every request is answered once. A table is a tuple of object references, each of some of its rows.

    What is asked for often is followed from then on. One namespace is answered from the whole cluster's table where
    that is held for the same identity: whoever may list everywhere may list there.
    """

    def __init__(
        self,
        cache: ResourceCache[Key, Any],
        following: Following,
        target: Target,
        job: CheckJob,
        attempts: Attempts,
    ) -> None:
        self._cache = cache
        self._following = following
        self._target = target
        self._job = job
        self._attempts = attempts

    async def read(self, request: Request, queued: float, server_version: str) -> Fetched:
        """The outcome of one request, which has waited since ``queued`` (``time.perf_counter()``)."""
        if request.namespace is not None and (part := await self._of_the_whole(request)):
            return part
        key, max_age = self._key(request), self._job.max_age
        worth_it = max_age > 0 and not request.passing and self._following.worth_it(key)
        if reading := self._following.get(key, max_age):
            hit = self._hit(request, "watch" if reading.live else "hit", reading.rows, reading.age)
            return Fetched(
                request=request,
                table=tuple(piece.handle for piece in reading.pieces),
                rows=reading.rows,
                age=reading.age,
                stale=reading.stale,
                operations=(hit,),
            )
        fetched = await self._through_the_cache(request, key, queued)
        if worth_it and fetched.failure is None:
            await self._promote(request, key, fetched, server_version)
        return fetched

    def forget(self) -> None:
        """Forget everything that is kept for this server and identity: what is lost is read again."""

        def mine(key: Key) -> bool:
            return key[:2] == (self._target.server_id, self._target.identity)

        self._cache.invalidate(mine)
        for key in [status.key for status in self._following.statuses() if mine(status.key)]:
            self._following.drop(key)

    def _key(self, request: Request) -> Key:
        return (self._target.server_id, self._target.identity, request)

    async def _of_the_whole(self, request: Request) -> Fetched | None:
        """One namespace of the table of all, where that is current or young enough."""
        key, max_age = self._key(msgspec.structs.replace(request, namespace=None)), self._job.max_age
        reading = self._following.get(key, max_age)
        if reading and not reading.stale:
            how, age, parts = "watch" if reading.live else "hit", reading.age, [one.table for one in reading.pieces]
        elif found := self._cache.get(key, max_age):
            try:
                how, age, parts = "hit", found.age, [await found.value.ref]
            except RayError:
                return None
        else:
            return None
        table = of_namespace(parts, request.namespace or "")
        hit = self._hit(request, how, table.num_rows, age)
        return Fetched(request=request, table=(ray.put(table),), rows=table.num_rows, age=age, operations=(hit,))

    async def _promote(self, request: Request, key: Key, fetched: Fetched, server_version: str) -> None:
        """Follow what is asked for often, from the list that was just given out."""
        with contextlib.suppress(RayError):
            table = await fetched.table[0]
            seed = (table, fetched.version, fetched.age) if fetched.version else None
            self._following.begin(key, self._job, request, server_version, seed)
            if seed:
                self._cache.invalidate(lambda other: other == key)

    async def _through_the_cache(self, request: Request, key: Key, queued: float) -> Fetched:
        outcome: list[Fetched] = []

        async def load() -> Loaded[CachedTable]:
            async with self._attempts.kubelet_slots if request.kubelet else self._attempts.slots:
                fetched, size = await self._load(request, time.perf_counter() - queued)
            outcome.append(fetched)
            if fetched.failure:
                raise _Unread(fetched)
            return Loaded(CachedTable(fetched.table, fetched.rows, fetched.version), size)

        try:
            found = await self._cache.through(key, self._job.max_age, load)
        except _Unread as unread:
            if outcome:
                return unread.fetched
            return msgspec.structs.replace(unread.fetched, operations=())
        if not found.hit:
            operations = tuple(msgspec.structs.replace(row, cache="miss") for row in outcome[0].operations)
            return msgspec.structs.replace(outcome[0], table=(outcome[0].table,), operations=operations)
        return Fetched(
            request=request,
            table=(found.value.ref,),
            rows=found.value.rows,
            age=found.age,
            version=found.value.version,
            operations=(self._hit(request, "hit", found.value.rows, found.age),),
        )

    async def _load(self, request: Request, queue: float) -> tuple[Fetched, int]:
        """Read one LIST through some worker; the table, of so many bytes, is then owned by this process."""
        resource = str(request.served.resource)
        tables: list[Any] = []

        def call(member: Member) -> Awaitable[Any]:
            outcome, table = member.handle.fetch.remote(self._job, request, self._attempts.left(), queue)
            tables[:] = [table]
            return outcome  # type: ignore[no-any-return]

        lost: tuple[Operation, ...] = ()
        for _ in range(ATTEMPTS):
            fetched, died = await self._attempts.on_a_worker(_kind(request), resource, call, request.namespace or "")
            lost += died
            if fetched is None or fetched.failure is not None:
                break
            with contextlib.suppress(RayError, TimeoutError):
                async with asyncio.timeout(self._attempts.left() + SLACK):
                    table = await tables[0]
                whole = msgspec.structs.replace(fetched, table=ray.put(table), operations=(*lost, *fetched.operations))
                return whole, table.nbytes
            lost += tuple(sent_in_vain(row) for row in fetched.operations)
            fetched = None
        if fetched is None:
            failure = Failure(
                "unreachable",
                f"cannot list {resource}: no worker of the runtime lived long enough to read it",
                "See homeperf status, or run without the runtime: --runner local",
            )
            return Fetched(request=request, failure=failure, operations=lost), 0
        return msgspec.structs.replace(fetched, operations=(*lost, *fetched.operations)), 0

    def _hit(self, request: Request, how: str, items: int, age: float) -> Operation:
        return Operation(
            kind=_kind(request),
            started=time.time(),
            run=self._job.run,
            worker="cache",
            context=self._target.context,
            resource=str(request.served.resource),
            namespace=request.namespace or "",
            cache=how,
            items=items,
            age=age,
        )


def of_namespace(parts: list[pa.Table], namespace: str) -> pa.Table:
    """The rows of one namespace, of a table in parts of one schema."""
    wanted = pa.array([namespace], pa.string())
    return pa.concat_tables(part.filter(pc.is_in(part.column("namespace"), value_set=wanted)) for part in parts)


def _kind(request: Request) -> str:
    """The kind of the operation that answers a request."""
    return "kubelet" if request.kubelet else "list"

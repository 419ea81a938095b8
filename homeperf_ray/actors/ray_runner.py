"""RayRunner: the runner that spreads a job over the NodeWorkers and keeps what they read in the cache."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar

import msgspec
import pyarrow as pa
import ray
from ray.exceptions import ObjectLostError, RayError, RayTaskError

from homeperf_ray.actors.following import Following
from homeperf_ray.actors.keys import Key
from homeperf_ray.actors.workers import Member, Workers
from homeperf_ray.cache.resource_cache import Loaded, ResourceCache
from homeperf_ray.checks.finding import Finding, Judgement
from homeperf_ray.checks.registry import CODES, by_name
from homeperf_ray.executor.batch import Batch, Judged
from homeperf_ray.executor.each import each
from homeperf_ray.executor.inside import Inside, Unasked
from homeperf_ray.executor.job import CheckJob
from homeperf_ray.executor.look import Look, Looked
from homeperf_ray.executor.outcome import Failure, Fetched
from homeperf_ray.kube.discovery import Discovered
from homeperf_ray.kube.errors import KubeError, Unreachable
from homeperf_ray.kube.kubelets import AT_ONCE
from homeperf_ray.kube.request import Request
from homeperf_ray.kube.resources import GroupResource
from homeperf_ray.kube.target import Target
from homeperf_ray.timings.operation import Operation

ATTEMPTS = 5
"""How often a request is handed to a worker; each time but the last, the worker died."""

SLACK = 1.0
"""Seconds that a worker may be late with its answer before its caller gives it up."""

DISCOVERY_AGE = 600.0

T = TypeVar("T")


class CachedTable(msgspec.Struct, frozen=True):
    """A table in the object store, owned by the cache's process."""

    ref: Any
    rows: int
    version: str = ""


class _Unread(Exception):  # noqa: N818 - a failure on its way through the cache, never seen outside
    def __init__(self, fetched: Fetched) -> None:
        super().__init__()
        self.fetched = fetched


class _Unasked(Exception):  # noqa: N818 - as _Unread
    def __init__(self, inside: Inside) -> None:
        super().__init__()
        self.inside = inside


_LOST = Failure(
    "unreachable",
    "no worker of the runtime lived long enough to ask Ceph",
    "See homeperf status, or run without the runtime: --runner local",
)


class RayRunner:
    """Runs one job for one target. Every request is answered once: from the cache, by a worker, or with a failure.

    A request whose worker dies is handed to another one; the lost attempt is an operation of its own, with the error
    ``worker_lost``. What is asked for often is followed from then on. A table is a tuple of object references, each of
    some of its rows.
    """

    name = "ray"

    def __init__(
        self, workers: Workers, cache: ResourceCache[Key, Any], following: Following, target: Target, job: CheckJob
    ) -> None:
        self._members = workers
        self._following = following
        self._server_version = ""
        self.workers = len(workers.members)
        self._cache = cache
        self._target = target
        self._slots = asyncio.Semaphore(job.concurrency)
        self._kubelet_slots = asyncio.Semaphore(AT_ONCE)
        self._deadline = time.monotonic() + job.timeout

    async def discover(self, job: CheckJob, groups: frozenset[str]) -> Discovered:
        """Discovery, from the cache for ten minutes; a run that needs more groups asks for the old ones too."""
        key = (self._target.server_id, self._target.identity, "discovery")
        max_age = DISCOVERY_AGE if job.max_age > 0 else 0.0
        known = self._cache.get(key, max_age)
        if known is not None and not groups <= known.value.discovery.groups:
            groups |= known.value.discovery.groups
            max_age = 0.0

        async def load() -> Loaded[Discovered]:
            found, lost = await self._on_a_worker(
                job, "discover", "discovery", lambda member: member.handle.discover.remote(job, groups, self._left())
            )
            if found is None:
                error = Unreachable("every worker died while it read the server's discovery", "See homeperf status.")
                raise _Undiscovered(Discovered(error=error, operations=lost))
            found = msgspec.structs.replace(found, operations=(*lost, *found.operations))
            if found.discovery is None or found.discovery.unavailable:
                raise _Undiscovered(found)
            return Loaded(found, 0)

        try:
            found = await self._cache.through(key, max_age, load)
        except _Undiscovered as unread:
            return unread.found
        discovered: Discovered = found.value
        self._server_version = discovered.discovery.version if discovered.discovery else ""
        return msgspec.structs.replace(discovered, operations=()) if found.hit else discovered

    async def fetch(self, job: CheckJob, requests: Sequence[Request]) -> AsyncIterator[Fetched]:
        queued = time.perf_counter()
        async for fetched in each(self._one(job, request, queued) for request in requests):
            yield fetched

    async def evaluate(
        self, job: CheckJob, batches: Sequence[Batch], tables: Mapping[GroupResource, Sequence[Any]]
    ) -> AsyncIterator[Judged]:
        refs: dict[GroupResource, Sequence[Any]] = {
            resource: [ref for table in parts for ref in table] for resource, parts in tables.items()
        }
        async for judged in each(self._judge(job, batch, refs) for batch in batches):
            yield judged

    async def look(self, job: CheckJob, looks: Sequence[Look]) -> AsyncIterator[Looked]:
        async for looked in each(self._look(job, look) for look in looks):
            yield looked

    async def inside(self, job: CheckJob) -> Inside:
        """What the toolboxes say, from the cache where it is young enough and was told in full."""
        key = (self._target.server_id, self._target.identity, f"inside {','.join(job.namespaces or ())}")

        async def load() -> Loaded[Inside]:
            async with self._slots:
                found, lost = await self._on_a_worker(
                    job, "exec", "pods/exec", lambda member: member.handle.inside.remote(job, self._left())
                )
            found = found or Inside(unasked=(Unasked("", "", _LOST),))
            found = msgspec.structs.replace(found, operations=(*lost, *found.operations))
            if found.unasked:
                raise _Unasked(found)
            return Loaded(found, len(msgspec.msgpack.encode(found.reports)))

        try:
            found = await self._cache.through(key, job.max_age, load)
        except _Unasked as unasked:
            return unasked.inside
        inside: Inside = found.value
        if not found.hit:
            return inside
        note = f"what Ceph says of itself is as of {found.age:.0f} s ago"
        return msgspec.structs.replace(inside, operations=(), notes=(*inside.notes, note))

    async def read(self, table: Any) -> pa.Table | None:
        try:
            parts = [await ref for ref in table]
        except RayError:
            return None
        return pa.concat_tables(parts, promote_options="default")

    def target(self, job: CheckJob) -> Target:
        return self._target

    async def close(self) -> None:
        pass

    async def _one(self, job: CheckJob, request: Request, queued: float) -> Fetched:
        key = (self._target.server_id, self._target.identity, request)
        worth_it = job.max_age > 0 and not request.passing and self._following.worth_it(key)
        if reading := self._following.get(key, job.max_age):
            hit = self._operation(
                job, request, cache="watch" if reading.live else "hit", items=reading.rows, age=reading.age
            )
            return Fetched(
                request=request,
                table=tuple(piece.handle for piece in reading.pieces),
                rows=reading.rows,
                age=reading.age,
                stale=reading.stale,
                operations=(hit,),
            )
        fetched = await self._through_the_cache(job, request, key, queued)
        if worth_it and fetched.failure is None:
            await self._promote(job, request, key, fetched)
        return fetched

    async def _promote(self, job: CheckJob, request: Request, key: Key, fetched: Fetched) -> None:
        """Follow what is asked for often, from the list that was just given out."""
        with contextlib.suppress(RayError):
            table = await fetched.table[0]
            seed = (table, fetched.version, fetched.age) if fetched.version else None
            self._following.begin(key, job, request, self._server_version, seed)
            if seed:
                self._cache.invalidate(lambda other: other == key)

    async def _through_the_cache(self, job: CheckJob, request: Request, key: Key, queued: float) -> Fetched:
        outcome: list[Fetched] = []

        async def load() -> Loaded[CachedTable]:
            async with self._kubelet_slots if request.kubelet else self._slots:
                fetched, size = await self._read(job, request, time.perf_counter() - queued)
            outcome.append(fetched)
            if fetched.failure:
                raise _Unread(fetched)
            return Loaded(CachedTable(fetched.table, fetched.rows, fetched.version), size)

        try:
            found = await self._cache.through(key, job.max_age, load)
        except _Unread as unread:
            if outcome:
                return unread.fetched
            return msgspec.structs.replace(unread.fetched, operations=())
        if not found.hit:
            operations = tuple(msgspec.structs.replace(row, cache="miss") for row in outcome[0].operations)
            return msgspec.structs.replace(outcome[0], table=(outcome[0].table,), operations=operations)
        hit = self._operation(job, request, cache="hit", items=found.value.rows, age=found.age)
        return Fetched(
            request=request,
            table=(found.value.ref,),
            rows=found.value.rows,
            age=found.age,
            version=found.value.version,
            operations=(hit,),
        )

    async def _read(self, job: CheckJob, request: Request, queue: float) -> tuple[Fetched, int]:
        """Read one LIST through some worker; the table is then owned by this process."""
        resource = str(request.served.resource)
        tables: list[Any] = []

        def call(member: Member) -> Awaitable[Any]:
            outcome, table = member.handle.fetch.remote(job, request, self._left(), queue)
            tables[:] = [table]
            return outcome  # type: ignore[no-any-return]

        lost: tuple[Operation, ...] = ()
        for _ in range(ATTEMPTS):
            fetched, died = await self._on_a_worker(job, _kind(request), resource, call, request.namespace or "")
            lost += died
            if fetched is None or fetched.failure is not None:
                break
            with contextlib.suppress(RayError, TimeoutError):
                async with asyncio.timeout(self._left() + SLACK):
                    table = await tables[0]
                whole = msgspec.structs.replace(fetched, table=ray.put(table), operations=(*lost, *fetched.operations))
                return whole, table.nbytes
            lost += tuple(_sent_in_vain(row) for row in fetched.operations)
            fetched = None
        if fetched is None:
            failure = Failure(
                "unreachable",
                f"cannot list {resource}: no worker of the runtime lived long enough to read it",
                "See homeperf status, or run without the runtime: --runner local",
            )
            return Fetched(request=request, failure=failure, operations=lost), 0
        return msgspec.structs.replace(fetched, operations=(*lost, *fetched.operations)), 0

    async def _look(self, job: CheckJob, look: Look) -> Looked:
        """One look, from the cache where it is young enough: what could not be read is not asked for again at once.

        One whose worker died is not kept.
        """
        key = (self._target.server_id, self._target.identity, look)

        async def load() -> Loaded[Looked]:
            async with self._slots:
                looked, lost = await self._on_a_worker(
                    job, "detail", "events", lambda member: member.handle.look.remote(job, look, self._left())
                )
            looked = looked or Looked(look=look)
            looked = msgspec.structs.replace(looked, operations=(*lost, *looked.operations))
            if lost:
                raise _Unlooked(looked)
            return Loaded(looked, sum(map(len, looked.log)) + sum(len(event.message) for event in looked.events))

        try:
            found = await self._cache.through(key, job.max_age, load)
        except _Unlooked as unlooked:
            return unlooked.looked
        looked: Looked = found.value
        return msgspec.structs.replace(looked, operations=()) if found.hit else looked

    async def _judge(self, job: CheckJob, batch: Batch, tables: dict[GroupResource, Sequence[Any]]) -> Judged:
        try:
            judged, lost = await self._on_a_worker(
                job, "evaluate", ",".join(batch.checks), lambda member: member.handle.judge.remote(job, batch, tables)
            )
        except RayTaskError as error:
            if not isinstance(error.cause, ObjectLostError):
                raise
            self._forget()
            raise Unreachable(
                "tables of the cache were lost in the object store, and are forgotten now", "Run again."
            ) from None
        if judged is None:
            return Judged(judgements=tuple(_unjudged(name) for name in batch.checks), operations=lost)
        return msgspec.structs.replace(judged, operations=(*lost, *judged.operations))  # type: ignore[no-any-return]

    def _forget(self) -> None:
        """Forget everything that is kept for this server and identity: what is lost is read again."""

        def mine(key: Key) -> bool:
            return key[:2] == (self._target.server_id, self._target.identity)

        self._cache.invalidate(mine)
        for key in [status.key for status in self._following.statuses() if mine(status.key)]:
            self._following.drop(key)

    async def _on_a_worker(
        self, job: CheckJob, kind: str, resource: str, call: Callable[[Member], Awaitable[Any]], namespace: str = ""
    ) -> tuple[Any, tuple[Operation, ...]]:
        """What one worker answers, None where none did, and an operation for each worker that died over it."""
        lost: list[Operation] = []
        for _ in range(ATTEMPTS):
            member = self._members.choose()
            started, clock = time.time(), time.perf_counter()
            member.outstanding += 1
            try:
                async with asyncio.timeout(self._left() + SLACK):
                    return await _answer(call(member)), tuple(lost)
            except RayTaskError as error:
                if isinstance(error.cause, KubeError):
                    raise error.cause from None
                raise
            except (RayError, TimeoutError) as error:
                member.lost()
                lost.append(
                    Operation(
                        kind=kind,
                        started=started,
                        run=job.run,
                        node=member.node,
                        worker=member.name,
                        pid=member.pid,
                        context=self._target.context,
                        resource=resource,
                        namespace=namespace,
                        total=time.perf_counter() - clock,
                        sent=int(kind == "list"),
                        retries=int(kind == "list"),
                        error="worker_lost",
                    )
                )
                if isinstance(error, TimeoutError) or self._left() <= 0:
                    break
                await asyncio.sleep(0.05)
            finally:
                member.outstanding -= 1
        return None, tuple(lost)

    def _operation(self, job: CheckJob, request: Request, *, cache: str, items: int, age: float) -> Operation:
        return Operation(
            kind=_kind(request),
            started=time.time(),
            run=job.run,
            worker="cache",
            context=self._target.context,
            resource=str(request.served.resource),
            namespace=request.namespace or "",
            cache=cache,
            items=items,
            age=age,
        )

    def _left(self) -> float:
        return max(self._deadline - time.monotonic(), 0.0)


def _sent_in_vain(operation: Operation) -> Operation:
    """An operation whose outcome was lost with its worker, as one that is done again."""
    return msgspec.structs.replace(operation, page=0, retries=operation.sent, error="worker_lost")


def _unjudged(name: str) -> Judgement:
    """What is said of a check whose workers all died, or fell silent, while they evaluated it."""
    code, check = CODES["HP003"], by_name(name)
    message = f"the check {name} was not done: no worker of the runtime answered in time"
    hint = "See homeperf status, or run without the runtime: --runner local"
    return Judgement(name, 1, (Finding(code.id, code.severity, check.domain, "", f"Check/{name}", message, hint),))


async def _answer(ref: Any) -> Any:
    """What a worker answers; where nobody waits for it any more, the worker stops too."""
    try:
        return await ref
    except asyncio.CancelledError:
        ray.cancel(ref)
        raise


class _Undiscovered(Exception):  # noqa: N818 - a failure on its way through the cache, never seen outside
    def __init__(self, found: Discovered) -> None:
        super().__init__()
        self.found = found


class _Unlooked(Exception):  # noqa: N818 - an outcome on its way past the cache, never seen outside
    def __init__(self, looked: Looked) -> None:
        super().__init__()
        self.looked = looked


def _kind(request: Request) -> str:
    """The kind of the operation that answers a request."""
    return "kubelet" if request.kubelet else "list"

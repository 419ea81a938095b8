"""RayRunner: the runner that spreads a job over the NodeWorkers and keeps what they read in the cache."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

import msgspec
import pyarrow as pa
from ray.exceptions import ObjectLostError, RayError, RayTaskError

from homeperf_ray.actors.attempts import Attempts
from homeperf_ray.actors.following import Following
from homeperf_ray.actors.keys import Key
from homeperf_ray.actors.tables import Tables
from homeperf_ray.actors.workers import Workers
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
from homeperf_ray.kube.errors import Unreachable
from homeperf_ray.kube.request import Request
from homeperf_ray.kube.resources import GroupResource
from homeperf_ray.kube.target import Target

DISCOVERY_AGE = 600.0


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
    """Runs one job for one target. Every request is answered once: from the cache, by a worker, or with a failure."""

    name = "ray"

    def __init__(
        self, workers: Workers, cache: ResourceCache[Key, Any], following: Following, target: Target, job: CheckJob
    ) -> None:
        self.workers = len(workers.members)
        self._server_version = ""
        self._cache = cache
        self._target = target
        self._attempts = Attempts(workers, job, target.context)
        self._tables = Tables(cache, following, target, job, self._attempts)

    async def discover(self, job: CheckJob, groups: frozenset[str]) -> Discovered:
        """Discovery, from the cache for ten minutes; a run that needs more groups asks for the old ones too."""
        key = (self._target.server_id, self._target.identity, "discovery")
        max_age = DISCOVERY_AGE if job.max_age > 0 else 0.0
        known = self._cache.get(key, max_age)
        if known is not None and not groups <= known.value.discovery.groups:
            groups |= known.value.discovery.groups
            max_age = 0.0

        async def load() -> Loaded[Discovered]:
            found, lost = await self._attempts.on_a_worker(
                "discover",
                "discovery",
                lambda member: member.handle.discover.remote(job, groups, self._attempts.left()),
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
        async for fetched in each(self._tables.read(request, queued, self._server_version) for request in requests):
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
        mine: list[Inside] = []

        async def load() -> Loaded[Inside]:
            async with self._attempts.slots:
                found, lost = await self._attempts.on_a_worker(
                    "exec", "pods/exec", lambda member: member.handle.inside.remote(job, self._attempts.left())
                )
            found = found or Inside(unasked=(Unasked("", "", _LOST),))
            found = msgspec.structs.replace(found, operations=(*lost, *found.operations))
            mine.append(found)
            if found.unasked:
                raise _Unasked(found)
            return Loaded(found, len(msgspec.msgpack.encode(found.reports)))

        try:
            found = await self._cache.through(key, job.max_age, load)
        except _Unasked as unasked:
            return unasked.inside if mine else msgspec.structs.replace(unasked.inside, operations=())
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

    async def _look(self, job: CheckJob, look: Look) -> Looked:
        """One look, from the cache where it is young enough: what could not be read is not asked for again at once.

        One whose worker died is not kept.
        """
        key = (self._target.server_id, self._target.identity, look)

        async def load() -> Loaded[Looked]:
            async with self._attempts.slots:
                looked, lost = await self._attempts.on_a_worker(
                    "detail", "events", lambda member: member.handle.look.remote(job, look, self._attempts.left())
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
            judged, lost = await self._attempts.on_a_worker(
                "evaluate", ",".join(batch.checks), lambda member: member.handle.judge.remote(job, batch, tables)
            )
        except RayTaskError as error:
            if not isinstance(error.cause, ObjectLostError):
                raise
            self._tables.forget()
            raise Unreachable(
                "tables of the cache were lost in the object store, and are forgotten now", "Run again."
            ) from None
        if judged is None:
            return Judged(judgements=tuple(_unjudged(name) for name in batch.checks), operations=lost)
        return msgspec.structs.replace(judged, operations=(*lost, *judged.operations))  # type: ignore[no-any-return]


def _unjudged(name: str) -> Judgement:
    """What is said of a check whose workers all died, or fell silent, while they evaluated it."""
    code, check = CODES["HP003"], by_name(name)
    message = f"the check {name} was not done: no worker of the runtime answered in time"
    hint = "See homeperf status, or run without the runtime: --runner local"
    return Judgement(name, 1, (Finding(code.id, code.severity, check.domain, "", f"Check/{name}", message, hint),))


class _Undiscovered(Exception):  # noqa: N818 - a failure on its way through the cache, never seen outside
    def __init__(self, found: Discovered) -> None:
        super().__init__()
        self.found = found


class _Unlooked(Exception):  # noqa: N818 - an outcome on its way past the cache, never seen outside
    def __init__(self, looked: Looked) -> None:
        super().__init__()
        self.looked = looked

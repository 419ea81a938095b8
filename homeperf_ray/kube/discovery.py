"""Discovery: which resources a server serves, and in which version."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from pathlib import Path

import msgspec

from homeperf_ray.kube.connection import Answer, Connection
from homeperf_ray.kube.discovery_cache import CachedGroup, read_cache, write_cache
from homeperf_ray.kube.discovery_documents import ACCEPT, ROOT, Group, read_resources, read_root, read_version
from homeperf_ray.kube.errors import ConfigError, KubeError, Unauthorized, Unreachable
from homeperf_ray.kube.resources import CORE, GroupResource, ServedResource
from homeperf_ray.timings.operation import Operation


class Discovery(msgspec.Struct, frozen=True):
    """What one server serves to one identity, as far as ``groups`` were asked for.

    ``server`` and ``identity`` are opaque digests: of the API server (its CA and address) and of the credentials.
    ``resources`` are those that can be listed. ``unavailable`` names the groups that the server could not describe,
    each with the reason: their backend is down, or the answer was not what it should be.
    """

    server: str
    identity: str
    version: str
    groups: frozenset[str]
    resources: tuple[ServedResource, ...]
    unavailable: tuple[tuple[str, str], ...] = ()

    def served(self, resource: GroupResource) -> ServedResource | None:
        """The resource in the version that the server prefers, or None where it is not served."""
        return next((served for served in self.resources if served.resource == resource), None)


class Discovered(msgspec.Struct, frozen=True, kw_only=True):
    """``discovery`` or ``error``, and one operation a document; none where the disk cache knew it all."""

    discovery: Discovery | None = None
    error: KubeError | None = None
    operations: tuple[Operation, ...] = ()


async def discover(
    connection: Connection, groups: frozenset[str], *, cache_dir: Path | None, deadline: float | None = None
) -> Discovered:
    """What the server serves of ``groups`` (the core group is ``""``), from the disk cache where it is fresh.

    The core group is known beforehand: it has been the same since Kubernetes 1.0, as far as homeperf reads it.
    A group whose backend is down is reported in ``unavailable``. Only what makes every group unreadable is an error:
    no connection, no credentials, or no readable answer at all.
    """
    target = connection.target
    cached = read_cache(cache_dir, target, time.time()) if cache_dir else None
    known = {name: group for name, group in cached.groups.items() if name in groups} if cached else {}
    inquiry = _Inquiry(connection, deadline)
    try:
        fetched = await inquiry.groups(groups - known.keys() - {""}, version=cached.version if cached else "")
    except KubeError as error:
        return Discovered(error=error.with_traceback(None), operations=tuple(inquiry.operations))
    if cache_dir and fetched:
        now = time.time()
        fresh = {name: CachedGroup(now, group.resources) for name, group in fetched.items() if not group.unavailable}
        write_cache(cache_dir, target, inquiry.version, {**(cached.groups if cached else {}), **fresh})
    resources = list(CORE) if "" in groups else []
    resources += [resource for cached_group in known.values() for resource in cached_group.resources]
    resources += [resource for group in fetched.values() for resource in group.resources]
    unavailable = [(name, group.unavailable) for name, group in fetched.items() if group.unavailable]
    return Discovered(
        discovery=Discovery(
            server=target.server_id,
            identity=target.identity,
            version=inquiry.version,
            groups=groups,
            resources=tuple(sorted(resources)),
            unavailable=tuple(sorted(unavailable)),
        ),
        operations=tuple(inquiry.operations),
    )


class _Inquiry:
    """One round of questions to a server."""

    def __init__(self, connection: Connection, deadline: float | None) -> None:
        self.operations: list[Operation] = []
        self.version = ""
        self._connection = connection
        self._deadline = deadline

    async def groups(self, wanted: frozenset[str], *, version: str) -> dict[str, Group]:
        """Every wanted group, in one round trip to a server of 1.26 or later, else in two. Raises KubeError."""
        self.version = version
        answer, told = await asyncio.gather(
            self._get(ROOT, ACCEPT) if wanted else _nothing(), self._get("/version") if not version else _nothing()
        )
        self.version = version or read_version(told.body if told else b"")
        if answer is None:
            if told and isinstance(told.error, (Unauthorized, Unreachable, ConfigError)):
                raise told.error
            return {}
        return await self._described(answer, wanted)

    async def _described(self, answer: Answer, wanted: Iterable[str]) -> dict[str, Group]:
        if answer.error is not None:
            raise answer.error
        listed = read_root(answer.body)
        found = {name: Group(()) for name in wanted}
        plain = []
        for name in wanted:
            described = listed.get(name)
            if isinstance(described, Group):
                found[name] = described
            elif described:
                plain.append(self._asked_each(name, described))
        return found | dict(await asyncio.gather(*plain))

    async def _asked_each(self, name: str, versions: tuple[str, ...]) -> tuple[str, Group]:
        """One group of an old server, version by version: each resource in the first version that lists it."""
        answers = await asyncio.gather(*(self._get(f"{ROOT}/{name}/{version}") for version in versions))
        found: dict[GroupResource, ServedResource] = {}
        faults = []
        for version, answer in zip(versions, answers, strict=True):
            try:
                if answer.error is not None:
                    raise answer.error
                for resource in read_resources(name, version, answer.body):
                    found.setdefault(resource.resource, resource)
            except (Unauthorized, Unreachable, ConfigError):
                raise
            except KubeError as error:
                faults.append(error.message)
        return name, Group(tuple(found.values()), faults[0] if faults and not found else "")

    async def _get(self, path: str, accept: str = "application/json") -> Answer:
        operation = Operation(kind="discover", started=time.time(), resource=path)
        answer = await self._connection.get(path, operation=operation, accept=accept, deadline=self._deadline)
        self.operations.append(answer.operation)
        return answer


async def _nothing() -> None:
    return None

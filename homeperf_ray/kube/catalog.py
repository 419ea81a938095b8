"""The catalog: every resource type that a server lists, under all of its names. What ``get`` looks words up in."""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
from collections.abc import Iterable
from pathlib import Path

import msgspec

from homeperf_ray.kube.connection import Answer, Getter
from homeperf_ray.kube.discovery_cache import FORGOTTEN_SECONDS, FRESH_SECONDS
from homeperf_ray.kube.discovery_documents import (
    ACCEPT,
    DocumentMetadata,
    PlainGroup,
    ResponseKind,
    bad_document,
    decoded,
    versions_of,
)
from homeperf_ray.kube.errors import KubeError
from homeperf_ray.kube.naming import Named
from homeperf_ray.kube.own_file import read_own, tidy, write_own
from homeperf_ray.kube.resources import GroupResource, ServedResource
from homeperf_ray.kube.target import Target
from homeperf_ray.timings.operation import Operation

_FORMAT = 1
_NAME = re.compile(r"[a-z0-9][-a-z0-9.]*\Z")
_KIND = re.compile(r"[A-Za-z][A-Za-z0-9]*\Z")


class Catalog(msgspec.Struct, frozen=True, kw_only=True):
    """``named`` in the order in which the server prefers them, the core group first.

    ``faults`` are the groups that could not be described, with the reason.
    """

    named: tuple[Named, ...]
    faults: tuple[str, ...] = ()


class _Cached(msgspec.Struct, frozen=True, kw_only=True):
    format: int
    server: str
    identity: str
    at: float
    named: tuple[Named, ...]


class _Aggregated(msgspec.Struct, rename="camel", frozen=True):
    resource: str
    response_kind: ResponseKind | None = None
    scope: str = ""
    singular_resource: str = ""
    verbs: tuple[str, ...] = ()
    short_names: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()


class _AggregatedVersion(msgspec.Struct, frozen=True):
    version: str
    resources: tuple[_Aggregated, ...] | None = None
    freshness: str = ""


class _AggregatedGroup(msgspec.Struct, frozen=True):
    metadata: DocumentMetadata = DocumentMetadata()
    versions: tuple[_AggregatedVersion, ...] | None = None


class _Root(msgspec.Struct, frozen=True):
    """APIGroupDiscoveryList (``items``), APIGroupList (``groups``) or APIVersions (``versions``)."""

    kind: str = ""
    items: tuple[_AggregatedGroup, ...] | None = None
    groups: tuple[PlainGroup, ...] | None = None


class _Plain(msgspec.Struct, rename="camel", frozen=True):
    name: str
    singular_name: str = ""
    kind: str = ""
    namespaced: bool = False
    verbs: tuple[str, ...] | None = None
    short_names: tuple[str, ...] | None = None
    categories: tuple[str, ...] | None = None


class _PlainList(msgspec.Struct, frozen=True):
    resources: tuple[_Plain, ...] | None = None


async def read_catalog(
    connection: Getter, *, cache_dir: Path | None, deadline: float | None = None
) -> tuple[Catalog, tuple[Operation, ...]]:
    """The catalog, from the disk where it is younger than ten minutes, and the operations that it took.

    A group whose backend is down is among the ``faults`` and not kept. Raises KubeError where nothing can be read.
    """
    target = connection.target
    if cache_dir and (kept := _kept(cache_dir, target)):
        return Catalog(named=kept), ()
    inquiry = _Inquiry(connection, deadline)
    catalog = await inquiry.everything()
    if cache_dir and not catalog.faults:
        content = _Cached(
            format=_FORMAT, server=target.server_id, identity=target.identity, at=time.time(), named=catalog.named
        )
        write_own(_file(cache_dir, target), msgspec.json.encode(content))
        tidy(cache_dir, "catalog-*", FORGOTTEN_SECONDS)
    return catalog, tuple(inquiry.operations)


def forget_catalog(directory: Path, target: Target) -> None:
    """Remove what is kept of a server and identity, as when a resource that it promised is not there."""
    with contextlib.suppress(OSError):
        _file(directory, target).unlink(missing_ok=True)


class _Inquiry:
    """One round of questions: two documents of a server of 1.26 or later, one a group and version of an older one."""

    def __init__(self, connection: Getter, deadline: float | None) -> None:
        self.operations: list[Operation] = []
        self._connection = connection
        self._deadline = deadline
        self._faults: list[str] = []

    async def everything(self) -> Catalog:
        core, groups = await asyncio.gather(self._get("/api", ACCEPT), self._get("/apis", ACCEPT))
        for answer in (core, groups):
            if answer.error is not None:
                raise answer.error
        described = [*await self._described("/api", core), *await self._described("/apis", groups)]
        return Catalog(named=tuple(_first(described)), faults=tuple(self._faults))

    async def _described(self, path: str, answer: Answer) -> list[Named]:
        root = decoded(path, answer.body, _Root)
        if root.kind == "APIGroupDiscoveryList":
            return [named for group in root.items or () for named in self._aggregated(group)]
        if root.kind == "APIVersions":
            return await self._plain("", "v1")
        if root.kind != "APIGroupList":
            raise bad_document(path)
        asked = [
            self._plain(group.name, version)
            for group in root.groups or ()
            if _NAME.match(group.name)
            for version in versions_of(group)
            if _NAME.match(version)
        ]
        return [named for found in await asyncio.gather(*asked) for named in found]

    def _aggregated(self, group: _AggregatedGroup) -> Iterable[Named]:
        name = group.metadata.name
        for version in group.versions or ():
            if version.freshness == "Stale" and not version.resources:
                self._faults.append(f"{name}/{version.version}: its backend does not answer")
            for one in version.resources or ():
                kind = one.response_kind.kind if one.response_kind else ""
                served = _served(name, version.version, one.resource, kind, namespaced=one.scope == "Namespaced")
                if served and "list" in one.verbs:
                    yield Named(served, one.singular_resource, one.short_names, one.categories)

    async def _plain(self, group: str, version: str) -> list[Named]:
        path = f"/apis/{group}/{version}" if group else f"/api/{version}"
        answer = await self._get(path)
        try:
            if answer.error is not None:
                raise answer.error
            listed = decoded(path, answer.body, _PlainList)
        except KubeError as error:
            self._faults.append(f"{group}/{version}: {error.message}")
            return []
        found = []
        for one in listed.resources or ():
            served = _served(group, version, one.name, one.kind, namespaced=one.namespaced)
            if served and "list" in (one.verbs or ()):
                found.append(Named(served, one.singular_name, one.short_names or (), one.categories or ()))
        return found

    async def _get(self, path: str, accept: str = "application/json") -> Answer:
        operation = Operation(kind="discover", started=time.time(), resource=path)
        answer = await self._connection.get(path, operation=operation, accept=accept, deadline=self._deadline)
        self.operations.append(answer.operation)
        return answer


def _first(named: Iterable[Named]) -> Iterable[Named]:
    """Each resource type once, in the first of its versions; the others after all of these."""
    seen: set[GroupResource] = set()
    later: list[Named] = []
    for one in named:
        resource = one.served.resource
        if resource in seen:
            later.append(one)
        else:
            seen.add(resource)
            yield one
    yield from later


def _served(group: str, version: str, plural: str, kind: str, *, namespaced: bool) -> ServedResource | None:
    """None for a subresource, and for names that no path may hold."""
    if not (_NAME.match(plural) and _NAME.match(version) and _KIND.match(kind)):
        return None
    if group and not _NAME.match(group):
        return None
    return ServedResource(GroupResource(group, plural), version, kind, namespaced)


def _kept(directory: Path, target: Target) -> tuple[Named, ...]:
    try:
        cached = msgspec.json.decode(read_own(_file(directory, target)) or b"", type=_Cached)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return ()
    mine = (cached.format, cached.server, cached.identity) == (_FORMAT, target.server_id, target.identity)
    return cached.named if mine and 0 <= time.time() - cached.at < FRESH_SECONDS else ()


def _file(directory: Path, target: Target) -> Path:
    return directory / f"catalog-{target.server_id}-{target.identity}.json"

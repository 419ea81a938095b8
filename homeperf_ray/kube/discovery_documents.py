"""The documents of discovery: aggregated (Kubernetes 1.26 and later) and plain."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TypeVar

import msgspec

from homeperf_ray.kube.errors import BadAnswer
from homeperf_ray.kube.resources import GroupResource, ServedResource
from homeperf_ray.kube.secret import quoted

_AGGREGATED = "application/json;g=apidiscovery.k8s.io;v={};as=APIGroupDiscoveryList"
ACCEPT = f"{_AGGREGATED.format('v2')},{_AGGREGATED.format('v2beta1')},application/json"
"""Asks for everything in one document; a server that has none answers with the plain one."""

ROOT = "/apis"
"""The document of all groups but the core one."""

T = TypeVar("T")

_NAME = re.compile(r"[A-Za-z0-9][-A-Za-z0-9.]*\Z")


class Group(msgspec.Struct, frozen=True):
    """One API group's listable resources, or why they are ``unavailable``."""

    resources: tuple[ServedResource, ...]
    unavailable: str = ""


class DocumentMetadata(msgspec.Struct, frozen=True):
    """What an aggregated group is called."""

    name: str = ""


class ResponseKind(msgspec.Struct, frozen=True):
    """The kind of a resource's objects."""

    kind: str = ""


class _Resource(msgspec.Struct, rename="camel", frozen=True):
    resource: str
    response_kind: ResponseKind | None = None
    scope: str = ""
    verbs: tuple[str, ...] = ()


class _Version(msgspec.Struct, frozen=True):
    version: str
    resources: tuple[_Resource, ...] | None = None
    freshness: str = ""


class _Item(msgspec.Struct, frozen=True):
    metadata: DocumentMetadata = DocumentMetadata()
    versions: tuple[_Version, ...] | None = None


class PlainVersion(msgspec.Struct, frozen=True):
    """One version of a group."""

    version: str


class PlainGroup(msgspec.Struct, rename="camel", frozen=True):
    """A group of an older server: its versions by name, described elsewhere."""

    name: str
    versions: tuple[PlainVersion, ...] | None = None
    preferred_version: PlainVersion | None = None


class _Root(msgspec.Struct, frozen=True):
    """APIGroupDiscoveryList (``items``) or APIGroupList (``groups``)."""

    kind: str = ""
    items: tuple[_Item, ...] | None = None
    groups: tuple[PlainGroup, ...] | None = None


class _PlainResource(msgspec.Struct, frozen=True):
    name: str
    kind: str = ""
    namespaced: bool = False
    verbs: tuple[str, ...] | None = None


class _ResourceList(msgspec.Struct, frozen=True):
    kind: str = ""
    resources: tuple[_PlainResource, ...] | None = None


class _ServerVersion(msgspec.Struct, rename="camel", frozen=True):
    git_version: str = ""


def read_root(body: bytes) -> dict[str, Group | tuple[str, ...]]:
    """The groups of ``/apis``: described, or the names of their versions, the preferred one first.

    Raises BadAnswer.
    """
    root = decoded(ROOT, body, _Root)
    if root.kind == "APIGroupDiscoveryList":
        return {item.metadata.name: _described(item) for item in root.items or ()}
    if root.kind == "APIGroupList":
        return {group.name: versions_of(group) for group in root.groups or ()}
    raise bad_document(ROOT)


def read_resources(group: str, version: str, body: bytes) -> list[ServedResource]:
    """The listable resources of one version of one group. Raises BadAnswer."""
    path = f"/apis/{group}/{version}"
    document = decoded(path, body, _ResourceList)
    if document.kind != "APIResourceList":
        raise bad_document(path)
    return [
        ServedResource(GroupResource(group, found.name), version, found.kind, found.namespaced)
        for found in document.resources or ()
        if "list" in (found.verbs or ()) and _NAME.match(found.name)
    ]


def read_version(body: bytes) -> str:
    """``v1.34.1`` from ``/version``; empty where it does not say, since nothing depends on it."""
    try:
        return quoted(msgspec.json.decode(body, type=_ServerVersion).git_version, limit=60)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return ""


def _described(item: _Item) -> Group:
    found: dict[str, ServedResource] = {}
    stale = False
    for version in item.versions or ():
        stale = stale or (version.freshness == "Stale" and not version.resources)
        for entry in version.resources or ():
            if "list" not in entry.verbs or not _NAME.match(entry.resource) or not _NAME.match(version.version):
                continue
            resource = GroupResource(item.metadata.name, entry.resource)
            kind = entry.response_kind.kind if entry.response_kind else ""
            served = ServedResource(resource, version.version, kind, entry.scope == "Namespaced")
            found.setdefault(entry.resource, served)
    reason = "its backend does not answer (the APIService is not available)" if stale and not found else ""
    return Group(tuple(found.values()), reason)


def versions_of(group: PlainGroup) -> tuple[str, ...]:
    """The versions of a group by name, the preferred one first; names that no path may hold are left out."""
    preferred = (group.preferred_version.version,) if group.preferred_version else ()
    every = (*preferred, *(version.version for version in group.versions or ()))
    return tuple(_plain(dict.fromkeys(every)))


def _plain(names: Iterable[str]) -> list[str]:
    return [name for name in names if _NAME.match(name)]


def decoded(path: str, body: bytes, type_: type[T]) -> T:
    """A document as one of the models. Raises BadAnswer."""
    try:
        return msgspec.json.decode(body, type=type_)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise bad_document(path) from None


def bad_document(path: str) -> BadAnswer:
    """The error for a document that is not what was asked for."""
    return BadAnswer(
        f"the discovery document {path} is not what a Kubernetes API server sends",
        "Check that `server` of the cluster in the kubeconfig names a Kubernetes API server.",
    )

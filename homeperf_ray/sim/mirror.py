"""A copy of a real cluster's shape: its kinds, namespaces, labels, statuses and sizes, without what may be secret."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from homeperf_ray.sim.apis import KINDS, Apis, Kind
from homeperf_ray.sim.collection import Collection
from homeperf_ray.sim.entries import Entry, encode
from homeperf_ray.sim.options import MINORS
from homeperf_ray.sim.origin import Origin, OriginError, Refused
from homeperf_ray.sim.scrub import BARE, scrubbed
from homeperf_ray.sim.store import Store

_TYPES = (
    "kubernetes.io/tls",
    "kubernetes.io/dockerconfigjson",
    "kubernetes.io/service-account-token",
    "helm.sh/release.v1",
)
"""Types of Secrets that the server is asked to tell apart; every other one becomes Opaque."""

_TABLE = {(kind.group, kind.plural): kind for kind in KINDS}

_OWN = frozenset({"authentication.k8s.io", "authorization.k8s.io", "flowcontrol.apiserver.k8s.io"})
"""Groups that the emulator answers by itself."""


@dataclass
class Mirror:
    """What was copied. ``skipped`` are resource types that this user may not list, with the status."""

    minor: int
    kinds: list[Kind] = field(default_factory=list)
    entries: dict[str, list[Entry]] = field(default_factory=dict)
    skipped: dict[str, int] = field(default_factory=dict)
    version: int = 1

    def apis(self) -> Apis:
        """What a server serves that serves the copy."""
        return Apis(self.minor, kinds=[*self.kinds, *(kind for kind in KINDS if kind.group in _OWN)])

    def store(self) -> Store:
        collections = {resource: Collection(resource, found) for resource, found in self.entries.items()}
        return Store(collections, self.version, self.version)

    @property
    def limited_namespaces(self) -> tuple[str, str]:
        """Two namespaces for the limited user: the first that are there."""
        names = [entry.name for entry in self.entries.get("namespaces", ())] or ["default"]
        return names[0], names[min(1, len(names) - 1)]

    def notes(self) -> list[str]:
        """What a person should know of the copy."""
        if not self.skipped:
            return []
        names = ", ".join(f"{resource} ({status})" for resource, status in sorted(self.skipped.items()))
        return [f"Not copied, because the server did not give them: {names}."]


def copy(origin: Origin) -> Mirror:
    """Read everything that the user may list. Raises OriginError."""
    try:
        version = origin.get("/version")
        minor = int("".join(digit for digit in str(version["minor"]) if digit.isdecimal()))
    except (Refused, KeyError, ValueError) as error:
        raise OriginError(f"The server does not tell its version: {error}.") from None
    mirror = Mirror(min(max(minor, MINORS.start), MINORS.stop - 1))
    for kind, path in _served(origin, mirror):
        try:
            found = _read(origin, kind.resource, path)
        except Refused as refused:
            mirror.skipped[kind.resource] = refused.status
            continue
        mirror.kinds.append(kind)
        mirror.entries[kind.resource] = list(found.values())
        mirror.version = max([mirror.version, *(entry.version for entry in found.values())])
    if not mirror.kinds:
        raise OriginError("The server lets this user list nothing.")
    return mirror


def _read(origin: Origin, resource: str, path: str) -> dict[str, Entry]:
    types: dict[tuple[str, str], str] = {}
    if resource == "secrets":
        for type_ in _TYPES:
            for item in origin.items(path, {"fieldSelector": f"type={type_}"}, bare=True):
                types[item["metadata"]["namespace"], item["metadata"]["name"]] = type_
    found: dict[str, Entry] = {}
    for item in origin.items(path, bare=resource in BARE):
        copied = scrubbed(resource, item)
        if resource == "secrets":
            metadata = copied["metadata"]
            copied["type"] = types.get((metadata["namespace"], metadata["name"]), "Opaque")
        entry = encode(resource, copied)
        found[entry.key] = entry
    return found


def _served(origin: Origin, mirror: Mirror) -> Iterator[tuple[Kind, str]]:
    """Every resource type that can be listed, once, in the first version of its group that has it, and its path."""
    groups = [("", ["v1"])]
    try:
        for group in origin.get("/apis")["groups"]:
            preferred = group["preferredVersion"]["version"]
            others = [one["version"] for one in group["versions"] if one["version"] != preferred]
            groups.append((group["name"], [preferred, *others]))
    except Refused as refused:
        raise OriginError(f"The server answers {refused.status} to discovery.") from None
    seen: set[tuple[str, str]] = set()
    for group, versions in groups:
        if group in _OWN:
            continue
        for version in versions:
            root = f"/apis/{group}/{version}" if group else f"/api/{version}"
            try:
                resources = origin.get(root)["resources"]
            except Refused as refused:
                mirror.skipped[f"{group}/{version}"] = refused.status
                continue
            for told in resources:
                if "list" in told["verbs"] and "/" not in told["name"] and (group, told["name"]) not in seen:
                    seen.add((group, told["name"]))
                    yield _kind(group, version, told), f"{root}/{told['name']}"


def _kind(group: str, version: str, told: dict[str, Any]) -> Kind:
    """A resource type as this server serves it, with the printer columns of the emulator's own where it has them."""
    known = _TABLE.get((group, told["name"]))
    versions = ((version, 0, 99),)
    if known is not None:
        return replace(known, versions=versions, namespaced=told["namespaced"])
    return Kind(
        group,
        told["name"],
        told["kind"],
        versions,
        told["namespaced"],
        tuple(told.get("shortNames") or ()),
        tuple(told.get("categories") or ()),
        tuple(told["verbs"]),
        custom="." in group and not group.endswith(".k8s.io"),
    )

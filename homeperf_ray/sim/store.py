"""The objects, each encoded once, in the order in which etcd would hold them."""

from __future__ import annotations

import asyncio
from bisect import bisect_left
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

_EVENT_FIELDS = ("kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath")

_FIELDS: dict[str, dict[str, tuple[str, ...]]] = {
    "pods": {
        "status.phase": ("status", "phase"),
        "spec.nodeName": ("spec", "nodeName"),
        "spec.restartPolicy": ("spec", "restartPolicy"),
        "spec.schedulerName": ("spec", "schedulerName"),
        "spec.serviceAccountName": ("spec", "serviceAccountName"),
        "status.podIP": ("status", "podIP"),
    },
    "nodes": {"spec.unschedulable": ("spec", "unschedulable")},
    "namespaces": {"status.phase": ("status", "phase")},
    "secrets": {"type": ("type",)},
    "services": {"spec.clusterIP": ("spec", "clusterIP"), "spec.type": ("spec", "type")},
    "events": {
        "reason": ("reason",),
        "type": ("type",),
        **{f"involvedObject.{name}": ("involvedObject", name) for name in _EVENT_FIELDS},
    },
    "jobs.batch": {"status.successful": ("status", "succeeded")},
}

_UNSET = {"spec.unschedulable": "false"}

_ALWAYS = frozenset({"metadata.name", "metadata.namespace"})


def selectable(resource: str) -> frozenset[str]:
    """The fields that a field selector may name."""
    return _ALWAYS | _FIELDS.get(resource, {}).keys()


@dataclass(frozen=True, slots=True)
class Entry:
    """One object. ``body`` is its JSON without ``kind`` and ``apiVersion``: ``{"metadata":...}``."""

    namespace: str
    name: str
    labels: Mapping[str, str]
    fields: Mapping[str, str]
    body: bytes

    @property
    def key(self) -> str:
        return f"{self.namespace}/{self.name}" if self.namespace else self.name

    def document(self) -> dict[str, Any]:
        """The object, decoded."""
        return dict(msgspec.json.decode(self.body))

    def typed(self, kind: str, api_version: str) -> bytes:
        """The whole object as one API version shows it."""
        return b'{"kind":"%s","apiVersion":"%s",%s' % (kind.encode(), api_version.encode(), self.body[1:])


class Collection:
    """The objects of one resource type, sorted by key."""

    def __init__(self, resource: str, entries: Iterable[Entry]) -> None:
        self.resource = resource
        self.entries = sorted(entries, key=lambda entry: entry.key)
        self.keys = [entry.key for entry in self.entries]
        self._by_key = dict(zip(self.keys, self.entries, strict=True))

    def get(self, namespace: str, name: str) -> Entry | None:
        return self._by_key.get(f"{namespace}/{name}" if namespace else name)

    def span(self, namespace: str) -> tuple[int, int]:
        """The positions of one namespace's objects, or of all where ``namespace`` is empty."""
        if not namespace:
            return 0, len(self.entries)
        return bisect_left(self.keys, f"{namespace}/"), bisect_left(self.keys, f"{namespace}0")


_encoder = msgspec.json.Encoder()


def encode(resource: str, item: Mapping[str, Any]) -> Entry:
    """Encode an object, which has its metadata first and neither kind nor apiVersion."""
    metadata, paths = item["metadata"], _FIELDS.get(resource, {})
    fields = {name: _text(item, path) or _UNSET.get(name, "") for name, path in paths.items()}
    fields["metadata.name"] = metadata["name"]
    fields["metadata.namespace"] = metadata.get("namespace", "")
    return Entry(
        metadata.get("namespace", ""), metadata["name"], metadata.get("labels", {}), fields, _encoder.encode(item)
    )


def _text(item: Any, path: tuple[str, ...]) -> str:
    for step in path:
        item = item.get(step) if isinstance(item, dict) else None
    if isinstance(item, bool):
        return "true" if item else "false"
    return "" if item is None else str(item)


HISTORY = 1_000
"""Changes that are remembered; what is older is compacted away."""


@dataclass(frozen=True, slots=True)
class Change:
    """One write: the object before it (None for a new one) and after it (None for one that is gone)."""

    version: int
    resource: str
    before: Entry | None
    after: Entry | None


class Store:
    """Every collection, at one resourceVersion. ``oldest`` is the first version that is not compacted away."""

    def __init__(self, collections: Mapping[str, Collection], oldest: int, version: int) -> None:
        self._collections = dict(collections)
        self._earlier: dict[str, list[tuple[int, Collection]]] = {}
        self._changes: deque[Change] = deque()
        self._woken: asyncio.Future[None] | None = None
        self.oldest = oldest
        self.version = version

    def collection(self, resource: str, version: int | None = None) -> Collection:
        """The objects of a served resource type, now or at an earlier version; none where there are none."""
        found = self._collections.get(resource)
        if found is None:
            found = self._collections[resource] = Collection(resource, ())
        if version is not None:
            for until, collection in self._earlier.get(resource, ()):
                if version < until:
                    return collection
        return found

    def put(self, resource: str, item: Mapping[str, Any]) -> Change:
        """Write an object: a new one, or in the place of the one that is there."""
        version = self.version + 1
        metadata = {**item["metadata"], "resourceVersion": str(version)}
        after = encode(resource, {**item, "metadata": metadata})
        before = self.collection(resource).get(after.namespace, after.name)
        return self._write(Change(version, resource, before, after))

    def remove(self, resource: str, namespace: str, name: str) -> Change | None:
        """Take an object away; None where there is none."""
        before = self.collection(resource).get(namespace, name)
        return None if before is None else self._write(Change(self.version + 1, resource, before, None))

    def changes(self, resource: str, after: int) -> list[Change]:
        """What was written to one resource type after a version."""
        return [change for change in self._changes if change.version > after and change.resource == resource]

    def next_change(self) -> asyncio.Future[None]:
        """A future that is done with the next write, whatever it is about."""
        if self._woken is None or self._woken.done():
            self._woken = asyncio.get_running_loop().create_future()
        return self._woken

    def _write(self, change: Change) -> Change:
        resource = change.resource
        current = self.collection(resource)
        gone = change.before or change.after
        assert gone is not None
        kept = [entry for entry in current.entries if entry.key != gone.key]
        self._earlier.setdefault(resource, []).append((change.version, current))
        self._collections[resource] = Collection(resource, [*kept, change.after] if change.after else kept)
        self.version = change.version
        self._changes.append(change)
        if len(self._changes) > HISTORY:
            self._compact()
        if self._woken is not None and not self._woken.done():
            self._woken.set_result(None)
        return change

    def _compact(self) -> None:
        self.oldest = self._changes.popleft().version
        for resource, earlier in self._earlier.items():
            self._earlier[resource] = [(until, collection) for until, collection in earlier if until > self.oldest]

"""One object as it is kept: encoded once, with what selectors look at beside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from homeperf_ray.sim.apis import Kind

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


def unselectable(kind: Kind) -> str:
    """What is said of a field that no selector may name, with ``{}`` for the field."""
    if kind.resource == "jobs.batch":
        return 'field label "{}" not supported for Job'
    if kind.custom or kind.resource in _FIELDS:
        return "field label not supported: {}"
    return '"{}" is not a known field selector: only "metadata.name", "metadata.namespace"'


class Entry(msgspec.Struct, frozen=True, gc=False):
    """One object. ``body`` is its JSON without ``kind`` and ``apiVersion``: ``{"metadata":...}``.

    ``key`` is ``namespace/name``, or the name of what has no namespace; ``version`` its resourceVersion.
    """

    key: str
    namespace: str
    name: str
    version: int
    labels: Mapping[str, str]
    fields: Mapping[str, str]
    body: bytes

    def document(self) -> dict[str, Any]:
        """The object, decoded."""
        return dict(msgspec.json.decode(self.body))

    def at(self, version: int) -> Entry:
        """The same with another resourceVersion: an object that is gone is shown with that of its end."""
        old, new = (f'"resourceVersion":"{number}"'.encode() for number in (self.version, version))
        return msgspec.structs.replace(self, version=version, body=self.body.replace(old, new, 1))

    def typed(self, kind: str, api_version: str) -> bytes:
        """The whole object as one API version shows it."""
        return b'{"kind":"%s","apiVersion":"%s",%s' % (kind.encode(), api_version.encode(), self.body[1:])


_encoder = msgspec.json.Encoder()


def encode(resource: str, item: Mapping[str, Any]) -> Entry:
    """Encode an object, which has its metadata first and neither kind nor apiVersion."""
    metadata, paths = item["metadata"], _FIELDS.get(resource, {})
    namespace, name = metadata.get("namespace", ""), metadata["name"]
    fields = {field: _text(item, path) or _UNSET.get(field, "") for field, path in paths.items()}
    fields["metadata.name"] = name
    fields["metadata.namespace"] = namespace
    return Entry(
        key_of(namespace, name),
        namespace,
        name,
        int(metadata.get("resourceVersion", 0)),
        metadata.get("labels") or {},
        fields,
        _encoder.encode(item),
    )


def key_of(namespace: str, name: str) -> str:
    """Where an object is kept; keys sort as those of etcd do."""
    return f"{namespace}/{name}" if namespace else name


def _text(item: Any, path: tuple[str, ...]) -> str:
    for step in path:
        item = item.get(step) if isinstance(item, dict) else None
    if isinstance(item, bool):
        return "true" if item else "false"
    return "" if item is None else str(item)

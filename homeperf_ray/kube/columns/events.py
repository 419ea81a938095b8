"""Events: the lines of a watch, decoded by the same models and into the same columns as the pages of a LIST."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import msgspec
import pyarrow as pa

from homeperf_ray.kube.changes import Changed, Key
from homeperf_ray.kube.columns.decode import table_kind
from homeperf_ray.kube.columns.kind import TableKind
from homeperf_ray.kube.errors import BadAnswer
from homeperf_ray.kube.models.meta import Model
from homeperf_ray.kube.resources import GroupResource

INITIAL_END = "k8s.io/initial-events-end"
"""The annotation of the bookmark that ends a streaming list."""

_NOTHING: Key = ("", "")


class Event(NamedTuple):
    """One line. ``item`` is the decoded object of ADDED and MODIFIED; ``raw`` is the Status of an ERROR.

    ``initial_end`` marks the bookmark after which a streaming list is complete.
    """

    type: str
    key: Key = _NOTHING
    version: str = ""
    item: Any = None
    api_version: str | None = None
    initial_end: bool = False
    status: int = 0
    raw: bytes = b""


class _Line(msgspec.Struct, gc=False):
    type: str
    object: msgspec.Raw


class _Meta(Model):
    name: str | None = None
    namespace: str | None = None
    resource_version: str | None = None
    annotations: dict[str, str] | None = None


class _Head(Model):
    kind: str | None = None
    api_version: str | None = None
    metadata: _Meta | None = None
    code: int | None = None


_line = msgspec.json.Decoder(_Line).decode
_head = msgspec.json.Decoder(_Head).decode


def decode_event(resource: GroupResource, line: bytes) -> Event:
    """Decode one line of a watch. Raises BadAnswer, which never quotes the line."""
    kind = table_kind(resource)
    try:
        told = _line(line)
        raw = bytes(told.object)
        head = _head(raw)
        meta = head.metadata or _Meta()
        version = meta.resource_version or ""
        if told.type == "ERROR":
            return Event("ERROR", status=head.code or 500, raw=raw)
        if told.type == "BOOKMARK":
            return Event("BOOKMARK", version=version, initial_end=INITIAL_END in (meta.annotations or {}))
        if told.type not in {"ADDED", "MODIFIED", "DELETED"} or head.kind != kind.kind or not version:
            raise _bad(resource, "it is about something else")
        item = None if told.type == "DELETED" else kind.item_decoder.decode(raw)
    except msgspec.ValidationError as error:
        raise _bad(resource, str(error)) from None
    except (ValueError, RecursionError):
        raise _bad(resource, "it is not JSON, or it is cut short") from None
    return Event(told.type, (meta.namespace or "", meta.name or ""), version, item, head.api_version)


def changed(resource: GroupResource, events: Sequence[Event], version: str) -> Changed:
    """What some events come to: of several about one object the last counts. Raises BadAnswer."""
    last = {event.key: event for event in events if event.type in {"ADDED", "MODIFIED", "DELETED"}}
    there = [event for event in last.values() if event.item is not None]
    gone = tuple(event.key for event in last.values() if event.item is None)
    return Changed(batch(resource, there) if there else None, gone, version)


def batch(resource: GroupResource, events: Sequence[Event]) -> pa.RecordBatch:
    """The objects of some events as rows. Raises BadAnswer for a value that no column can hold."""
    kind: TableKind = table_kind(resource)
    try:
        return kind.batch([event.item for event in events], events[0].api_version if events else None)
    except (ValueError, OverflowError):
        raise _bad(resource, "it holds a value which no column can hold") from None


def keys(table: pa.Table | pa.RecordBatch) -> Iterable[Key]:
    """Namespace and name of every row."""
    names = table.column("name").to_pylist()
    if "namespace" not in table.schema.names:
        return [("", name) for name in names]
    spaces = table.column("namespace").to_pylist()
    return [(space or "", name) for space, name in zip(spaces, names, strict=True)]


def _bad(resource: GroupResource, why: str) -> BadAnswer:
    """``why`` may name fields and types, as msgspec's validation errors do, but no values."""
    return BadAnswer(
        f"a watch of {resource} told something that the API does not promise: {why}",
        "Look for a proxy between homeperf and the API server.",
    )

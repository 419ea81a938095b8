"""The names of a server's namespaces, as somebody needs them who types: one LIST, believed for a minute."""

from __future__ import annotations

import time
from pathlib import Path

import msgspec

from homeperf_ray.kube.connection import Connection
from homeperf_ray.kube.gate import Gate
from homeperf_ray.kube.own_file import read_own, tidy, write_own
from homeperf_ray.kube.request import Request
from homeperf_ray.kube.resources import NAMESPACES, ServedResource
from homeperf_ray.kube.retry import RetryPolicy
from homeperf_ray.kube.target import Target
from homeperf_ray.timings.operation import Operation

FRESH_SECONDS = 60.0

FORGOTTEN_SECONDS = 86_400.0
"""Files of servers and identities that were not asked for this long are removed."""

_ONLY_METADATA = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io, application/json"
_REQUEST = Request(ServedResource(NAMESPACES, "v1", "Namespace", namespaced=False))
_FORMAT = 1


class _Names(msgspec.Struct, frozen=True, kw_only=True):
    """The content of a file. ``at`` is Unix time."""

    format: int
    server: str
    identity: str
    at: float
    names: tuple[str, ...]


class _Metadata(msgspec.Struct, frozen=True):
    name: str


class _Item(msgspec.Struct, frozen=True):
    metadata: _Metadata


class _List(msgspec.Struct, frozen=True):
    items: tuple[_Item, ...]


async def namespace_names(target: Target, gate: Gate, directory: Path, deadline: float) -> tuple[str, ...]:
    """The names of the first page of namespaces, from the file where it is fresh; in the server's order.

    One request, never repeated, and none after ``deadline`` (``time.monotonic()``). Raises KubeError, and
    ``msgspec.MsgspecError`` for an answer that is no list.
    """
    file = directory / f"namespaces-{target.server_id}-{target.identity}.json"
    known = _read(file, target)
    if known is not None:
        return known
    left = max(deadline - time.monotonic(), 0.001)
    connection = Connection(target, gate=gate, concurrency=1, request_timeout=left, retry=RetryPolicy(attempts=1))
    try:
        answer = await connection.get(
            _REQUEST.path,
            _REQUEST.query(),
            operation=Operation(kind="list", started=time.time(), context=target.context, resource=str(NAMESPACES)),
            accept=_ONLY_METADATA,
            deadline=deadline,
        )
    finally:
        await connection.close()
    if answer.error is not None:
        raise answer.error
    names = tuple(item.metadata.name for item in msgspec.json.decode(answer.body, type=_List).items)
    kept = _Names(format=_FORMAT, server=target.server_id, identity=target.identity, at=time.time(), names=names)
    write_own(file, msgspec.json.encode(kept))
    tidy(directory, "namespaces-*", FORGOTTEN_SECONDS)
    return names


def _read(file: Path, target: Target) -> tuple[str, ...] | None:
    try:
        kept = msgspec.json.decode(read_own(file) or b"", type=_Names)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    same = (kept.format, kept.server, kept.identity) == (_FORMAT, target.server_id, target.identity)
    return kept.names if same and 0 <= time.time() - kept.at < FRESH_SECONDS else None

"""Columns of what kubelets have measured: a row for each claim that a pod of a node has mounted."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterator
from typing import Any

import msgspec
import pyarrow as pa

from homeperf_ray.kube.columns.kind import NUMBER, TEXT, TIME, WORD, TableKind, brief
from homeperf_ray.kube.models.kubelet import Measured, PodReference, Summary
from homeperf_ray.kube.models.meta import Model, ObjectMeta

_BIGGEST = float(2**63 - 1024)

_NAME = re.compile(r"[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?")
"""What objects can be called (a subdomain of RFC 1123); a kubelet is not trusted to tell of nothing else."""


class MeasuredItem(Model):
    """A row as an item of a list; kubelets are asked one by one, so that no server ever sends such a list."""

    metadata: ObjectMeta
    measured: Measured | None = None


def _row(item: MeasuredItem) -> tuple[Any, ...]:
    one = item.measured or Measured()
    return (
        item.metadata.namespace,
        item.metadata.name or "",
        one.node,
        one.way,
        one.pod,
        one.taken,
        one.capacity,
        one.used,
        one.available,
        one.inodes,
        one.inodes_used,
        brief(one.fault),
        brief(one.hint),
    )


VOLUME_STAT = TableKind(
    "VolumeStats",
    MeasuredItem,
    (
        ("namespace", WORD),
        ("name", TEXT),
        ("node", WORD),
        ("way", WORD),
        ("pod", TEXT),
        ("taken", TIME),
        ("capacity", NUMBER),
        ("used", NUMBER),
        ("available", NUMBER),
        ("inodes", NUMBER),
        ("inodes_used", NUMBER),
        ("fault", TEXT),
        ("hint", TEXT),
    ),
    _row,
)
"""``namespace`` and ``name`` are the claim's; without a name, ``fault`` says why the node told nothing."""

MOST_CLAIMS = 10_000
"""Claims that pods of one node mount; a kubelet runs some hundreds of pods at most, and is not trusted to stop."""

_decode = msgspec.json.Decoder(Summary).decode


def measured(node: str, way: str, body: bytes) -> list[Measured]:
    """The claims that a node's summary tells of.

    Raises ValueError, which never quotes it, for what is no summary, or more than any node can have.
    """
    try:
        summary = _decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise ValueError from None
    found = list(itertools.islice(_claims(summary, node, way), MOST_CLAIMS + 1))
    if len(found) > MOST_CLAIMS:
        raise ValueError
    return found


def stats_table(rows: list[Measured]) -> pa.Table:
    """The rows as a table."""
    items = [MeasuredItem(ObjectMeta(name=row.name, namespace=row.namespace), row) for row in rows]
    return pa.Table.from_batches([VOLUME_STAT.batch(items, None)], VOLUME_STAT.schema)


def _claims(summary: Summary, node: str, way: str) -> Iterator[Measured]:
    for pod in summary.pods or ():
        owner = pod.pod_ref or PodReference()
        for volume in pod.volume or ():
            claim = volume.pvc_ref
            if claim is None or not _is_name(claim.name) or not _is_name(claim.namespace):
                continue
            yield Measured(
                node=node,
                way=way,
                namespace=claim.namespace,
                name=claim.name,
                pod=owner.name if _is_name(owner.name) else None,
                taken=volume.time,
                capacity=_whole(volume.capacity_bytes),
                used=_whole(volume.used_bytes),
                available=_whole(volume.available_bytes),
                inodes=_whole(volume.inodes),
                inodes_used=_whole(volume.inodes_used),
            )


def _is_name(text: str | None) -> bool:
    return text is not None and _NAME.fullmatch(text) is not None


def _whole(figure: float | None) -> int | None:
    """A figure as a whole number that is not negative; None for what is none."""
    if figure is None or not math.isfinite(figure):
        return None
    return int(min(max(figure, 0), _BIGGEST))

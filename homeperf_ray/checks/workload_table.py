"""Deployments, StatefulSets and DaemonSets alike, for checks that look for a program and do not mind what runs it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import msgspec
import pyarrow as pa

from homeperf_ray.checks.masks import Mask
from homeperf_ray.checks.snapshot import Snapshot
from homeperf_ray.checks.verdict import rows
from homeperf_ray.kube.columns import kind_of
from homeperf_ray.kube.resources import GroupResource

_COLUMNS = ["namespace", "name", "app", "images", "controller_class", "desired", "available", "created"]
_PROGRESS = ["progressing_reason", "progressing_since"]
"""What Deployments alone tell."""


class Workload(msgspec.Struct, frozen=True, kw_only=True):
    """A workload, and how many of its pods there should be and are.

    ``changed`` is when it was made, or when the rollout that is still under way last got on.
    """

    kind: str
    namespace: str
    name: str
    app: str
    images: tuple[str, ...]
    controller_class: str
    desired: int
    available: int
    created: datetime | None
    changed: datetime | None

    @property
    def row(self) -> dict[str, Any]:
        """What a finding about it needs."""
        return {"namespace": self.namespace, "name": self.name}

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}"


def workloads(
    snapshot: Snapshot, *resources: GroupResource, where: Callable[[pa.Table], Mask] | None = None
) -> Iterator[Workload]:
    """Every one of these resources that could be read, or of those where a mask is true.

    There may be a hundred thousand of them: who looks for a few lets Arrow choose them.
    """
    for resource in resources:
        table = snapshot.get(resource)
        if table is None:
            continue
        columns = [*_COLUMNS, *(name for name in _PROGRESS if name in table.column_names)]
        chosen = table.select(columns)
        for row in rows(chosen, where(chosen) if where else None):
            yield Workload(
                kind=kind_of(resource),
                namespace=row["namespace"] or "",
                name=row["name"],
                app=row["app"] or "",
                images=tuple(row["images"] or ()),
                controller_class=row["controller_class"] or "",
                desired=row["desired"],
                available=row["available"],
                created=row["created"],
                changed=changed(row),
            )


def changed(row: dict[str, Any]) -> datetime | None:
    """When a workload was made, or when the rollout of a Deployment that is still under way last got on."""
    moments = [row["created"]]
    if row.get("progressing_reason") != "NewReplicaSetAvailable":
        moments.append(row.get("progressing_since"))
    return max(filter(None, moments), default=None)

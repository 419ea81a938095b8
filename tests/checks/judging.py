"""Judging objects as an API server would list them, and saying what was found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pyarrow as pa

from homeperf_ray.checks.finding import Judgement
from homeperf_ray.checks.registry import by_name
from homeperf_ray.checks.snapshot import Snapshot
from homeperf_ray.checks.thresholds import Thresholds
from homeperf_ray.kube.columns import decode, kind_of, schema
from homeperf_ray.kube.resources import GroupResource

NOW = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = 60.0, 3_600.0, 86_400.0

Object = dict[str, Any]


def ago(seconds: float) -> str:
    """A time as Kubernetes writes it, so many seconds before NOW."""
    return (NOW - timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def page(resource: GroupResource, items: Sequence[Object], api_version: str = "") -> bytes:
    """One page of a LIST."""
    version = api_version or (f"{resource.group}/v1" if resource.group else "v1")
    return msgspec.json.encode(
        {
            "kind": f"{kind_of(resource)}List",
            "apiVersion": version,
            "metadata": {"resourceVersion": "41"},
            "items": items,
        }
    )


def table(resource: GroupResource, items: Sequence[Object], api_version: str = "") -> pa.Table:
    batch = decode(resource, page(resource, items, api_version)).batch
    return pa.Table.from_batches([batch], schema(resource))


Partial = Mapping[GroupResource, tuple[str, ...]]


def snapshot(
    objects: Mapping[GroupResource, Sequence[Object]],
    namespaces: tuple[str, ...] | None = None,
    partial: Partial | None = None,
) -> Snapshot:
    tables = {resource: table(resource, items) for resource, items in objects.items()}
    return Snapshot(tables, NOW, namespaces, partial or {})


def judge(
    check: str,
    objects: Mapping[GroupResource, Sequence[Object]],
    thresholds: Thresholds | None = None,
    partial: Partial | None = None,
) -> Judgement:
    return by_name(check).evaluate(snapshot(objects, partial=partial), thresholds or Thresholds())


def found(judgement: Judgement) -> dict[str, list[str]]:
    """Codes by object."""
    codes: dict[str, list[str]] = {}
    for finding in judgement.findings:
        codes.setdefault(finding.object, []).append(finding.code)
    return codes


def meta(name: str, namespace: str = "media", *, age: float = 30 * DAY, **more: Any) -> Object:
    """Metadata as the server fills it in."""
    filled = {
        "name": name,
        "uid": f"uid-{name}",
        "resourceVersion": "7",
        "creationTimestamp": ago(age),
        "managedFields": [{"manager": "kubectl", "operation": "Update", "fieldsV1": {"f:spec": {}}}],
        **more,
    }
    return {"namespace": namespace, **filled} if namespace else filled


def condition(kind: str, status: str, *, age: float = DAY, reason: str = "", message: str = "") -> Object:
    return {"type": kind, "status": status, "lastTransitionTime": ago(age), "reason": reason, "message": message}

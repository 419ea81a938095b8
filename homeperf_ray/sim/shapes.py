"""What a written object must look like: the types of the fields that a server, and everything that reads, counts on."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec

from homeperf_ray.sim.apis import Served
from homeperf_ray.sim.statuses import bad_request

Object = dict[str, Any]
_Time = Annotated[datetime, msgspec.Meta(tz=True)]
_Number = Annotated[int, msgspec.Meta(ge=-(1 << 31), le=(1 << 31) - 1)]


class _Shape(msgspec.Struct, rename="camel"):
    """Fields that are not named here may be anything; each may be absent or null, as for a genuine server."""


class _Reference(_Shape):
    api_version: str | None = None
    kind: str | None = None
    name: str | None = None
    uid: str | None = None
    controller: bool | None = None


class _Metadata(_Shape):
    name: str | None = None
    generate_name: str | None = None
    namespace: str | None = None
    uid: str | None = None
    resource_version: str | None = None
    generation: int | None = None
    creation_timestamp: _Time | None = None
    deletion_timestamp: _Time | None = None
    labels: dict[str, str] | None = None
    annotations: dict[str, str] | None = None
    finalizers: list[str] | None = None
    owner_references: list[_Reference] | None = None
    managed_fields: list[Object] | None = None


class _Condition(_Shape):
    type: str | None = None
    status: str | None = None
    reason: str | None = None
    message: str | None = None


class _State(_Shape):
    waiting: Object | None = None
    running: Object | None = None
    terminated: Object | None = None


class _ContainerStatus(_Shape):
    name: str | None = None
    ready: bool | None = None
    restart_count: _Number | None = None
    state: _State | None = None
    last_state: _State | None = None


class _Status(_Shape):
    phase: str | None = None
    reason: str | None = None
    conditions: list[_Condition] | None = None
    container_statuses: list[_ContainerStatus] | None = None
    init_container_statuses: list[_ContainerStatus] | None = None


class _Any(_Shape):
    metadata: _Metadata | None = None


class _BuiltIn(_Any):
    status: _Status | None = None


class _Plain(_BuiltIn):
    spec: Object | None = None


class _ConfigMap(_Any):
    data: dict[str, str] | None = None
    binary_data: dict[str, str] | None = None


class _Secret(_Any):
    type: str | None = None
    data: dict[str, str] | None = None
    string_data: dict[str, str] | None = None


class _Container(_Shape):
    name: str | None = None
    image: str | None = None
    ports: list[Object] | None = None
    env: list[Object] | None = None
    resources: Object | None = None


class _PodSpec(_Shape):
    containers: list[_Container] | None = None
    init_containers: list[_Container] | None = None
    volumes: list[Object] | None = None
    node_name: str | None = None


class _Pod(_BuiltIn):
    spec: _PodSpec | None = None


class _Template(_Shape):
    metadata: _Metadata | None = None
    spec: _PodSpec | None = None


class _WorkloadSpec(_Shape):
    replicas: _Number | None = None
    selector: Object | None = None
    template: _Template | None = None


class _Workload(_BuiltIn):
    spec: _WorkloadSpec | None = None


class _NodeSpec(_Shape):
    unschedulable: bool | None = None
    taints: list[Object] | None = None


class _Node(_BuiltIn):
    spec: _NodeSpec | None = None


class _Event(_Any):
    involved_object: Object | None = None
    reason: str | None = None
    type: str | None = None
    count: _Number | None = None


class _Attributes(_Shape):
    """Of a SelfSubjectAccessReview, for a resource or for a path."""

    namespace: str | None = None
    verb: str | None = None
    group: str | None = None
    version: str | None = None
    resource: str | None = None
    subresource: str | None = None
    name: str | None = None
    path: str | None = None


class _ReviewSpec(_Shape):
    namespace: str | None = None
    resource_attributes: _Attributes | None = None
    non_resource_attributes: _Attributes | None = None


class _Review(_Any):
    spec: _ReviewSpec | None = None


_SHAPES: dict[str, type[_Any]] = {
    "configmaps": _ConfigMap,
    "daemonsets.apps": _Workload,
    "deployments.apps": _Workload,
    "events": _Event,
    "nodes": _Node,
    "pods": _Pod,
    "replicasets.apps": _Workload,
    "secrets": _Secret,
    **dict.fromkeys((f"selfsubject{what}reviews.authorization.k8s.io" for what in ("access", "rules")), _Review),
    "statefulsets.apps": _Workload,
}


def check(served: Served, item: Object) -> None:
    """Raise ApiError 400 for an object with a field of the wrong type."""
    kind = served.kind
    try:
        msgspec.convert(item, _SHAPES.get(kind.resource, _Any if kind.custom else _Plain))
    except msgspec.ValidationError as error:
        why = f'{kind.kind} in version "{served.version}" cannot be handled as a {kind.kind}: {error}'
        raise bad_request(why) from error


def check_metadata(item: Object) -> None:
    """Raise ApiError 400 for an object of any kind whose metadata cannot be used."""
    try:
        msgspec.convert(item, _Any)
    except msgspec.ValidationError as error:
        raise bad_request(str(error)) from error

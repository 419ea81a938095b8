"""Columns of Deployments, StatefulSets and DaemonSets. A count that is absent is 0, as the API means it."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from homeperf_ray.kube.columns.kind import COUNT, FLAG, NUMBER, TEXT, TIME, WORD, TableKind, brief, pairs
from homeperf_ray.kube.models.meta import Condition, condition
from homeperf_ray.kube.models.pod import claims_of
from homeperf_ray.kube.models.workloads import (
    AppLabels,
    Container,
    DaemonSet,
    DaemonSetStatus,
    ReplicaStatus,
    Replicated,
    Template,
    WorkloadMeta,
    WorkloadSpec,
)

CONTROLLER_CLASS = "--controller-class="
"""How an ingress-nginx is told which ``spec.controller`` of an IngressClass it is."""


def _program(meta: WorkloadMeta, spec: WorkloadSpec) -> tuple[Any, ...]:
    """What it runs: the name in its labels, its images, the ingress controller that it says it is; its pods' labels."""
    labels = meta.labels or AppLabels()
    of_pods = spec.template.metadata.labels if spec.template and spec.template.metadata else None
    containers = (spec.template.spec.containers if spec.template and spec.template.spec else None) or []
    return (
        labels.k8s_app or labels.name or labels.app,
        [container.image for container in containers if container.image],
        next(filter(None, map(_controller_class, containers)), None),
        pairs(of_pods),
        [*claims_in(spec.template), *_claim_templates(meta, spec)],
    )


def claims_in(template: Template | None) -> list[str]:
    """The claims that pods of a template mount."""
    volumes = template.spec.volumes if template and template.spec else None
    return [claim for _, claim in claims_of(volumes)]


def _claim_templates(meta: WorkloadMeta, spec: WorkloadSpec) -> list[str]:
    names = (one.metadata.name for one in spec.volume_claim_templates or () if one.metadata)
    return [f"{name}-{meta.name}-" for name in names if name]


def _controller_class(container: Container) -> str | None:
    for arg in container.args or ():
        if arg and arg.startswith(CONTROLLER_CLASS):
            return arg[len(CONTROLLER_CLASS) :]
    return None


def _replicated(item: Replicated) -> tuple[Any, ...]:
    meta, spec, status = item.metadata, item.spec or WorkloadSpec(), item.status or ReplicaStatus()
    progressing = condition(status.conditions, "Progressing") or Condition()
    return (
        meta.namespace,
        meta.name or "",
        meta.creation_timestamp,
        meta.generation,
        status.observed_generation,
        1 if spec.replicas is None else spec.replicas,
        status.ready_replicas or 0,
        status.available_replicas or 0,
        status.updated_replicas or 0,
        bool(spec.paused),
        progressing.reason,
        brief(progressing.message),
        progressing.last_update_time or progressing.last_transition_time,
        *_program(meta, spec),
    )


def _daemon_set(item: DaemonSet) -> tuple[Any, ...]:
    meta, status = item.metadata, item.status or DaemonSetStatus()
    return (
        meta.namespace,
        meta.name or "",
        meta.creation_timestamp,
        meta.generation,
        status.observed_generation,
        status.desired_number_scheduled or 0,
        status.number_ready or 0,
        status.number_available or 0,
        status.updated_number_scheduled or 0,
        status.number_misscheduled or 0,
        *_program(meta, item.spec or WorkloadSpec()),
    )


_NAMED = (("namespace", WORD), ("name", TEXT), ("created", TIME))
_GENERATIONS = (("generation", NUMBER), ("observed_generation", NUMBER))
_COUNTS = (("desired", COUNT), ("ready", COUNT), ("available", COUNT), ("updated", COUNT))
_PROGRAM = (
    ("app", WORD),
    ("images", pa.list_(TEXT)),
    ("controller_class", WORD),
    ("pod_labels", pa.list_(TEXT)),
    ("claims", pa.list_(TEXT)),
)
"""``claims`` are those that its pods mount; one that ends with ``-`` begins the names of a StatefulSet's claims."""

_REPLICATED = (
    *_NAMED,
    *_GENERATIONS,
    *_COUNTS,
    ("paused", FLAG),
    ("progressing_reason", WORD),
    ("progressing_message", TEXT),
    ("progressing_since", TIME),
    *_PROGRAM,
)

DEPLOYMENT = TableKind("Deployment", Replicated, _REPLICATED, _replicated)
STATEFUL_SET = TableKind("StatefulSet", Replicated, _REPLICATED, _replicated)
DAEMON_SET = TableKind(
    "DaemonSet",
    DaemonSet,
    (*_NAMED, *_GENERATIONS, *_COUNTS, ("misscheduled", COUNT), *_PROGRAM),
    _daemon_set,
)

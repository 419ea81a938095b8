"""Columns of Deployments, StatefulSets, DaemonSets and CronJobs. Counts that are absent are 0, as the API means them."""

from __future__ import annotations

from typing import Any

from homeperf_ray.kube.columns.kind import FLAG, NUMBER, TEXT, TIME, WORD, TableKind, brief
from homeperf_ray.kube.models.meta import ObjectMeta, condition
from homeperf_ray.kube.models.workloads import (
    CronJob,
    CronJobSpec,
    CronJobStatus,
    DaemonSet,
    DaemonSetStatus,
    ReplicaSpec,
    ReplicaStatus,
    Replicated,
)

_NAMED = (("namespace", WORD), ("name", TEXT), ("created", TIME), ("app", WORD))
_GENERATIONS = (("generation", NUMBER), ("observed_generation", NUMBER))

APP_LABELS = ("k8s-app", "app.kubernetes.io/name", "app")


def _named(meta: ObjectMeta) -> tuple[Any, ...]:
    labels = meta.labels or {}
    app = next((labels[label] for label in APP_LABELS if label in labels), None)
    return meta.namespace, meta.name, meta.creation_timestamp, app


def _replicated(item: Replicated) -> tuple[Any, ...]:
    spec, status = item.spec or ReplicaSpec(), item.status or ReplicaStatus()
    progressing = condition(status.conditions, "Progressing")
    available = condition(status.conditions, "Available")
    return (
        *_named(item.metadata),
        item.metadata.generation,
        status.observed_generation,
        1 if spec.replicas is None else spec.replicas,
        status.ready_replicas or 0,
        status.available_replicas or 0,
        status.updated_replicas or 0,
        bool(spec.paused),
        progressing.status if progressing else None,
        progressing.reason if progressing else None,
        brief(progressing.message) if progressing else None,
        progressing.last_transition_time if progressing else None,
        available.last_transition_time if available else None,
    )


def _daemon_set(item: DaemonSet) -> tuple[Any, ...]:
    status = item.status or DaemonSetStatus()
    return (
        *_named(item.metadata),
        item.metadata.generation,
        status.observed_generation,
        status.desired_number_scheduled or 0,
        status.current_number_scheduled or 0,
        status.updated_number_scheduled or 0,
        status.number_ready or 0,
        status.number_available or 0,
        status.number_misscheduled or 0,
    )


def _cron_job(item: CronJob) -> tuple[Any, ...]:
    spec, status = item.spec or CronJobSpec(), item.status or CronJobStatus()
    return (
        *_named(item.metadata),
        spec.schedule,
        bool(spec.suspend),
        status.last_schedule_time,
        status.last_successful_time,
    )


REPLICATED = TableKind(
    Replicated,
    (
        *_NAMED,
        *_GENERATIONS,
        ("desired", NUMBER),
        ("ready", NUMBER),
        ("available", NUMBER),
        ("updated", NUMBER),
        ("paused", FLAG),
        ("progressing", WORD),
        ("progressing_reason", WORD),
        ("progressing_message", TEXT),
        ("progressing_since", TIME),
        ("available_since", TIME),
    ),
    _replicated,
)

DAEMON_SET = TableKind(
    DaemonSet,
    (
        *_NAMED,
        *_GENERATIONS,
        ("desired", NUMBER),
        ("scheduled", NUMBER),
        ("updated", NUMBER),
        ("ready", NUMBER),
        ("available", NUMBER),
        ("misscheduled", NUMBER),
    ),
    _daemon_set,
)

CRON_JOB = TableKind(
    CronJob,
    (*_NAMED, ("schedule", TEXT), ("suspended", FLAG), ("last_scheduled", TIME), ("last_successful", TIME)),
    _cron_job,
)

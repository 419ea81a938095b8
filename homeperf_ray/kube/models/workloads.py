"""Deployments, DaemonSets, StatefulSets and CronJobs."""

from __future__ import annotations

from datetime import datetime

from homeperf_ray.kube.models.meta import Condition, Model, ObjectMeta


class ReplicaSpec(Model):
    replicas: int | None = None
    paused: bool | None = None


class ReplicaStatus(Model):
    """Of a Deployment or a StatefulSet."""

    observed_generation: int | None = None
    replicas: int | None = None
    ready_replicas: int | None = None
    available_replicas: int | None = None
    updated_replicas: int | None = None
    conditions: list[Condition] | None = None


class Replicated(Model):
    """A Deployment or a StatefulSet."""

    metadata: ObjectMeta
    spec: ReplicaSpec | None = None
    status: ReplicaStatus | None = None


class DaemonSetStatus(Model):
    observed_generation: int | None = None
    desired_number_scheduled: int | None = None
    current_number_scheduled: int | None = None
    updated_number_scheduled: int | None = None
    number_ready: int | None = None
    number_available: int | None = None
    number_misscheduled: int | None = None


class DaemonSet(Model):
    metadata: ObjectMeta
    status: DaemonSetStatus | None = None


class CronJobSpec(Model):
    schedule: str | None = None
    suspend: bool | None = None


class CronJobStatus(Model):
    last_schedule_time: datetime | None = None
    last_successful_time: datetime | None = None


class CronJob(Model):
    metadata: ObjectMeta
    spec: CronJobSpec | None = None
    status: CronJobStatus | None = None

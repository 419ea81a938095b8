"""Jobs and CronJobs."""

from __future__ import annotations

from homeperf_ray.kube.models.meta import Condition, Model, ObjectMeta, OwnerReference, Time
from homeperf_ray.kube.models.workloads import Template


class JobMeta(ObjectMeta):
    owner_references: list[OwnerReference] | None = None


class JobSpec(Model):
    """``managed_by`` names who runs it, where that is not the Job controller. A ``parallelism`` of 0 pauses it."""

    suspend: bool | None = None
    parallelism: int | None = None
    managed_by: str | None = None
    template: Template | None = None


class JobStatus(Model):
    """Counts of pods, and when the Job was started."""

    active: int | None = None
    succeeded: int | None = None
    failed: int | None = None
    start_time: Time = None
    conditions: list[Condition] | None = None


class Job(Model):
    metadata: JobMeta
    spec: JobSpec | None = None
    status: JobStatus | None = None


class JobTemplateSpec(Model):
    template: Template | None = None


class JobTemplate(Model):
    spec: JobTemplateSpec | None = None


class CronJobSpec(Model):
    schedule: str | None = None
    time_zone: str | None = None
    concurrency_policy: str | None = None
    suspend: bool | None = None
    job_template: JobTemplate | None = None


class JobReference(Model):
    name: str | None = None


class CronJobStatus(Model):
    """``active`` are the Jobs that run now. Servers before 1.21 do not tell ``last_successful_time``."""

    active: list[JobReference] | None = None
    last_schedule_time: Time = None
    last_successful_time: Time = None


class CronJob(Model):
    metadata: ObjectMeta
    spec: CronJobSpec | None = None
    status: CronJobStatus | None = None

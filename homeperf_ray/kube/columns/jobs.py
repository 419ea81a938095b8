"""Columns of Jobs and CronJobs."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from homeperf_ray.kube.columns.kind import COUNT, FLAG, TEXT, TIME, WORD, TableKind, brief
from homeperf_ray.kube.columns.workloads import claims_in
from homeperf_ray.kube.models.jobs import (
    CronJob,
    CronJobSpec,
    CronJobStatus,
    Job,
    JobSpec,
    JobStatus,
    JobTemplate,
    JobTemplateSpec,
)
from homeperf_ray.kube.models.meta import Condition, condition

_NO_CONDITION = Condition()


def _job(item: Job) -> tuple[Any, ...]:
    meta, spec, status = item.metadata, item.spec or JobSpec(), item.status or JobStatus()
    failure = condition(status.conditions, "Failed")
    complete = condition(status.conditions, "Complete")
    owner = next((one for one in meta.owner_references or () if one.controller), None)
    failed = failure is not None and failure.status == "True"
    told = failure if failed and failure else _NO_CONDITION
    return (
        meta.namespace,
        meta.name or "",
        meta.creation_timestamp,
        owner.kind if owner else None,
        owner.name if owner else None,
        bool(spec.suspend) or spec.parallelism == 0,
        bool(spec.managed_by),
        status.active or 0,
        status.succeeded or 0,
        status.failed or 0,
        status.start_time,
        complete is not None and complete.status == "True",
        failed,
        told.last_transition_time,
        told.reason,
        brief(told.message),
        claims_in(spec.template),
    )


def _cron_job(item: CronJob) -> tuple[Any, ...]:
    meta, spec, status = item.metadata, item.spec or CronJobSpec(), item.status or CronJobStatus()
    return (
        meta.namespace,
        meta.name or "",
        meta.creation_timestamp,
        spec.schedule,
        spec.time_zone,
        spec.concurrency_policy == "Forbid",
        bool(spec.suspend),
        len(status.active or ()),
        status.last_schedule_time,
        status.last_successful_time,
        claims_in(((spec.job_template or JobTemplate()).spec or JobTemplateSpec()).template),
    )


_NAMED = (("namespace", WORD), ("name", TEXT), ("created", TIME))

JOB = TableKind(
    "Job",
    Job,
    (
        *_NAMED,
        ("owner_kind", WORD),
        ("owner", TEXT),
        ("suspended", FLAG),
        ("managed_elsewhere", FLAG),
        ("active", COUNT),
        ("succeeded", COUNT),
        ("failures", COUNT),
        ("started", TIME),
        ("complete", FLAG),
        ("failed", FLAG),
        ("failed_at", TIME),
        ("failed_reason", WORD),
        ("failed_message", TEXT),
        ("claims", pa.list_(TEXT)),
    ),
    _job,
)

CRON_JOB = TableKind(
    "CronJob",
    CronJob,
    (
        *_NAMED,
        ("schedule", WORD),
        ("time_zone", WORD),
        ("one_at_a_time", FLAG),
        ("suspended", FLAG),
        ("active", COUNT),
        ("last_scheduled", TIME),
        ("last_successful", TIME),
        ("claims", pa.list_(TEXT)),
    ),
    _cron_job,
    versioned=True,
)

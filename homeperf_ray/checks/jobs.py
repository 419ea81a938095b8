"""Jobs: have they failed, have they not begun, do they not end?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pyarrow.compute as pc

from homeperf_ray.checks.check import Check
from homeperf_ray.checks.finding import Code, Judgement
from homeperf_ray.checks.masks import any_of, none_of
from homeperf_ray.checks.snapshot import Snapshot
from homeperf_ray.checks.thresholds import Limits, Thresholds
from homeperf_ray.checks.verdict import Verdict, age, ago, because, rows
from homeperf_ray.kube.resources import JOBS

_DESCRIBE = "kubectl -n {namespace} describe job {name}"

FAILED = Code("HP232", "a Job has failed", "warning", "kubectl -n {namespace} logs job/{name}", aid=("events",))
NOT_BEGUN = Code("HP233", "a Job has no pod", "warning", _DESCRIBE, ("rollout_grace",), ("events",))
ENDLESS = Code("HP234", "a Job runs for very long", "warning", _DESCRIBE, ("job_duration",))

CRON_JOB = "CronJob"


def judge_jobs(snapshot: Snapshot, thresholds: Thresholds) -> Judgement:
    """Jobs that have failed for good, that got no pod, that run for long. Of CronJobs' Jobs the CronJob is judged."""
    table = snapshot[JOBS]
    verdict = Verdict("jobs", "workloads", table.num_rows)
    unfinished = none_of(table["complete"], table["suspended"])
    for row in rows(table, any_of(table["failed"], unfinished)):
        if row["failed"]:
            if row["owner_kind"] != CRON_JOB:
                verdict.found(FAILED, "Job", row, how_it_failed(row, snapshot.now))
            continue
        found = _slowness(row, snapshot.now, thresholds.at("Job", row))
        if found:
            verdict.found(found[0], "Job", row, found[1])
    return verdict.judgement()


def how_it_failed(row: Mapping[str, Any], now: datetime) -> str:
    """When a Job failed and why."""
    when = f" {ago(age(now, row['failed_at']))} ago" if row["failed_at"] else ""
    return f"failed{when}{because(row['failed_reason'], row['failed_message'])}"


def _slowness(row: Mapping[str, Any], now: datetime, limits: Limits) -> tuple[Code, str] | None:
    """What is wrong with a Job that should be running. Between two attempts it may have no pod for some minutes."""
    since = age(now, row["started"] or row["created"])
    if row["active"]:
        return (ENDLESS, f"has run for {ago(since)}") if since > limits.job_duration else None
    tried = row["failures"] or row["succeeded"] or row["managed_elsewhere"]
    if tried or since <= limits.rollout_grace:
        return None
    return NOT_BEGUN, f"no pod was made for it in {ago(since)}"


def newest_jobs(snapshot: Snapshot) -> dict[tuple[str, str], dict[str, Any]]:
    """The newest Job of each CronJob, by the namespace and name of that."""
    table = snapshot.get(JOBS)
    if table is None:
        return {}
    columns = ["namespace", "name", "created", "owner_kind", "owner", "failed", "failed_at"]
    columns += ["failed_reason", "failed_message"]
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for row in rows(table.select(columns), pc.is_valid(table["created"])):
        key = (row["namespace"] or "", row["owner"] or "")
        if row["owner_kind"] == CRON_JOB and (key not in found or found[key]["created"] < row["created"]):
            found[key] = row
    return found


JOB_CHECKS = (
    Check(
        name="jobs",
        domain="workloads",
        title="Jobs",
        needs=(JOBS,),
        codes=(FAILED, NOT_BEGUN, ENDLESS),
        evaluate=judge_jobs,
        splits=True,
    ),
)

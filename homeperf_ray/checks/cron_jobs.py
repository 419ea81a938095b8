"""CronJobs: did the last run succeed, and do runs begin when they are due?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from homeperf_ray.checks.check import Check
from homeperf_ray.checks.finding import Code, Judgement
from homeperf_ray.checks.jobs import how_it_failed, newest_jobs
from homeperf_ray.checks.masks import none_of
from homeperf_ray.checks.schedule import runs_due
from homeperf_ray.checks.snapshot import Snapshot
from homeperf_ray.checks.thresholds import Limits, Thresholds
from homeperf_ray.checks.verdict import Verdict, age, ago, rows
from homeperf_ray.kube.resources import CRON_JOBS, JOBS

FAILING = Code(
    "HP231",
    "a CronJob's last run did not succeed",
    "warning",
    "kubectl -n {namespace} get jobs --sort-by=.status.startTime",
    ("cron_grace",),
    ("events",),
)
MISSED = Code(
    "HP235",
    "a CronJob does not start its runs",
    "warning",
    "kubectl -n {namespace} describe cronjob {name}; does the controller manager run?",
    ("cron_grace",),
    ("events",),
)

MISSED_RUNS = 2
"""So many runs in a row must be missing: one may be left out by a deadline, or while the cluster was down."""

SUCCESS_TOLD_SINCE = "batch/v1"
"""Servers that serve CronJobs in this version tell when one last succeeded."""


def judge_cron_jobs(snapshot: Snapshot, thresholds: Thresholds) -> Judgement:
    """The newest run of each, by its Job where that is still there, and runs that should have begun since."""
    table, now = snapshot[CRON_JOBS], snapshot.now
    verdict = Verdict("cronjobs", "workloads", table.num_rows)
    newest = newest_jobs(snapshot)
    for row in rows(table, none_of(table["suspended"])):
        limits = thresholds.at("CronJob", row)
        failure = _failure(row, newest.get((row["namespace"] or "", row["name"])), now, limits)
        if failure:
            verdict.found(FAILING, "CronJob", row, failure)
        missed = _missed(row, now, limits)
        if missed:
            verdict.found(MISSED, "CronJob", row, missed)
    return verdict.judgement()


def _failure(row: Mapping[str, Any], job: Mapping[str, Any] | None, now: datetime, limits: Limits) -> str:
    """How the last run failed. Without its Job only servers since 1.21 tell that it did."""
    good, started = row["last_successful"], row["last_scheduled"]
    if job is not None and (good is None or good <= job["created"]):
        return f"its Job {job['name']} {how_it_failed(job, now)}" if job["failed"] else ""
    if not started or age(now, started) <= limits.cron_grace or row["active"]:
        return ""
    if row["api_version"] != SUCCESS_TOLD_SINCE or (good and good >= started):
        return ""
    past = f"the last success was {ago(age(now, good))} ago" if good else "it has never succeeded"
    return f"the run of {ago(age(now, started))} ago failed; {past}"


def _missed(row: Mapping[str, Any], now: datetime, limits: Limits) -> str:
    since = row["last_scheduled"] or row["created"]
    if since is None or not row["schedule"] or age(now, since) <= limits.cron_grace:
        return ""
    until = now - timedelta(seconds=min(limits.cron_grace, age(now, since)))
    if runs_due(row["schedule"], row["time_zone"], since, until, most=MISSED_RUNS) < MISSED_RUNS:
        return ""
    when = f"{ago(age(now, since))} ago"
    if row["active"] and row["one_at_a_time"]:
        said = f"its run of {when} has not ended, and no other begins before"
    elif row["last_scheduled"]:
        said = f"no run has begun since {when}"
    else:
        said = f"no run has ever begun; it was made {when}"
    return f"{said} (schedule {row['schedule']})"


CRON_JOB_CHECKS = (
    Check(
        name="cronjobs",
        domain="workloads",
        title="CronJobs",
        needs=(CRON_JOBS,),
        optional=(JOBS,),
        codes=(FAILING, MISSED),
        evaluate=judge_cron_jobs,
        splits=True,
    ),
)

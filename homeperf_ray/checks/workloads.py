"""Deployments, StatefulSets, DaemonSets and CronJobs: are they behind what was asked of them?"""

from __future__ import annotations

from typing import Any

import pyarrow.compute as pc

from homeperf_ray.checks.check import Check
from homeperf_ray.checks.finding import Code, Judgement
from homeperf_ray.checks.snapshot import Snapshot
from homeperf_ray.checks.thresholds import Thresholds
from homeperf_ray.checks.verdict import Verdict, age, ago, because, rows
from homeperf_ray.kube.resources import CRON_JOBS, DAEMON_SETS, DEPLOYMENTS, STATEFUL_SETS, GroupResource

DOWN = Code("HP221", "nothing of a Deployment runs", "critical", "kubectl -n {namespace} describe deployment {name}")
BEHIND = Code("HP222", "a Deployment is behind", "warning", "kubectl -n {namespace} rollout status deployment {name}")
STUCK = Code(
    "HP223", "a rollout has run out of time", "warning", "kubectl -n {namespace} rollout undo deployment {name}"
)
STATEFUL_DOWN = Code(
    "HP224", "nothing of a StatefulSet runs", "critical", "kubectl -n {namespace} describe statefulset {name}"
)
STATEFUL_BEHIND = Code(
    "HP225", "a StatefulSet is behind", "warning", "kubectl -n {namespace} rollout status statefulset {name}"
)
DAEMON_DOWN = Code(
    "HP226", "nothing of a DaemonSet runs", "critical", "kubectl -n {namespace} describe daemonset {name}"
)
DAEMON_BEHIND = Code(
    "HP227", "a DaemonSet is behind", "warning", "kubectl -n {namespace} rollout status daemonset {name}"
)
CRON_FAILING = Code(
    "HP231", "a CronJob no longer succeeds", "warning", "kubectl -n {namespace} get jobs --sort-by=.status.startTime"
)


def judge_deployments(snapshot: Snapshot, thresholds: Thresholds) -> Judgement:
    """Available replicas against desired ones, and rollouts that have run out of time."""
    verdict = Verdict("deployments", "workloads", snapshot[DEPLOYMENTS].num_rows)
    for row in _short(snapshot, DEPLOYMENTS):
        if row["progressing_reason"] == "ProgressDeadlineExceeded":
            verdict.found(STUCK, "Deployment", row, f"its rollout is stuck{because(row['progressing_message'])}")
        if row["available"] == 0:
            if not _fresh(snapshot, row, thresholds):
                verdict.found(DOWN, "Deployment", row, f"none of {row['desired']} replicas is available")
        elif row["available"] < row["desired"] and not _rolling(snapshot, row, thresholds):
            verdict.found(BEHIND, "Deployment", row, f"{row['available']} of {row['desired']} replicas are available")
    return verdict.judgement()


def judge_stateful_sets(snapshot: Snapshot, thresholds: Thresholds) -> Judgement:
    """Ready replicas against desired ones."""
    verdict = Verdict("statefulsets", "workloads", snapshot[STATEFUL_SETS].num_rows)
    table = snapshot[STATEFUL_SETS]
    for row in rows(table, pc.less(table["ready"], table["desired"])):
        if _fresh(snapshot, row, thresholds):
            continue
        code = STATEFUL_BEHIND if row["ready"] else STATEFUL_DOWN
        verdict.found(code, "StatefulSet", row, f"{row['ready']} of {row['desired']} replicas are ready")
    return verdict.judgement()


def judge_daemon_sets(snapshot: Snapshot, thresholds: Thresholds) -> Judgement:
    """Ready pods against the nodes that should have one."""
    table = snapshot[DAEMON_SETS]
    verdict = Verdict("daemonsets", "workloads", table.num_rows)
    for row in rows(table, pc.less(table["ready"], table["desired"])):
        if _fresh(snapshot, row, thresholds):
            continue
        code = DAEMON_BEHIND if row["ready"] else DAEMON_DOWN
        verdict.found(code, "DaemonSet", row, f"ready on {row['ready']} of {row['desired']} nodes")
    return verdict.judgement()


def judge_cron_jobs(snapshot: Snapshot, thresholds: Thresholds) -> Judgement:
    """CronJobs whose last success is long before their last start. Servers before 1.21 do not tell it."""
    table = snapshot[CRON_JOBS]
    verdict = Verdict("cronjobs", "workloads", table.num_rows)
    for row in rows(table, pc.is_valid(table["last_successful"])):
        lag = age(row["last_scheduled"], row["last_successful"]) if row["last_scheduled"] else 0.0
        if lag > thresholds.cron_lag and not row["suspended"]:
            verdict.found(CRON_FAILING, "CronJob", row, f"started since, but last succeeded {ago(lag)} before that")
    return verdict.judgement()


def _short(snapshot: Snapshot, resource: GroupResource) -> list[dict[str, Any]]:
    table = snapshot[resource]
    stuck = pc.fill_null(pc.equal(table["progressing_reason"], "ProgressDeadlineExceeded"), fill_value=False)
    return rows(table, pc.or_(pc.less(table["available"], table["desired"]), stuck))


def _fresh(snapshot: Snapshot, row: dict[str, Any], thresholds: Thresholds) -> bool:
    """Whether the object is so new that it may still be starting."""
    return row["created"] is not None and age(snapshot.now, row["created"]) < thresholds.pod_grace


def _rolling(snapshot: Snapshot, row: dict[str, Any], thresholds: Thresholds) -> bool:
    """Whether a rollout is under way and within its time."""
    under_way = row["progressing"] == "True" and row["progressing_reason"] == "ReplicaSetUpdated"
    return under_way and age(snapshot.now, row["progressing_since"]) < thresholds.rollout_grace


WORKLOAD_CHECKS = (
    Check(
        name="deployments",
        domain="workloads",
        title="Deployments",
        needs=(DEPLOYMENTS,),
        codes=(DOWN, BEHIND, STUCK),
        evaluate=judge_deployments,
        splits=True,
    ),
    Check(
        name="statefulsets",
        domain="workloads",
        title="StatefulSets",
        needs=(STATEFUL_SETS,),
        codes=(STATEFUL_DOWN, STATEFUL_BEHIND),
        evaluate=judge_stateful_sets,
        splits=True,
    ),
    Check(
        name="daemonsets",
        domain="workloads",
        title="DaemonSets",
        needs=(DAEMON_SETS,),
        codes=(DAEMON_DOWN, DAEMON_BEHIND),
        evaluate=judge_daemon_sets,
        splits=True,
    ),
    Check(
        name="cronjobs",
        domain="workloads",
        title="CronJobs",
        needs=(CRON_JOBS,),
        codes=(CRON_FAILING,),
        evaluate=judge_cron_jobs,
        splits=True,
    ),
)

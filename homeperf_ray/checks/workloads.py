"""Deployments, StatefulSets and DaemonSets: are they behind what was asked of them?"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from homeperf_ray.checks.check import Check
from homeperf_ray.checks.finding import Code, Judgement
from homeperf_ray.checks.masks import any_of, before, is_one_of, less
from homeperf_ray.checks.snapshot import Snapshot
from homeperf_ray.checks.thresholds import Thresholds
from homeperf_ray.checks.verdict import Verdict, age, because, rows
from homeperf_ray.checks.workload_table import changed
from homeperf_ray.kube.resources import DAEMON_SETS, DEPLOYMENTS, STATEFUL_SETS, GroupResource

_DESCRIBE = "kubectl -n {namespace} describe {kind} {name}"
_ROLLOUT = "kubectl -n {namespace} rollout status {kind} {name}"
_GRACE = ("rollout_grace",)

DOWN = Code("HP221", "nothing of a Deployment runs", "critical", _DESCRIBE, _GRACE, ("events",))
BEHIND = Code("HP222", "a Deployment is behind", "warning", _ROLLOUT, _GRACE, ("events",))
STUCK = Code("HP223", "a rollout has run out of time", "warning", _DESCRIBE, aid=("events",))
STATEFUL_DOWN = Code("HP224", "nothing of a StatefulSet runs", "critical", _DESCRIBE, _GRACE, ("events",))
STATEFUL_BEHIND = Code("HP225", "a StatefulSet is behind", "warning", _ROLLOUT, _GRACE, ("events",))
DAEMON_DOWN = Code("HP226", "nothing of a DaemonSet runs", "critical", _DESCRIBE, _GRACE, ("events",))
DAEMON_BEHIND = Code("HP227", "a DaemonSet is behind", "warning", _ROLLOUT, _GRACE, ("events",))
MISSCHEDULED = Code("HP228", "a DaemonSet runs where it should not", "warning", _DESCRIBE)
UNSEEN = Code(
    "HP229",
    "a controller has not looked at a change",
    "warning",
    "Does the controller manager run? kubectl -n kube-system get pods -l component=kube-controller-manager",
    _GRACE,
)


def judge_deployments(snapshot: Snapshot, thresholds: Thresholds) -> Judgement:
    """Available replicas against desired ones, rollouts out of time, changes that nobody looked at."""
    table = snapshot[DEPLOYMENTS]
    verdict = Verdict("deployments", "workloads", table.num_rows)
    out_of_time = is_one_of(table["progressing_reason"], ["ProgressDeadlineExceeded"])
    for row in rows(table, any_of(less(table["available"], table["desired"]), out_of_time)):
        stuck = row["progressing_reason"] == "ProgressDeadlineExceeded"
        if stuck:
            verdict.found(STUCK, "Deployment", row, f"its rollout is stuck{because(row['progressing_message'])}")
        changing = not stuck and _recent("Deployment", row, changed(row), snapshot, thresholds)
        if row["available"] >= row["desired"] or changing:
            continue
        if row["available"]:
            verdict.found(BEHIND, "Deployment", row, f"{row['available']} of {row['desired']} replicas are available")
        else:
            verdict.found(DOWN, "Deployment", row, f"none of {_replicas(row['desired'])} is available")
    _judge_generations(verdict, "Deployment", table, snapshot, thresholds)
    return verdict.judgement()


def judge_stateful_sets(snapshot: Snapshot, thresholds: Thresholds) -> Judgement:
    """Ready replicas against desired ones, changes that nobody looked at."""
    table = snapshot[STATEFUL_SETS]
    verdict = Verdict("statefulsets", "workloads", table.num_rows)
    for row in rows(table, less(table["ready"], table["desired"])):
        if _recent("StatefulSet", row, row["created"], snapshot, thresholds):
            continue
        if row["ready"]:
            verdict.found(STATEFUL_BEHIND, "StatefulSet", row, f"{row['ready']} of {row['desired']} replicas are ready")
        else:
            verdict.found(STATEFUL_DOWN, "StatefulSet", row, f"none of {_replicas(row['desired'])} is ready")
    _judge_generations(verdict, "StatefulSet", table, snapshot, thresholds)
    return verdict.judgement()


def judge_daemon_sets(snapshot: Snapshot, thresholds: Thresholds) -> Judgement:
    """Available pods against the nodes that should have one, pods where none should be, changes not looked at."""
    table = snapshot[DAEMON_SETS]
    verdict = Verdict("daemonsets", "workloads", table.num_rows)
    for row in rows(table, less(table["available"], table["desired"])):
        if _recent("DaemonSet", row, row["created"], snapshot, thresholds):
            continue
        updating = f"; {row['updated']} of them updated" if row["updated"] < row["desired"] else ""
        message = f"available on {row['available']} of {row['desired']} nodes{updating}"
        verdict.found(DAEMON_BEHIND if row["available"] else DAEMON_DOWN, "DaemonSet", row, message)
    for row in rows(table, pc.greater(table["misscheduled"], 0)):
        nodes = "a node" if row["misscheduled"] == 1 else f"{row['misscheduled']} nodes"
        verdict.found(MISSCHEDULED, "DaemonSet", row, f"runs on {nodes} where it should not")
    _judge_generations(verdict, "DaemonSet", table, snapshot, thresholds)
    return verdict.judgement()


def _judge_generations(
    verdict: Verdict, kind: str, table: pa.Table, snapshot: Snapshot, thresholds: Thresholds
) -> None:
    """Find what its controller has never looked at, or not since it was changed."""
    observed = pc.fill_null(table["observed_generation"], 0)
    old = before(table["created"], snapshot.now, thresholds.widest.rollout_grace)
    for row in rows(table, pc.and_(less(observed, table["generation"]), old)):
        if _recent(kind, row, row["created"], snapshot, thresholds):
            continue
        seen = row["observed_generation"]
        what = f"only generation {seen} of {row['generation']}" if seen else "nothing of it"
        verdict.found(UNSEEN, kind, row, f"its controller has seen {what}")


def _recent(
    kind: str, row: dict[str, Any], moment: datetime | None, snapshot: Snapshot, thresholds: Thresholds
) -> bool:
    return moment is not None and age(snapshot.now, moment) < thresholds.at(kind, row).rollout_grace


def _replicas(count: int) -> str:
    return f"{count} replica{'s' * (count != 1)}"


def _check(
    name: str,
    title: str,
    resource: GroupResource,
    judge: Callable[[Snapshot, Thresholds], Judgement],
    codes: tuple[Code, ...],
) -> Check:
    return Check(
        name=name,
        domain="workloads",
        title=title,
        needs=(resource,),
        codes=codes,
        evaluate=judge,
        splits=True,
    )


WORKLOAD_CHECKS = (
    _check("deployments", "Deployments", DEPLOYMENTS, judge_deployments, (DOWN, BEHIND, STUCK, UNSEEN)),
    _check(
        "statefulsets", "StatefulSets", STATEFUL_SETS, judge_stateful_sets, (STATEFUL_DOWN, STATEFUL_BEHIND, UNSEEN)
    ),
    _check(
        "daemonsets", "DaemonSets", DAEMON_SETS, judge_daemon_sets, (DAEMON_DOWN, DAEMON_BEHIND, MISSCHEDULED, UNSEEN)
    ),
)

"""Pods: every way to be sick, and restart rates."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from homeperf_ray.checks.check import Check
from homeperf_ray.checks.finding import Code, Judgement
from homeperf_ray.checks.snapshot import Snapshot
from homeperf_ray.checks.thresholds import Thresholds
from homeperf_ray.checks.verdict import Verdict, age, ago, because, rows
from homeperf_ray.kube.resources import PODS

DAY = 86_400.0
WEEK = 7 * DAY

_DESCRIBE = "kubectl -n {namespace} describe pod {name}"
_LOGS = "kubectl -n {namespace} logs {name} --previous --all-containers"

CRASHING = Code("HP201", "a container crashes again and again", "critical", _LOGS)
NO_IMAGE = Code("HP202", "an image cannot be pulled", "critical", _DESCRIBE)
NOT_CREATED = Code("HP203", "a container cannot be created", "critical", _DESCRIBE)
UNSCHEDULED = Code("HP204", "no node takes a pod", "critical", _DESCRIBE)
FAILED = Code("HP205", "a pod has failed", "warning", _LOGS)
EVICTED = Code("HP206", "a pod was evicted", "warning", "When read: kubectl -n {namespace} delete pod {name}")
OUT_OF_MEMORY = Code("HP207", "a container was killed for want of memory", "warning", _DESCRIBE)
NOT_READY = Code("HP208", "a running pod is not ready", "warning", _DESCRIBE)
INIT_FAILING = Code("HP209", "an init container fails", "critical", _LOGS)
LOST = Code("HP210", "a pod's node has stopped reporting", "critical", "kubectl get nodes -o wide")
STUCK_ENDING = Code("HP211", "a deleted pod does not go away", "warning", _DESCRIBE)
STUCK_STARTING = Code("HP212", "a pod does not start", "warning", _DESCRIBE)
RESTARTING = Code("HP213", "a pod restarts too often", "warning", _LOGS)

IMAGE_REASONS = frozenset({"ImagePullBackOff", "ErrImagePull", "InvalidImageName", "ErrImageNeverPull",
                           "ImageInspectError", "RegistryUnavailable"})  # fmt: skip
CREATE_REASONS = frozenset({"CreateContainerConfigError", "CreateContainerError", "RunContainerError",
                            "PreCreateHookError", "PostStartHookError"})  # fmt: skip


def judge_pods(snapshot: Snapshot, thresholds: Thresholds) -> Judgement:
    """The worst thing that is wrong with each pod. Completed pods are well."""
    table = snapshot[PODS]
    verdict = Verdict("pods", "workloads", table.num_rows)
    for row in rows(table, _suspicious(table)):
        _judge_pod(verdict, row, snapshot, thresholds)
    return verdict.judgement()


def judge_restarts(snapshot: Snapshot, thresholds: Thresholds) -> Judgement:
    """Restart rates by age: in all on the first day, a day in the first week, a day after it."""
    table = snapshot[PODS]
    verdict = Verdict("restarts", "workloads", table.num_rows)
    restarted = pc.and_(pc.greater(table["restarts"], 0), pc.not_equal(table["phase"], "Succeeded"))
    for row in rows(table, restarted):
        restarts, old = row["restarts"], age(snapshot.now, row["started"] or row["created"])
        days = max(old / DAY, 1.0)
        if old < DAY:
            allowed = thresholds.restarts_first_day
        else:
            allowed = thresholds.restarts_per_day if old <= WEEK else thresholds.restarts_per_day_old
        if restarts / days > allowed:
            rate = (
                f"{restarts} times in {ago(old)}" if old < DAY else f"{restarts / days:.1f} times a day for {ago(old)}"
            )
            verdict.found(RESTARTING, "Pod", row, f"restarted {rate} (at most {allowed:g})")
    return verdict.judgement()


def _suspicious(table: pa.Table) -> pa.ChunkedArray:
    """Everything that is not plainly well, found without a loop."""
    running_well = pc.and_kleene(pc.equal(table["phase"], "Running"), table["ready"])
    well = pc.or_kleene(running_well, pc.equal(table["phase"], "Succeeded"))
    signs = pc.or_(pc.is_valid(table["deleted"]), pc.is_valid(table["waiting_reason"]))
    signs = pc.or_(signs, pc.fill_null(pc.equal(table["ended_reason"], "OOMKilled"), fill_value=False))
    return pc.or_(signs, pc.invert(pc.fill_null(well, fill_value=False)))


def _judge_pod(verdict: Verdict, row: dict[str, Any], snapshot: Snapshot, thresholds: Thresholds) -> None:
    """One finding a pod: what comes first explains what comes after."""
    now, grace = snapshot.now, thresholds.pod_grace
    phase, waiting = row["phase"], row["waiting_reason"]
    because_waiting = because(waiting, row["waiting_message"])
    container = row["container"]
    if row["deleted"]:
        late = age(now, row["deleted"])
        if late > grace:
            verdict.found(STUCK_ENDING, "Pod", row, f"was to end {ago(late)} ago and is still there")
    elif phase == "Unknown" or row["reason"] == "NodeLost":
        verdict.found(LOST, "Pod", row, f"its node {row['node'] or ''} has stopped reporting")
    elif phase == "Failed" and row["reason"] == "Evicted":
        verdict.found(EVICTED, "Pod", row, f"evicted{because(row['message'])}")
    elif phase == "Failed":
        reason = because(row["reason"] or row["ended_reason"], row["message"])
        code = f" (exit code {row['ended_code']})" if row["ended_code"] else ""
        verdict.found(FAILED, "Pod", row, f"failed{code}{reason}")
    elif phase == "Succeeded":
        return
    elif waiting in IMAGE_REASONS:
        verdict.found(NO_IMAGE, "Pod", row, f"container {container} has no image{because_waiting}")
    elif waiting in CREATE_REASONS:
        verdict.found(NOT_CREATED, "Pod", row, f"container {container} cannot be created{because_waiting}")
    elif row["init"] and (waiting == "CrashLoopBackOff" or row["ended_code"]):
        verdict.found(INIT_FAILING, "Pod", row, f"init container {container} fails{_ending(row)}")
    elif waiting == "CrashLoopBackOff":
        verdict.found(CRASHING, "Pod", row, f"container {container} crashes, {row['restarts']} restarts{_ending(row)}")
    elif row["unscheduled_reason"]:
        since = age(now, row["created"])
        if since > grace:
            reason = because(row["unscheduled_message"] or row["unscheduled_reason"])
            verdict.found(UNSCHEDULED, "Pod", row, f"no node has taken it for {ago(since)}{reason}")
    elif phase == "Pending":
        since = age(now, row["started"] or row["created"])
        if since > grace:
            verdict.found(STUCK_STARTING, "Pod", row, f"has not started for {ago(since)}{because_waiting}")
    else:
        _judge_running(verdict, row, snapshot, thresholds)


def _judge_running(verdict: Verdict, row: dict[str, Any], snapshot: Snapshot, thresholds: Thresholds) -> None:
    if row["ended_reason"] == "OOMKilled" and age(snapshot.now, row["ended_at"]) < thresholds.out_of_memory_window:
        when = f" {ago(age(snapshot.now, row['ended_at']))} ago" if row["ended_at"] else ""
        verdict.found(OUT_OF_MEMORY, "Pod", row, f"container {row['container']} was killed for want of memory{when}")
    elif row["ready"] is False:
        since = age(snapshot.now, row["ready_since"] or row["created"])
        if since > thresholds.pod_grace:
            reason = because(row["ready_reason"], f"container {row['container']}" if row["container"] else None)
            verdict.found(NOT_READY, "Pod", row, f"not ready for {ago(since)}{reason}")


def _ending(row: dict[str, Any]) -> str:
    if row["ended_code"] is None:
        return ""
    return f"; it last ended with {row['ended_reason'] or 'an error'} (exit code {row['ended_code']})"


POD_CHECKS = (
    Check(
        name="pods",
        domain="workloads",
        title="pods",
        needs=(PODS,),
        codes=(CRASHING, NO_IMAGE, NOT_CREATED, UNSCHEDULED, FAILED, EVICTED, OUT_OF_MEMORY, NOT_READY, INIT_FAILING,
               LOST, STUCK_ENDING, STUCK_STARTING),
        evaluate=judge_pods,
        splits=True,
    ),
    Check(
        name="restarts",
        domain="workloads",
        title="restart rates",
        needs=(PODS,),
        codes=(RESTARTING,),
        evaluate=judge_restarts,
        splits=True,
    ),
)  # fmt: skip

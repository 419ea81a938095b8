"""Pods: every way to be sick, and restart rates."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from homeperf_ray.checks import pod_codes as codes
from homeperf_ray.checks.check import Check
from homeperf_ray.checks.finding import Judgement
from homeperf_ray.checks.masks import Mask, all_of, any_of, before, is_one_of, none_of
from homeperf_ray.checks.snapshot import Snapshot
from homeperf_ray.checks.thresholds import Limits, Thresholds
from homeperf_ray.checks.verdict import Verdict, age, ago, because, lasting, rows
from homeperf_ray.kube.resources import JOBS, PODS

DAY = 86_400.0
WEEK = 7 * DAY

IMAGE_REASONS = frozenset({"ImagePullBackOff", "ErrImagePull", "ErrImageNeverPull", "ImageInspectError",
                           "RegistryUnavailable", "SignatureValidationFailed"})  # fmt: skip
"""Why a container waits whose image cannot be had."""
CREATE_REASONS = frozenset({"CreateContainerConfigError", "CreateContainerError", "InvalidImageName",
                            "RunContainerError", "PreCreateHookError", "PreStartHookError", "PostStartHookError",
                            "CreatePodSandboxError", "ConfigPodSandboxError"})  # fmt: skip
"""Why a container waits that cannot be made."""
CRASH_LOOP = "CrashLoopBackOff"
GATED = "SchedulingGated"
"""Why a pod waits that somebody holds back on purpose: a queue of Jobs, say."""


def judge_pods(snapshot: Snapshot, thresholds: Thresholds) -> Judgement:
    """What is wrong with each pod. Pods that have done their work, and young ones that are on their way, are well."""
    table = snapshot[PODS]
    verdict = Verdict("pods", "workloads", table.num_rows)
    done = _done(snapshot)
    gated = 0
    for row in rows(table, _suspicious(table, snapshot.now, thresholds.widest)):
        gated += row["unscheduled_reason"] == GATED
        if (row["namespace"], row["job"]) not in done:
            _judge_pod(verdict, row, snapshot.now, thresholds.at("Pod", row))
    if gated:
        verdict.note(f"pods that a scheduling gate holds back: {gated}")
    return verdict.judgement()


def _done(snapshot: Snapshot) -> set[tuple[str, str]]:
    """The Jobs whose work was done: they are complete, or a later Job of the same CronJob is.

    What failed of them was tried again, with success.
    """
    table = snapshot.get(JOBS)
    if table is None:
        return set()
    columns = table.select(["namespace", "name", "owner_kind", "owner", "created", "complete", "failed"])
    found = rows(columns, any_of(table["complete"], table["failed"]))
    latest: dict[tuple[str, str], datetime] = {}
    for row in found:
        if row["complete"] and row["owner_kind"] == "CronJob" and row["created"]:
            owner = (row["namespace"], row["owner"])
            latest[owner] = max(row["created"], latest.get(owner, row["created"]))
    return {(row["namespace"], row["name"]) for row in found if row["complete"] or _redone(row, latest)}


def _redone(row: dict[str, Any], latest: dict[tuple[str, str], datetime]) -> bool:
    done = latest.get((row["namespace"], row["owner"])) if row["owner_kind"] == "CronJob" else None
    return done is not None and row["created"] is not None and row["created"] < done


def _suspicious(table: pa.Table, now: datetime, limits: Limits) -> Mask:
    """Every pod that may be sick, found without a loop over the pods."""
    phase = table["phase"]
    settled = before(table["created"], now, limits.pod_grace)
    unready = all_of(pc.invert(table["ready"]), is_one_of(phase, ["Running"]))
    alive = any_of(
        is_one_of(phase, ["Failed", "Unknown"]),
        all_of(settled, none_of(is_one_of(phase, ["Running", "Succeeded"]))),
        all_of(settled, unready),
        is_one_of(table["reason"], ["NodeLost"]),
        is_one_of(table["waiting_reason"], {*IMAGE_REASONS, *CREATE_REASONS, CRASH_LOOP}),
        all_of(table["init"], pc.fill_null(pc.not_equal(table["ended_code"], 0), fill_value=False)),
        before(table["oom_at"], now, 0.0),
        _restarts_much(table, now, limits),
    )
    gone = any_of(is_one_of(phase, ["Succeeded"]), pc.is_valid(table["deleted"]))
    return any_of(before(table["deleted"], now, limits.pod_grace), all_of(alive, none_of(gone)))


def _restarts_much(table: pa.Table, now: datetime, limits: Limits) -> Mask:
    """Whether the restarts of each pod are too many for its age."""
    restarts = pc.cast(table["restarts"], pa.float64())
    lived = pc.cast(pc.subtract(pa.scalar(now, pa.timestamp("us", tz="UTC")), table["created"]), pa.int64())
    days = pc.max_element_wise(pc.divide(pc.cast(lived, pa.float64()), DAY * 1e6), 1.0, skip_nulls=False)
    young, old = pc.less(days, 1.0 + 1e-9), pc.greater(days, 7.0)
    allowed = pc.if_else(
        young,
        limits.restarts_first_day,
        pc.if_else(old, limits.restarts_per_day_old, limits.restarts_per_day),
    )
    return pc.fill_null(pc.greater(pc.divide(restarts, days), allowed), fill_value=False)


def _judge_pod(verdict: Verdict, row: dict[str, Any], now: datetime, limits: Limits) -> None:
    """The first thing that is wrong explains what follows from it; kills and restarts are news of their own."""
    if row["deleted"]:
        late = age(now, row["deleted"])
        where = f" from {row['node']}" if row["node"] else ""
        verdict.found(codes.STUCK_ENDING, "Pod", row, f"should have gone{where} {ago(late)} ago and is still there")
    elif row["phase"] == "Unknown" or row["reason"] == "NodeLost":
        where = f" {row['node']}" if row["node"] else ""
        verdict.found(codes.LOST, "Pod", row, f"its node{where} has stopped reporting{because(row['message'])}")
    elif row["phase"] == "Failed":
        _judge_failed(verdict, row)
    elif _judge_containers(verdict, row, now, limits):
        if row["oom_container"] != row["container"]:
            _judge_kill(verdict, row, now, limits)
    elif row["phase"] == "Running":
        _judge_running(verdict, row, now, limits)
    else:
        _judge_pending(verdict, row, now, limits)


def _judge_failed(verdict: Verdict, row: dict[str, Any]) -> None:
    if row["reason"] == "Evicted":
        verdict.found(codes.EVICTED, "Pod", row, f"evicted{because(row['message'])}")
        return
    part, ending = row["container"] or "", f" with exit code {row['ended_code']}" if row["ended_code"] else ""
    reason = because(row["reason"] or row["ended_reason"], row["message"])
    if row["owner_kind"]:
        verdict.found(
            codes.FAILED_OWNED, "Pod", row, f"a pod of a {row['owner_kind']} failed{ending}{reason}", part=part
        )
    else:
        message = f"failed{ending}, and nothing will replace it{reason}"
        verdict.found(codes.FAILED_ALONE, "Pod", row, message, part=part)


def _judge_containers(verdict: Verdict, row: dict[str, Any], now: datetime, limits: Limits) -> bool:
    """Whether a container explains what is wrong."""
    waiting, container = row["waiting_reason"], f"{'init ' if row['init'] else ''}container {row['container']}"
    part, reason = row["container"] or "", because(waiting, row["waiting_message"])
    if waiting in IMAGE_REASONS:
        verdict.found(codes.NO_IMAGE, "Pod", row, f"{container} has no image{reason}", part=part)
    elif waiting in CREATE_REASONS:
        verdict.found(codes.NOT_CREATED, "Pod", row, f"{container} cannot be made{reason}", part=part)
    elif row["init"] and (waiting == CRASH_LOOP or _keeps_failing(row, now, limits)):
        verdict.found(codes.INIT_FAILING, "Pod", row, f"{container} fails{_ending(row)}", part=part)
    elif waiting == CRASH_LOOP:
        message = f"{container} crashes, {row['restarts']} restarts{_ending(row)}"
        verdict.found(codes.CRASHING, "Pod", row, message, part=part)
    else:
        return False
    return True


def _judge_pending(verdict: Verdict, row: dict[str, Any], now: datetime, limits: Limits) -> None:
    if age(now, row["created"]) <= limits.pod_grace or row["unscheduled_reason"] == GATED:
        return
    since = lasting(now, row["created"])
    if row["unscheduled_reason"] == "Unschedulable":
        verdict.found(codes.UNSCHEDULED, "Pod", row, f"no node takes it{since}{because(row['unscheduled_message'])}")
        return
    held = because(
        row["unscheduled_reason"] or row["waiting_reason"], row["unscheduled_message"] or row["waiting_message"]
    )
    where = f" on {row['node']}" if row["node"] else ""
    verdict.found(codes.STUCK_STARTING, "Pod", row, f"has not started{where}{since}{held}")


def _judge_running(verdict: Verdict, row: dict[str, Any], now: datetime, limits: Limits) -> None:
    unready_since = max(filter(None, (row["ready_since"], row["created"])), default=None)
    serves = row["owner_kind"] != "Job"
    if serves and not row["ready"] and age(now, unready_since) > limits.pod_grace:
        who = f"container {row['container']}" if row["container"] else ""
        reason = because(row["ready_reason"], who, row["waiting_reason"])
        message = f"not ready{lasting(now, unready_since)}{reason}"
        verdict.found(codes.NOT_READY, "Pod", row, message, part=row["container"] or "")
    _judge_kill(verdict, row, now, limits)
    _judge_restarts(verdict, row, now, limits)


def _judge_kill(verdict: Verdict, row: dict[str, Any], now: datetime, limits: Limits) -> None:
    if row["oom_at"] and age(now, row["oom_at"]) < limits.out_of_memory_window:
        when = ago(age(now, row["oom_at"]))
        message = f"container {row['oom_container']} ran out of memory {when} ago"
        verdict.found(codes.OUT_OF_MEMORY, "Pod", row, message, part=row["oom_container"] or "")


def _judge_restarts(verdict: Verdict, row: dict[str, Any], now: datetime, limits: Limits) -> None:
    if row["created"] is None:
        return
    lived, restarts = age(now, row["created"]), row["restarts"]
    if lived < DAY:
        if restarts > limits.restarts_first_day:
            allowed = f"{limits.restarts_first_day:g} are allowed on the first day"
            verdict.found(codes.RESTARTING, "Pod", row, f"{restarts} restarts in {ago(lived)} ({allowed})")
        return
    limit = limits.restarts_per_day if lived <= WEEK else limits.restarts_per_day_old
    if restarts * DAY / lived > limit:
        rate = f"{restarts * DAY / lived:.1f} restarts a day over {ago(lived)}"
        verdict.found(codes.RESTARTING, "Pod", row, f"{rate} ({limit:g} are allowed at this age)")


def _keeps_failing(row: dict[str, Any], now: datetime, limits: Limits) -> bool:
    """Whether an init container has had its time to wait for what it needs."""
    return bool(row["ended_code"]) and age(now, row["created"]) > limits.pod_grace


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
        optional=(JOBS,),
        codes=codes.POD_CODES,
        evaluate=judge_pods,
        splits=True,
    ),
)

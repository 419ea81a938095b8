"""Ceph, as Rook reports it in its CephCluster."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from homeperf_ray.checks.ceph_details import advice
from homeperf_ray.checks.check import Check
from homeperf_ray.checks.finding import Code, Judgement
from homeperf_ray.checks.snapshot import Snapshot
from homeperf_ray.checks.thresholds import Limits, Thresholds
from homeperf_ray.checks.verdict import Verdict, age, ago, because, lasting, rows
from homeperf_ray.kube.resources import CEPH_CLUSTERS

_TOOLBOX = "kubectl -n {namespace} exec deploy/rook-ceph-tools -- "
_OPERATOR = "kubectl -n {namespace} logs deploy/rook-ceph-operator --tail=50"

HEALTH_ERR = Code("HP311", "Ceph reports an error", "critical", f"{_TOOLBOX}ceph health detail")
HEALTH_WARN = Code("HP312", "Ceph warns", "warning", f"{_TOOLBOX}ceph health detail")
NEARFULL = Code("HP313", "Ceph is nearly full", "warning", f"{_TOOLBOX}ceph df", ("ceph_nearfull",))
FULL = Code("HP314", "Ceph is full", "critical", f"{_TOOLBOX}ceph df", ("ceph_full",))
STALE = Code("HP315", "Ceph's report is stale", "warning", _OPERATOR, ("ceph_report_age",))
NOT_READY = Code("HP316", "Rook has not made the Ceph cluster ready", "warning", _OPERATOR, ("ceph_grace",))
FAILED = Code("HP317", "Rook has failed at the Ceph cluster", "critical", _OPERATOR)
MIXED = Code("HP319", "Ceph runs in several versions", "warning", f"{_TOOLBOX}ceph versions")

READY_PHASES = frozenset({"Ready", "Connected"})
FAILED_PHASES = frozenset({"Failure", "Error", "Failed", "ReconcileFailed"})
"""Rook's controllers differ in the word: a cluster or a pool is in Failure, a filesystem has ReconcileFailed."""


def judge_ceph(snapshot: Snapshot, thresholds: Thresholds) -> Judgement:
    """Health with its details, capacity, age of the report, phase, versions of the daemons."""
    table = snapshot[CEPH_CLUSTERS]
    verdict = Verdict("ceph", "storage", table.num_rows)
    for row in rows(table):
        _judge_health(verdict, row)
        limits = thresholds.at("CephCluster", row)
        _judge_capacity(verdict, row, limits)
        _judge_phase(verdict, row, snapshot.now, limits)
        _judge_versions(verdict, row)
        old = age(snapshot.now, row["last_checked"])
        if not row["health"] and row["phase"] in READY_PHASES:
            if age(snapshot.now, row["created"]) > limits.ceph_report_age:
                verdict.found(STALE, "CephCluster", row, "Rook does not say how well it is")
        elif old > limits.ceph_report_age:
            verdict.found(
                STALE, "CephCluster", row, f"Rook last looked at it {ago(old)} ago; its health may be another"
            )
    return verdict.judgement()


def _judge_health(verdict: Verdict, row: dict[str, Any]) -> None:
    """One finding a detail, each with its own severity and its own advice."""
    health = row["health"]
    if health in (None, "", "HEALTH_OK"):
        return
    for detail in row["details"] or [{"name": health, "severity": health, "message": "no detail is told"}]:
        code = HEALTH_ERR if (detail["severity"] or health) == "HEALTH_ERR" else HEALTH_WARN
        name = detail["name"] or health
        sentence, command = advice(name)
        message = f"{name}{because(detail['message'])}"
        verdict.found(code, "CephCluster", row, message, part=name, hint=f"{sentence}: {_TOOLBOX}{command}")


def _judge_capacity(verdict: Verdict, row: dict[str, Any], limits: Limits) -> None:
    total, used = row["bytes_total"], row["bytes_used"]
    if not total or used is None:
        return
    share = 100 * used / total
    if share >= min(limits.ceph_nearfull, limits.ceph_full):
        code = FULL if share >= limits.ceph_full else NEARFULL
        verdict.found(code, "CephCluster", row, f"{share:.0f} % of {total / 1e12:.1f} TB are used")


def _judge_phase(verdict: Verdict, row: dict[str, Any], now: datetime, limits: Limits) -> None:
    """Rook is Progressing for a while at each of its rounds; only when it stays there something is wrong."""
    phase = row["phase"] or "not told"
    if phase in FAILED_PHASES:
        verdict.found(FAILED, "CephCluster", row, f"its phase is {phase}{because(row['message'])}")
    elif phase not in READY_PHASES:
        since = row["progressing_since"] or row["created"]
        if age(now, since) > limits.ceph_grace:
            message = f"its phase is {phase}{lasting(now, since)}{because(row['message'])}"
            verdict.found(NOT_READY, "CephCluster", row, message)


def _judge_versions(verdict: Verdict, row: dict[str, Any]) -> None:
    """Different versions are an upgrade while Rook is at it, and an upgrade that was left halfway once it is not."""
    versions = row["versions"] or []
    if len(versions) > 1 and row["phase"] in READY_PHASES:
        told = ", ".join(f"{one['daemons']} of {one['version']}" for one in versions)
        verdict.found(MIXED, "CephCluster", row, f"its daemons are of {len(versions)} versions: {told}")


CEPH_CHECKS = (
    Check(
        name="ceph",
        domain="storage",
        title="Ceph",
        needs=(CEPH_CLUSTERS,),
        codes=(HEALTH_ERR, HEALTH_WARN, NEARFULL, FULL, STALE, NOT_READY, FAILED, MIXED),
        evaluate=judge_ceph,
        splits=True,
        unserved_note="Ceph is not installed: the cluster serves no CephClusters",
    ),
)

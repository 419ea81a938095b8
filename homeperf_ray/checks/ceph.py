"""Ceph, as Rook reports it in its CephCluster."""

from __future__ import annotations

from typing import Any

from homeperf_ray.checks.check import Check
from homeperf_ray.checks.finding import Code, Judgement
from homeperf_ray.checks.snapshot import Snapshot
from homeperf_ray.checks.thresholds import Thresholds
from homeperf_ray.checks.verdict import Verdict, age, ago, because, rows
from homeperf_ray.kube.resources import CEPH_CLUSTERS

_STATUS = "kubectl -n {namespace} exec deploy/rook-ceph-tools -- ceph health detail"

HEALTH_ERR = Code("HP311", "Ceph is in an error state", "critical", _STATUS)
HEALTH_WARN = Code("HP312", "Ceph warns", "warning", _STATUS)
NEARFULL = Code(
    "HP313", "Ceph is nearly full", "warning", "kubectl -n {namespace} exec deploy/rook-ceph-tools -- ceph df"
)
FULL = Code("HP314", "Ceph is full", "critical", "kubectl -n {namespace} exec deploy/rook-ceph-tools -- ceph df")
STALE = Code(
    "HP315", "Ceph's report is stale", "warning", "kubectl -n {namespace} logs deploy/rook-ceph-operator --tail=50"
)
NOT_READY = Code(
    "HP316", "Rook has not made the Ceph cluster ready", "warning", "kubectl -n {namespace} describe cephcluster {name}"
)

READY_PHASES = frozenset({"Ready", "Connected"})


def judge_ceph(snapshot: Snapshot, thresholds: Thresholds) -> Judgement:
    """Health with its details, capacity, age of the report, phase."""
    table = snapshot[CEPH_CLUSTERS]
    verdict = Verdict("ceph", "storage", table.num_rows)
    for row in rows(table):
        _judge_health(verdict, row)
        _judge_capacity(verdict, row, thresholds)
        if row["last_checked"] is not None:
            old = age(snapshot.now, row["last_checked"])
            if old > thresholds.ceph_report_age:
                verdict.found(STALE, "CephCluster", row, f"Rook last looked at it {ago(old)} ago")
        if row["phase"] not in READY_PHASES:
            phase = row["phase"] or "unknown"
            verdict.found(NOT_READY, "CephCluster", row, f"its phase is {phase}{because(row['message'])}")
    return verdict.judgement()


def _judge_health(verdict: Verdict, row: dict[str, Any]) -> None:
    health = row["health"]
    if health in (None, "HEALTH_OK"):
        return
    details = row["details"] or [{"name": health, "severity": health, "message": None}]
    for detail in details:
        code = HEALTH_ERR if "HEALTH_ERR" in (detail["severity"], health if not row["details"] else "") else HEALTH_WARN
        verdict.found(code, "CephCluster", row, f"{detail['name']}{because(detail['message'])}")


def _judge_capacity(verdict: Verdict, row: dict[str, Any], thresholds: Thresholds) -> None:
    total, used = row["bytes_total"], row["bytes_used"]
    if not total or used is None:
        return
    share = 100 * used / total
    if share >= thresholds.ceph_nearfull:
        code = FULL if share >= thresholds.ceph_full else NEARFULL
        verdict.found(code, "CephCluster", row, f"{share:.0f} % of {total / 1e12:.1f} TB are used")


CEPH_CHECKS = (
    Check(
        name="ceph",
        domain="storage",
        title="Ceph",
        needs=(CEPH_CLUSTERS,),
        codes=(HEALTH_ERR, HEALTH_WARN, NEARFULL, FULL, STALE, NOT_READY),
        evaluate=judge_ceph,
        unserved_note="no Ceph here (the cluster has no CephCluster resource)",
    ),
)

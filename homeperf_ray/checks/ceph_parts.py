"""Pools, filesystems and object stores of Ceph, as Rook keeps them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from homeperf_ray.checks.ceph import FAILED_PHASES, READY_PHASES
from homeperf_ray.checks.check import Check
from homeperf_ray.checks.finding import Code, Judgement
from homeperf_ray.checks.snapshot import Snapshot
from homeperf_ray.checks.thresholds import Thresholds
from homeperf_ray.checks.verdict import Verdict, age, because, lasting, rows
from homeperf_ray.kube.resources import CEPH_BLOCK_POOLS, CEPH_FILESYSTEMS, CEPH_OBJECT_STORES, GroupResource

_DESCRIBE = "kubectl -n {namespace} describe {kind} {name}"

FAILED = Code("HP321", "Rook has failed at a part of Ceph", "critical", _DESCRIBE, aid=("events",))
NOT_READY = Code("HP320", "a part of Ceph is not ready", "warning", _DESCRIBE, ("ceph_grace",), ("events",))

KINDS: dict[GroupResource, str] = {
    CEPH_BLOCK_POOLS: "CephBlockPool",
    CEPH_FILESYSTEMS: "CephFilesystem",
    CEPH_OBJECT_STORES: "CephObjectStore",
}


def judge_ceph_parts(snapshot: Snapshot, thresholds: Thresholds) -> Judgement:
    """Pools, filesystems and object stores are ready. One that was deleted is left alone while Rook takes it away."""
    tables = {kind: snapshot.get(resource) for resource, kind in KINDS.items()}
    verdict = Verdict("ceph-parts", "storage", sum(table.num_rows for table in tables.values() if table is not None))
    for kind, table in tables.items():
        for row in rows(table) if table is not None else ():
            if row["deleted"] is None and row["phase"] not in READY_PHASES:
                _judge(verdict, kind, row, snapshot.now, thresholds.at(kind, row).ceph_grace)
    return verdict.judgement()


def _judge(verdict: Verdict, kind: str, row: dict[str, Any], now: datetime, grace: float) -> None:
    if row["phase"] in FAILED_PHASES:
        verdict.found(FAILED, kind, row, f"its phase is {row['phase']}{because(row['message'])}")
        return
    since = row["since"] or row["created"]
    if age(now, since) > grace:
        phase = f"its phase is {row['phase']}" if row["phase"] else "Rook has not looked at it"
        verdict.found(NOT_READY, kind, row, f"{phase}{lasting(now, since)}{because(row['message'])}")


CEPH_PART_CHECKS = (
    Check(
        name="ceph-parts",
        domain="storage",
        title="pools, filesystems and object stores of Ceph",
        needs=(CEPH_BLOCK_POOLS,),
        optional=(CEPH_FILESYSTEMS, CEPH_OBJECT_STORES),
        codes=(NOT_READY, FAILED),
        evaluate=judge_ceph_parts,
        splits=True,
    ),
)

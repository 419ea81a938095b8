"""Volumes: those that could not be reclaimed, that nobody claims any more, that do not go."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from homeperf_ray.checks.check import Check
from homeperf_ray.checks.claims import STUCK_ENDING, held
from homeperf_ray.checks.finding import Code, Judgement
from homeperf_ray.checks.masks import any_of, before, is_one_of
from homeperf_ray.checks.snapshot import Snapshot
from homeperf_ray.checks.thresholds import Limits, Thresholds
from homeperf_ray.checks.verdict import Verdict, age, ago, because, rows
from homeperf_ray.kube.resources import PERSISTENT_VOLUMES

GIBIBYTE = 2**30

FAILED = Code("HP305", "a volume could not be reclaimed", "warning", "kubectl describe pv {name}", aid=("events",))
RELEASED = Code(
    "HP310",
    "a released volume stays",
    "warning",
    "kubectl describe pv {name}; when nobody needs what is on it: kubectl delete pv {name}",
    ("released_grace",),
)


def judge_volumes(snapshot: Snapshot, thresholds: Thresholds) -> Judgement:
    """Volumes whose reclaiming failed, released ones that stay, deleted ones that do not go.

    Servers before 1.29 do not tell since when a volume has been released: one to be kept is found at once then, and
    one to be deleted not at all.
    """
    table = snapshot[PERSISTENT_VOLUMES]
    verdict = Verdict("volumes", "storage", table.num_rows)
    ending = before(table["deleted"], snapshot.now, thresholds.widest.volume_grace)
    for row in rows(table, any_of(is_one_of(table["phase"], ["Failed", "Released"]), ending)):
        limits, late = thresholds.at("PersistentVolume", row), age(snapshot.now, row["deleted"])
        if row["phase"] == "Failed":
            reason = because(row["reason"], row["message"])
            message = f"the volume{_of_claim(row)} could not be reclaimed{reason}"
            verdict.found(FAILED, "PersistentVolume", row, message)
        elif row["deleted"] and late > limits.volume_grace:
            verdict.found(STUCK_ENDING, "PersistentVolume", row, held(row, late, "a claim"), command="pv")
        elif row["phase"] == "Released" and not row["deleted"]:
            _judge_released(verdict, row, snapshot.now, limits)
    return verdict.judgement()


def _judge_released(verdict: Verdict, row: Mapping[str, Any], now: datetime, limits: Limits) -> None:
    kept, since = row["policy"] == "Retain", row["phase_since"]
    if age(now, since) <= limits.released_grace if since else not kept:
        return
    size = f"{row['capacity'] / GIBIBYTE:.0f} GiB" if row["capacity"] else "its room"
    lasted = f" {ago(age(now, since))} ago" if since else ""
    why = "it is to be kept" if kept else "it should have been deleted"
    verdict.found(RELEASED, "PersistentVolume", row, f"released{_of_claim(row, 'by')}{lasted}; {why} ({size})")


def _of_claim(row: Mapping[str, Any], word: str = "of") -> str:
    return f" {word} claim {row['claim_namespace']}/{row['claim']}" if row["claim"] else ""


VOLUME_CHECKS = (
    Check(
        name="volumes",
        domain="storage",
        title="volumes",
        needs=(PERSISTENT_VOLUMES,),
        codes=(FAILED, RELEASED, STUCK_ENDING),
        evaluate=judge_volumes,
        whole_cluster=True,
    ),
)

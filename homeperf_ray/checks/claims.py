"""Claims: do they have their volume, and do they go when they are deleted?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from homeperf_ray.checks.check import Check
from homeperf_ray.checks.finding import Code, Judgement
from homeperf_ray.checks.masks import any_of, before, is_not
from homeperf_ray.checks.snapshot import Snapshot
from homeperf_ray.checks.thresholds import Thresholds
from homeperf_ray.checks.verdict import Verdict, age, ago, rows
from homeperf_ray.kube.resources import PERSISTENT_VOLUME_CLAIMS, STORAGE_CLASSES

_DESCRIBE = "kubectl -n {namespace} describe pvc {name}"

PENDING = Code("HP301", "a claim gets no volume", "critical", _DESCRIBE, ("claim_grace",), ("events",))
LOST = Code("HP302", "a claim has lost its volume", "critical", _DESCRIBE, aid=("events",))
STUCK_ENDING = Code(
    "HP318",
    "a deleted claim or volume does not go away",
    "warning",
    "kubectl -n {namespace} describe {kind} {name}",
    ("volume_grace",),
    ("events",),
)

PATIENT = "WaitForFirstConsumer"
"""The binding mode of a class whose claims wait for a pod, rightly."""

IN_USE = frozenset({"kubernetes.io/pvc-protection", "kubernetes.io/pv-protection"})
"""Finalizers that stay while a pod uses a claim, or a claim a volume."""


def judge_claims(snapshot: Snapshot, thresholds: Thresholds) -> Judgement:
    """Claims unbound, lost, or still there after they were deleted.

    One that waits for a first pod is well until the scheduler has placed that pod. So is one of a class that cannot
    be read, as it may be of that kind.
    """
    table, classes = snapshot[PERSISTENT_VOLUME_CLAIMS], snapshot.get(STORAGE_CLASSES)
    modes = None if classes is None else {row["name"]: row["binding_mode"] for row in rows(classes)}
    verdict = Verdict("claims", "storage", table.num_rows)
    ending = before(table["deleted"], snapshot.now, thresholds.widest.volume_grace)
    for row in rows(table, any_of(is_not(table["phase"], "Bound"), ending)):
        limits = thresholds.at("PersistentVolumeClaim", row)
        since = age(snapshot.now, row["created"])
        if row["deleted"]:
            late = age(snapshot.now, row["deleted"])
            if late > limits.volume_grace:
                verdict.found(STUCK_ENDING, "PersistentVolumeClaim", row, held(row, late, "a pod"), command="pvc")
        elif row["phase"] == "Lost":
            verdict.found(LOST, "PersistentVolumeClaim", row, f"its volume {row['volume'] or ''} is gone")
        elif row["phase"] != "Bound" and since > limits.claim_grace and not _waits_rightly(row, modes):
            message = f"has waited {ago(since)} for a volume{_of_class(row, modes)}"
            verdict.found(PENDING, "PersistentVolumeClaim", row, message)
    return verdict.judgement()


def held(row: Mapping[str, Any], late: float, user: str) -> str:
    """For how long something has been about to go, and what holds it."""
    finalizers = row["finalizers"] or []
    others = [name for name in finalizers if name not in IN_USE]
    message = f"was deleted {ago(late)} ago"
    if others:
        return f"{message}; it waits for {', '.join(others)}"
    return f"{message}; {user} still uses it" if finalizers else message


def _waits_rightly(row: Mapping[str, Any], modes: Mapping[str, str] | None) -> bool:
    if row["selected_node"]:
        return False
    return bool(row["storage_class"]) if modes is None else modes.get(row["storage_class"]) == PATIENT


def _of_class(row: Mapping[str, Any], modes: Mapping[str, str] | None) -> str:
    name = row["storage_class"]
    if not name:
        return "; it names no storage class"
    if modes is not None and name not in modes:
        return f" of class {name}, which does not exist"
    return f" of class {name}"


CLAIM_CHECKS = (
    Check(
        name="claims",
        domain="storage",
        title="claims",
        needs=(PERSISTENT_VOLUME_CLAIMS,),
        optional=(STORAGE_CLASSES,),
        codes=(PENDING, LOST, STUCK_ENDING),
        evaluate=judge_claims,
        splits=True,
    ),
)

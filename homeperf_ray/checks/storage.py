"""Claims, volumes and storage classes."""

from __future__ import annotations

from typing import Any

from homeperf_ray.checks.check import Check
from homeperf_ray.checks.finding import Code, Judgement
from homeperf_ray.checks.masks import is_not, is_one_of
from homeperf_ray.checks.snapshot import Snapshot
from homeperf_ray.checks.thresholds import Thresholds
from homeperf_ray.checks.verdict import Verdict, age, ago, because, rows
from homeperf_ray.kube.resources import PERSISTENT_VOLUME_CLAIMS, PERSISTENT_VOLUMES, STORAGE_CLASSES

_DESCRIBE = "kubectl -n {namespace} describe pvc {name}"

PENDING = Code("HP301", "a claim gets no volume", "critical", _DESCRIBE, ("claim_grace",))
LOST = Code("HP302", "a claim has lost its volume", "critical", _DESCRIBE)
NO_DEFAULT = Code(
    "HP303",
    "there is no default storage class",
    "warning",
    "kubectl get storageclass; then annotate one with storageclass.kubernetes.io/is-default-class=true",
)
MANY_DEFAULTS = Code(
    "HP304",
    "there are several default storage classes",
    "warning",
    "kubectl annotate storageclass {name} storageclass.kubernetes.io/is-default-class-",
)
VOLUME_FAILED = Code("HP305", "a volume could not be reclaimed", "warning", "kubectl describe pv {name}")

PATIENT = "WaitForFirstConsumer"
"""The binding mode of a class whose claims wait for a pod, rightly."""


def judge_claims(snapshot: Snapshot, thresholds: Thresholds) -> Judgement:
    """Claims unbound or lost. One that waits for a first pod is well until the scheduler has placed that pod."""
    table, classes = snapshot[PERSISTENT_VOLUME_CLAIMS], snapshot.get(STORAGE_CLASSES)
    modes = None if classes is None else {row["name"]: row["binding_mode"] for row in rows(classes)}
    verdict = Verdict("claims", "storage", table.num_rows)
    for row in rows(table, is_not(table["phase"], "Bound")):
        since = age(snapshot.now, row["created"])
        if row["phase"] == "Lost":
            verdict.found(LOST, "PersistentVolumeClaim", row, f"its volume {row['volume'] or ''} is gone")
        elif since > thresholds.claim_grace and not _waits_rightly(row, modes):
            message = f"has waited {ago(since)} for a volume{_of_class(row, modes)}"
            verdict.found(PENDING, "PersistentVolumeClaim", row, message)
    return verdict.judgement()


def _waits_rightly(row: dict[str, Any], modes: dict[str, str] | None) -> bool:
    return modes is not None and modes.get(row["storage_class"]) == PATIENT and not row["selected_node"]


def _of_class(row: dict[str, Any], modes: dict[str, str] | None) -> str:
    name = row["storage_class"]
    if not name:
        return "; it names no storage class"
    if modes is not None and name not in modes:
        return f" of class {name}, which does not exist"
    return f" of class {name}"


def judge_classes(snapshot: Snapshot, thresholds: Thresholds) -> Judgement:
    """Exactly one default storage class."""
    table = snapshot[STORAGE_CLASSES]
    verdict = Verdict("storageclasses", "storage", max(table.num_rows, 1))
    defaults = rows(table, table["default"])
    if not defaults:
        known = ", ".join(table["name"].to_pylist())
        there = f"the classes are {known}" if known else "there is no class at all"
        verdict.found(NO_DEFAULT, "StorageClass", {"name": "default"}, f"none is marked as the default; {there}")
    for row in defaults if len(defaults) > 1 else ():
        others = ", ".join(other["name"] for other in defaults if other is not row)
        verdict.found(MANY_DEFAULTS, "StorageClass", row, f"{others} is a default class too; the newest one wins")
    return verdict.judgement()


def judge_volumes(snapshot: Snapshot, thresholds: Thresholds) -> Judgement:
    """Volumes whose reclaiming failed."""
    table = snapshot[PERSISTENT_VOLUMES]
    verdict = Verdict("volumes", "storage", table.num_rows)
    for row in rows(table, is_one_of(table["phase"], ["Failed"])):
        claim = f" of claim {row['claim_namespace']}/{row['claim']}" if row["claim"] else ""
        reason = because(row["reason"], row["message"])
        verdict.found(VOLUME_FAILED, "PersistentVolume", row, f"the volume{claim} could not be reclaimed{reason}")
    return verdict.judgement()


STORAGE_CHECKS = (
    Check(
        name="claims",
        domain="storage",
        title="claims",
        needs=(PERSISTENT_VOLUME_CLAIMS,),
        optional=(STORAGE_CLASSES,),
        codes=(PENDING, LOST),
        evaluate=judge_claims,
        splits=True,
    ),
    Check(
        name="storageclasses",
        domain="storage",
        title="storage classes",
        needs=(STORAGE_CLASSES,),
        codes=(NO_DEFAULT, MANY_DEFAULTS),
        evaluate=judge_classes,
        whole_cluster=True,
    ),
    Check(
        name="volumes",
        domain="storage",
        title="volumes",
        needs=(PERSISTENT_VOLUMES,),
        codes=(VOLUME_FAILED,),
        evaluate=judge_volumes,
        whole_cluster=True,
    ),
)

"""Claims, volumes and storage classes."""

from __future__ import annotations

import pyarrow.compute as pc

from homeperf_ray.checks.check import Check
from homeperf_ray.checks.finding import Code, Judgement
from homeperf_ray.checks.snapshot import Snapshot
from homeperf_ray.checks.thresholds import Thresholds
from homeperf_ray.checks.verdict import Verdict, age, ago, because, rows
from homeperf_ray.kube.resources import PERSISTENT_VOLUME_CLAIMS, PERSISTENT_VOLUMES, STORAGE_CLASSES

PENDING = Code("HP301", "a claim has no volume", "critical", "kubectl -n {namespace} describe pvc {name}")
LOST = Code("HP302", "a claim has lost its volume", "critical", "kubectl -n {namespace} describe pvc {name}")
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


def judge_claims(snapshot: Snapshot, thresholds: Thresholds) -> Judgement:
    """Claims unbound or lost. One that waits for its first consumer, and has none, is well."""
    table = snapshot[PERSISTENT_VOLUME_CLAIMS]
    classes = snapshot.get(STORAGE_CLASSES)
    patient = set()
    if classes is not None:
        patient = {row["name"] for row in rows(classes) if row["binding_mode"] == "WaitForFirstConsumer"}
    verdict = Verdict("claims", "storage", table.num_rows)
    for row in rows(table, pc.not_equal(table["phase"], "Bound")):
        since = age(snapshot.now, row["created"])
        if row["phase"] == "Lost":
            verdict.found(LOST, "PersistentVolumeClaim", row, f"its volume {row['volume'] or ''} is gone")
        elif since > thresholds.claim_grace and (row["selected_node"] or row["storage_class"] not in patient):
            of = f" of class {row['storage_class']}" if row["storage_class"] else " without a class"
            verdict.found(PENDING, "PersistentVolumeClaim", row, f"a claim{of} has waited {ago(since)} for its volume")
    return verdict.judgement()


def judge_classes(snapshot: Snapshot, thresholds: Thresholds) -> Judgement:
    """Exactly one default storage class."""
    table = snapshot[STORAGE_CLASSES]
    verdict = Verdict("storageclasses", "storage", max(table.num_rows, 1))
    defaults = rows(table, table["default"])
    if not defaults:
        known = ", ".join(row["name"] for row in rows(table)) or "none"
        verdict.found(NO_DEFAULT, "StorageClass", {"name": "default"}, f"no class is the default (classes: {known})")
    for row in defaults if len(defaults) > 1 else []:
        verdict.found(
            MANY_DEFAULTS, "StorageClass", row, f"one of {len(defaults)} default classes; the newest one wins"
        )
    return verdict.judgement()


def judge_volumes(snapshot: Snapshot, thresholds: Thresholds) -> Judgement:
    """Volumes whose reclaiming failed."""
    table = snapshot[PERSISTENT_VOLUMES]
    verdict = Verdict("volumes", "storage", table.num_rows)
    for row in rows(table, pc.equal(table["phase"], "Failed")):
        claim = f"of claim {row['claim_namespace']}/{row['claim']} " if row["claim"] else ""
        verdict.found(
            VOLUME_FAILED,
            "PersistentVolume",
            row,
            f"{claim}could not be reclaimed{because(row['reason'], row['message'])}",
        )
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
    ),
    Check(
        name="volumes",
        domain="storage",
        title="volumes",
        needs=(PERSISTENT_VOLUMES,),
        codes=(VOLUME_FAILED,),
        evaluate=judge_volumes,
    ),
)

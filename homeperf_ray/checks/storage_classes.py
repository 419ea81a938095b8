"""Storage classes: is one of them the default?"""

from __future__ import annotations

from homeperf_ray.checks.check import Check
from homeperf_ray.checks.finding import Code, Judgement
from homeperf_ray.checks.snapshot import Snapshot
from homeperf_ray.checks.thresholds import Thresholds
from homeperf_ray.checks.verdict import Verdict, rows
from homeperf_ray.kube.resources import STORAGE_CLASSES

NO_DEFAULT = Code(
    "HP303",
    "there is no default storage class",
    "warning",
    "kubectl get storageclass; kubectl annotate storageclass NAME storageclass.kubernetes.io/is-default-class=true",
)
MANY_DEFAULTS = Code(
    "HP304",
    "there are several default storage classes",
    "warning",
    "kubectl annotate storageclass {name} storageclass.kubernetes.io/is-default-class-",
)


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


STORAGE_CLASS_CHECKS = (
    Check(
        name="storageclasses",
        domain="storage",
        title="storage classes",
        needs=(STORAGE_CLASSES,),
        codes=(NO_DEFAULT, MANY_DEFAULTS),
        evaluate=judge_classes,
        whole_cluster=True,
    ),
)

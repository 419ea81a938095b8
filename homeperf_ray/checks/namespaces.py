"""Namespaces that were deleted and are still there."""

from __future__ import annotations

from homeperf_ray.checks.check import Check
from homeperf_ray.checks.finding import Code, Judgement
from homeperf_ray.checks.masks import before
from homeperf_ray.checks.snapshot import Snapshot
from homeperf_ray.checks.thresholds import Thresholds
from homeperf_ray.checks.verdict import Verdict, age, ago, because, rows
from homeperf_ray.kube.resources import NAMESPACES

STUCK = Code(
    "HP241",
    "a deleted namespace does not go away",
    "warning",
    "kubectl describe namespace {name}; kubectl get apiservices | grep -v True",
    ("namespace_grace",),
)


def judge_namespaces(snapshot: Snapshot, thresholds: Thresholds) -> Judgement:
    """Namespaces whose end takes long, with what the server says is in the way."""
    table = snapshot[NAMESPACES]
    chosen = snapshot.namespaces
    verdict = Verdict("namespaces", "workloads", len(chosen) if chosen else table.num_rows)
    for row in rows(table, before(table["deleted"], snapshot.now, thresholds.widest.namespace_grace)):
        late, mine = age(snapshot.now, row["deleted"]), {**row, "namespace": row["name"]}
        if (chosen is None or row["name"] in chosen) and late > thresholds.at("Namespace", mine).namespace_grace:
            verdict.found(STUCK, "Namespace", row, f"was deleted {ago(late)} ago{because(row['remains'])}")
    return verdict.judgement()


NAMESPACE_CHECKS = (
    Check(
        name="namespaces",
        domain="workloads",
        title="namespaces that end",
        needs=(NAMESPACES,),
        codes=(STUCK,),
        evaluate=judge_namespaces,
        quiet=True,
    ),
)

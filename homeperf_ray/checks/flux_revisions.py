"""Revisions: has Flux applied what it has fetched?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow.compute as pc

from homeperf_ray.checks.check import Check
from homeperf_ray.checks.finding import Code, Judgement
from homeperf_ray.checks.masks import all_of, is_one_of, none_of
from homeperf_ray.checks.snapshot import Snapshot
from homeperf_ray.checks.thresholds import Thresholds
from homeperf_ray.checks.verdict import Verdict, age, ago, rows
from homeperf_ray.kube.columns import kind_of
from homeperf_ray.kube.resources import BUCKETS, GIT_REPOSITORIES, KUSTOMIZATIONS, OCI_REPOSITORIES, GroupResource

STALE = Code(
    "HP508",
    "a Kustomization is behind its source",
    "warning",
    "flux -n {namespace} reconcile {kind} {name}; kubectl -n flux-system logs deploy/kustomize-controller --tail=20",
    ("flux_stale",),
    ("events",),
)

SOURCES = {kind_of(one): one for one in (GIT_REPOSITORIES, OCI_REPOSITORIES, BUCKETS)}
"""What a Kustomization may be made of, by its kind."""


def judge_revisions(snapshot: Snapshot, thresholds: Thresholds) -> Judgement:
    """Every Kustomization that is ready has applied what its source has fetched.

    One that is not ready, suspended or unseen is told of in its own right. A source that could not be read tells
    nothing, and neither do those of HelmReleases: their charts have versions and no revisions.
    """
    table = snapshot[KUSTOMIZATIONS]
    verdict = Verdict("revisions", "flux", table.num_rows)
    fetched = {key: row for kind, resource in SOURCES.items() for key, row in _fetched(snapshot, kind, resource)}
    settled = all_of(is_one_of(table["ready"], ["True"]), none_of(table["suspended"]), pc.is_valid(table["applied"]))
    for row in rows(table, settled):
        place = row["source_namespace"] or row["namespace"] or ""
        source = fetched.get((row["source_kind"] or "", place, row["source"] or ""))
        if source is None or source["revision"] == row["applied"] or not source["revision_since"]:
            continue
        allowed = (row["interval"] or 0.0) + thresholds.at("Kustomization", row).flux_stale
        late = age(snapshot.now, source["revision_since"])
        if late > allowed:
            there = f"{row['source_kind']} {row['source']} has had {source['revision']} for {ago(late)}"
            verdict.found(STALE, "Kustomization", row, f"{there}; applied is {row['applied']}", command="kustomization")
    return verdict.judgement()


def _fetched(
    snapshot: Snapshot, kind: str, resource: GroupResource
) -> Iterator[tuple[tuple[str, str, str], dict[str, Any]]]:
    table = snapshot.get(resource)
    columns = ["namespace", "name", "revision", "revision_since"]
    for row in rows(table.select(columns), pc.is_valid(table["revision"])) if table is not None else ():
        yield (kind, row["namespace"] or "", row["name"]), row


REVISION_CHECKS = (
    Check(
        name="revisions",
        domain="flux",
        title="revisions of Kustomizations",
        needs=(KUSTOMIZATIONS,),
        optional=tuple(SOURCES.values()),
        codes=(STALE,),
        evaluate=judge_revisions,
    ),
)

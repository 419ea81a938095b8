"""Flux: sources, Kustomizations and HelmReleases."""

from __future__ import annotations

from functools import partial

import pyarrow as pa
import pyarrow.compute as pc

from homeperf_ray.checks.check import Check
from homeperf_ray.checks.finding import Code, Judgement
from homeperf_ray.checks.snapshot import Snapshot
from homeperf_ray.checks.thresholds import Thresholds
from homeperf_ray.checks.verdict import Verdict, age, ago, because, rows
from homeperf_ray.kube.resources import (
    BUCKETS,
    GIT_REPOSITORIES,
    HELM_CHARTS,
    HELM_RELEASES,
    HELM_REPOSITORIES,
    KUSTOMIZATIONS,
    OCI_REPOSITORIES,
    GroupResource,
)

SOURCE_FAILING = Code(
    "HP501", "a Flux source cannot be fetched", "warning", "flux get sources all -A --status-selector ready=false"
)
KUSTOMIZATION_FAILING = Code(
    "HP502", "a Kustomization is not applied", "critical", "flux -n {namespace} events --for Kustomization/{name}"
)
RELEASE_FAILING = Code(
    "HP503", "a HelmRelease is not installed", "critical", "flux -n {namespace} events --for HelmRelease/{name}"
)
SUSPENDED = Code("HP504", "Flux was told to leave something alone", "warning", "kubectl -n {namespace} get {name}")
BEHIND = Code("HP505", "Flux has not looked at a change", "warning", "kubectl -n flux-system get pods")

_KINDS: tuple[tuple[GroupResource, str, Code, str], ...] = (
    (GIT_REPOSITORIES, "GitRepository", SOURCE_FAILING, "source git"),
    (OCI_REPOSITORIES, "OCIRepository", SOURCE_FAILING, "source oci"),
    (HELM_REPOSITORIES, "HelmRepository", SOURCE_FAILING, "source helm"),
    (HELM_CHARTS, "HelmChart", SOURCE_FAILING, "source chart"),
    (BUCKETS, "Bucket", SOURCE_FAILING, "source bucket"),
    (KUSTOMIZATIONS, "Kustomization", KUSTOMIZATION_FAILING, "kustomization"),
    (HELM_RELEASES, "HelmRelease", RELEASE_FAILING, "helmrelease"),
)


def judge_flux(
    resource: GroupResource, kind: str, failing: Code, suspended: Code, snapshot: Snapshot, thresholds: Thresholds
) -> Judgement:
    """Ready, suspended, and whether the controller has seen the newest generation."""
    table = snapshot[resource]
    verdict = Verdict(resource.plural, "flux", table.num_rows)
    for row in rows(table, _suspicious(table)):
        since = age(snapshot.now, row["ready_since"] or row["created"])
        if row["suspended"]:
            verdict.found(suspended, kind, row, "suspended: Flux does not reconcile it")
        elif row["ready"] == "False" or row["stalled"]:
            if row["stalled"] or since > thresholds.flux_grace or row["ready_reason"] != "Progressing":
                reason = because(row["ready_reason"], row["ready_message"])
                verdict.found(failing, kind, row, f"not ready for {ago(since)}{reason}")
        elif row["ready"] != "True" and since > thresholds.flux_grace:
            verdict.found(failing, kind, row, f"has not become ready for {ago(since)}{because(row['ready_message'])}")
        elif _lags(row["generation"], row["observed_generation"]) and since > thresholds.flux_grace:
            verdict.found(
                BEHIND,
                kind,
                row,
                f"generation {row['generation']} waits; {row['observed_generation']} was the last seen",
            )
    return verdict.judgement()


def _suspicious(table: pa.Table) -> pa.ChunkedArray:
    unready = pc.invert(pc.fill_null(pc.equal(table["ready"], "True"), fill_value=False))
    lagging = pc.fill_null(pc.greater(table["generation"], table["observed_generation"]), fill_value=False)
    return pc.or_(pc.or_(unready, lagging), pc.or_(table["suspended"], table["stalled"]))


def _lags(generation: int | None, observed: int | None) -> bool:
    return generation is not None and observed is not None and observed < generation


def _check(resource: GroupResource, kind: str, failing: Code, words: str) -> Check:
    suspended = Code(
        SUSPENDED.id, SUSPENDED.title, SUSPENDED.severity, f"flux -n {{namespace}} resume {words} {{name}}"
    )
    return Check(
        name=resource.plural,
        domain="flux",
        title=f"Flux {resource.plural}",
        needs=(resource,),
        codes=(failing, SUSPENDED, BEHIND),
        evaluate=partial(judge_flux, resource, kind, failing, suspended),
        splits=True,
        unserved_note="no Flux here, or not all of it: what it does not serve is not judged",
    )


FLUX_CHECKS = tuple(_check(*kind) for kind in _KINDS)

"""Flux: sources, Kustomizations and HelmReleases."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa

from homeperf_ray.checks.check import Check
from homeperf_ray.checks.finding import Code, Judgement
from homeperf_ray.checks.masks import Mask, any_of, is_not, less
from homeperf_ray.checks.snapshot import Snapshot
from homeperf_ray.checks.thresholds import Limits, Thresholds
from homeperf_ray.checks.verdict import Verdict, age, because, lasting, rows
from homeperf_ray.kube.columns import kind_of
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

_RECONCILE = "flux -n {namespace} reconcile {kind} {name}"
_CONTROLLERS = "Do its controllers run? kubectl -n flux-system get pods"

SOURCE_FAILING = Code("HP501", "a Flux source cannot be fetched", "warning", _RECONCILE, aid=("events",))
KUSTOMIZATION_FAILING = Code("HP502", "a Kustomization is not applied", "critical", _RECONCILE, aid=("events",))
RELEASE_FAILING = Code("HP503", "a HelmRelease is not installed", "critical", _RECONCILE, aid=("events",))
SUSPENDED = Code(
    "HP504", "Flux was told to leave something alone", "warning", "flux -n {namespace} resume {kind} {name}"
)
UNSEEN = Code("HP505", "Flux has not looked at a change", "warning", _CONTROLLERS, ("flux_grace",))
WAITING = Code("HP506", "Flux waits for a dependency", "warning", "flux -n {namespace} get {kind} {name}")
UNFINISHED = Code("HP507", "Flux does not finish", "warning", _CONTROLLERS, ("flux_grace", "flux_progress"))

WAITING_REASONS = frozenset({"DependencyNotReady"})


@dataclass(frozen=True)
class FluxKind:
    """One kind of object: its code when it fails, and what the flux command calls it."""

    resource: GroupResource
    failing: Code
    command: str

    def judge(self, snapshot: Snapshot, thresholds: Thresholds) -> Judgement:
        """Ready, stalled, suspended, and whether its controller has seen the newest generation."""
        table, kind = snapshot[self.resource], kind_of(self.resource)
        verdict = Verdict(self.resource.plural, "flux", table.num_rows)
        for row in rows(table, _suspicious(table)):
            found = self._sickness(row, snapshot.now, thresholds.at(kind, row))
            if found:
                code, message = found
                verdict.found(code, kind, row, message, command=self.command)
        return verdict.judgement()

    def _sickness(self, row: dict[str, Any], now: datetime, limits: Limits) -> tuple[Code, str] | None:
        """The one thing that is wrong: what comes first explains what comes after."""
        ready = row["ready"]
        last, reason = lasting(now, _since(row)), because(row["ready_reason"], row["ready_message"])
        if row["suspended"]:
            bad = f"; it is not ready{reason}" if ready == "False" else ""
            return SUSPENDED, f"suspended: Flux does not reconcile it{bad}"
        if row["stalled"]:
            return self.failing, f"stalled{last}, and not tried again{reason}"
        if ready == "False":
            code = WAITING if row["ready_reason"] in WAITING_REASONS else self.failing
            return code, f"not ready{last}{reason}"
        return _slow(row, now, limits)


def _slow(row: dict[str, Any], now: datetime, limits: Limits) -> tuple[Code, str] | None:
    """What Flux has not done yet, and should have by now."""
    lasted, last = age(now, _since(row)), lasting(now, _since(row))
    if row["ready"] == "Unknown":
        reason = because(row["ready_reason"], row["ready_message"])
        return (UNFINISHED, f"at work{last}{reason}") if lasted > limits.flux_progress else None
    if lasted <= limits.flux_grace or row["static"]:
        return None
    if row["ready"] == "True":
        return UNSEEN, f"its controller has seen generation {row['observed_generation']} of {row['generation']} only"
    return UNFINISHED, f"not looked at{last}: it has no status"


def _since(row: dict[str, Any]) -> datetime | None:
    since: datetime | None = row["ready_since"] or row["created"]
    return since


def _suspicious(table: pa.Table) -> Mask:
    lagging = less(table["observed_generation"], table["generation"])
    return any_of(is_not(table["ready"], "True"), lagging, table["suspended"], table["stalled"])


FLUX_KINDS = (
    FluxKind(GIT_REPOSITORIES, SOURCE_FAILING, "source git"),
    FluxKind(OCI_REPOSITORIES, SOURCE_FAILING, "source oci"),
    FluxKind(HELM_REPOSITORIES, SOURCE_FAILING, "source helm"),
    FluxKind(HELM_CHARTS, SOURCE_FAILING, "source chart"),
    FluxKind(BUCKETS, SOURCE_FAILING, "source bucket"),
    FluxKind(KUSTOMIZATIONS, KUSTOMIZATION_FAILING, "kustomization"),
    FluxKind(HELM_RELEASES, RELEASE_FAILING, "helmrelease"),
)

FLUX_CHECKS = tuple(
    Check(
        name=kind.resource.plural,
        domain="flux",
        title=f"Flux {kind_of(kind.resource)}s".replace("ys", "ies"),
        needs=(kind.resource,),
        codes=(kind.failing, SUSPENDED, UNSEEN, WAITING, UNFINISHED),
        evaluate=kind.judge,
        splits=True,
        unserved_note="Flux is not installed, or not all of it: what the cluster does not serve is not judged",
    )
    for kind in FLUX_KINDS
)

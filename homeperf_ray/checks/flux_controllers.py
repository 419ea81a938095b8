"""Flux's controllers: without them nothing of Flux is looked at, and nothing of it says so."""

from __future__ import annotations

from homeperf_ray.checks.check import Check
from homeperf_ray.checks.finding import Code, Judgement
from homeperf_ray.checks.flux import FLUX_KINDS
from homeperf_ray.checks.masks import any_matches
from homeperf_ray.checks.snapshot import Snapshot
from homeperf_ray.checks.thresholds import Thresholds
from homeperf_ray.checks.verdict import Verdict, age
from homeperf_ray.checks.workload_table import Workload, workloads
from homeperf_ray.kube.columns import kind_of
from homeperf_ray.kube.resources import DEPLOYMENTS, HELM_RELEASES, KUSTOMIZATIONS, GroupResource

_DESCRIBE = "kubectl -n {namespace} describe deployment {name}"

DOWN = Code("HP509", "a Flux controller does not run", "critical", _DESCRIBE, ("rollout_grace",), ("events",))
BEHIND = Code("HP510", "a Flux controller is behind", "warning", _DESCRIBE, ("rollout_grace",), ("events",))
ABSENT = Code(
    "HP511", "nobody reconciles what Flux should", "warning", "flux check; kubectl get deployments -A | grep controller"
)

SOURCE = "source-controller"
RECONCILERS = {KUSTOMIZATIONS: "kustomize-controller", HELM_RELEASES: "helm-controller"}
"""Who reconciles a kind; every other kind is a source."""

OTHERS = ("notification-controller", "image-reflector-controller", "image-automation-controller", "source-watcher")
CONTROLLERS = (SOURCE, *RECONCILERS.values(), *OTHERS)


def judge_flux_controllers(snapshot: Snapshot, thresholds: Thresholds) -> Judgement:
    """Each controller that is installed runs, and each kind that has objects has its controller.

    A controller is known by its image; several of a kind may share the work.
    """
    likely = workloads(snapshot, DEPLOYMENTS, where=lambda table: any_matches(table["images"], "|".join(CONTROLLERS)))
    found = [(one, name) for one in likely if (name := _controller(one))]
    used = _used(snapshot)
    verdict = Verdict("flux-controllers", "flux", len(found) + len(used))
    if not used:
        return verdict.judgement()
    for one, _ in found:
        if age(snapshot.now, one.created) <= thresholds.at(one.kind, one.row).rollout_grace:
            continue
        if not one.available:
            there = f"none of {one.desired} pods is available" if one.desired else "it is scaled to zero"
            verdict.found(DOWN, one.kind, one.row, f"{there}: what it looks after stays as it is")
        elif one.available < one.desired:
            verdict.found(BEHIND, one.kind, one.row, f"{one.available} of {one.desired} pods are available")
    installed = {name for _, name in found}
    for resource, count in used.items():
        wanted = RECONCILERS.get(resource, SOURCE)
        if wanted not in installed and DEPLOYMENTS not in snapshot.partial:
            kind = kind_of(resource)
            message = f"there is no {wanted} for {count} object{'s' * (count != 1)} of kind {kind}"
            verdict.found(ABSENT, "CustomResourceDefinition", {"name": str(resource)}, message)
    return verdict.judgement()


def _controller(workload: Workload) -> str:
    """Which controller of Flux it is, by the last part of an image's name; empty for everything else."""
    for image in workload.images:
        name = image.partition("@")[0].rpartition("/")[2].partition(":")[0]
        if name in CONTROLLERS:
            return name
    return ""


def _used(snapshot: Snapshot) -> dict[GroupResource, int]:
    """How many objects of each kind there are, of those that have any."""
    tables = {kind.resource: snapshot.get(kind.resource) for kind in FLUX_KINDS}
    return {resource: table.num_rows for resource, table in tables.items() if table is not None and table.num_rows}


FLUX_CONTROLLER_CHECKS = (
    Check(
        name="flux-controllers",
        domain="flux",
        title="Flux's controllers",
        needs=(DEPLOYMENTS,),
        optional=tuple(kind.resource for kind in FLUX_KINDS),
        codes=(DOWN, BEHIND, ABSENT),
        evaluate=judge_flux_controllers,
        whole_cluster=True,
    ),
)

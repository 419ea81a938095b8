"""Ingresses, and the controllers that serve them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow.compute as pc

from homeperf_ray.checks.check import Check
from homeperf_ray.checks.finding import Code, Judgement
from homeperf_ray.checks.ingress_controllers import may_be_controllers, uses, workloads_of
from homeperf_ray.checks.masks import all_of, before
from homeperf_ray.checks.snapshot import Snapshot
from homeperf_ray.checks.thresholds import Thresholds
from homeperf_ray.checks.verdict import Verdict, age, rows
from homeperf_ray.checks.workload_table import Workload, workloads
from homeperf_ray.kube.resources import DAEMON_SETS, DEPLOYMENTS, INGRESS_CLASSES, INGRESSES

_CLASS = "kubectl describe ingressclass {name}"
_PODS = "kubectl -n {namespace} get pods -o wide"

NO_CONTROLLER = Code("HP401", "nothing runs the controller of an ingress class", "critical", _CLASS)
CONTROLLER_DOWN = Code("HP402", "an ingress controller is down", "critical", _PODS)
CONTROLLER_BEHIND = Code("HP403", "an ingress controller is behind", "warning", _PODS)
UNUSED_CLASS = Code("HP404", "an ingress class that nobody uses has no controller", "warning", _CLASS)
NO_CLASS = Code(
    "HP405",
    "an ingress names a class that does not exist",
    "warning",
    "kubectl get ingressclass",
    ("address_grace",),
    ("events",),
)
CLASSLESS = Code(
    "HP406",
    "an ingress names no class, and none is the default",
    "warning",
    "kubectl -n {namespace} edit ingress {name}; set spec.ingressClassName",
    ("address_grace",),
    ("events",),
)


def judge_controllers(snapshot: Snapshot, thresholds: Thresholds) -> Judgement:
    """Every ingress class has a controller, and all of its pods run."""
    classes = rows(snapshot[INGRESS_CLASSES])
    verdict = Verdict("ingress-controllers", "network", len(classes))
    table = snapshot.get(INGRESSES)
    used = uses(None if table is None else rows(table.select(["ingress_class"])), classes)
    running = list(workloads(snapshot, DEPLOYMENTS, DAEMON_SETS, where=may_be_controllers))
    for row in classes:
        controller = row["controller"] or ""
        mine = workloads_of(controller, running)
        if mine is None:
            verdict.note(
                f"ingress class {row['name']}: nothing tells which workload is its controller {controller}".rstrip()
            )
        elif not mine:
            count = None if used is None else used.get(row["name"], 0)
            _absent(verdict, row, controller, count)
        else:
            _judge_controller(verdict, row, mine)
    return verdict.judgement()


def _absent(verdict: Verdict, row: dict[str, Any], controller: str, count: int | None) -> None:
    if count == 0:
        message = f"nothing runs its controller {controller}, and no ingress uses it"
        verdict.found(UNUSED_CLASS, "IngressClass", row, message)
    else:
        users = f"; {count} ingress{'es use' if count != 1 else ' uses'} it" if count else ""
        verdict.found(NO_CONTROLLER, "IngressClass", row, f"nothing runs its controller {controller}{users}")


def _judge_controller(verdict: Verdict, row: dict[str, Any], mine: Sequence[Workload]) -> None:
    """Findings are about the class, so that each counts once; their commands look where the controller is."""
    names = ", ".join(str(workload) for workload in mine)
    if not any(workload.available for workload in mine):
        message = f"no pod of its controller is available: {names}"
        verdict.found(CONTROLLER_DOWN, "IngressClass", row, message, where=mine[0].namespace)
        return
    for workload in mine:
        if workload.available < workload.desired:
            message = f"{workload.available} of {workload.desired} pods of its controller are available: {workload}"
            verdict.found(CONTROLLER_BEHIND, "IngressClass", row, message, where=workload.namespace)


def judge_ingresses(snapshot: Snapshot, thresholds: Thresholds) -> Judgement:
    """Every ingress has a class that exists. One that has an address is served by somebody, whatever it names."""
    table, classes = snapshot[INGRESSES], snapshot.get(INGRESS_CLASSES)
    verdict = Verdict("ingresses", "network", table.num_rows)
    if classes is None:
        return verdict.judgement()
    known = {row["name"]: row["default"] for row in rows(classes)}
    waiting = before(table["created"], snapshot.now, thresholds.widest.address_grace)
    for row in rows(table, all_of(waiting, pc.invert(table["has_address"]))):
        name = row["ingress_class"]
        if age(snapshot.now, row["created"]) <= thresholds.at("Ingress", row).address_grace:
            continue
        if name and name not in known:
            there = ", ".join(known) or "none"
            verdict.found(NO_CLASS, "Ingress", row, f"its class {name} does not exist (there is: {there})")
        elif not name and not any(known.values()):
            verdict.found(CLASSLESS, "Ingress", row, "it names no class, and no class is the default")
    return verdict.judgement()


INGRESS_CHECKS = (
    Check(
        name="ingress-controllers",
        domain="network",
        title="ingress controllers",
        needs=(INGRESS_CLASSES, DEPLOYMENTS, DAEMON_SETS),
        optional=(INGRESSES,),
        codes=(NO_CONTROLLER, CONTROLLER_DOWN, CONTROLLER_BEHIND, UNUSED_CLASS),
        evaluate=judge_controllers,
        whole_cluster=True,
        unserved_note="the cluster serves no IngressClasses: ingress controllers are not judged",
    ),
    Check(
        name="ingresses",
        domain="network",
        title="ingresses",
        needs=(INGRESSES,),
        optional=(INGRESS_CLASSES,),
        codes=(NO_CLASS, CLASSLESS),
        evaluate=judge_ingresses,
        splits=True,
        unserved_note="the cluster serves no Ingresses in networking.k8s.io",
    ),
)

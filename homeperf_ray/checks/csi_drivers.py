"""CSI drivers on nodes: a volume can be mounted only where its driver has registered."""

from __future__ import annotations

from collections import Counter
from typing import Any

from homeperf_ray.checks.check import Check
from homeperf_ray.checks.finding import Code, Judgement
from homeperf_ray.checks.masks import is_one_of
from homeperf_ray.checks.snapshot import Snapshot
from homeperf_ray.checks.thresholds import Thresholds
from homeperf_ray.checks.verdict import Verdict, age, rows
from homeperf_ray.kube.resources import NODES, PERSISTENT_VOLUMES

_WHO = "kubectl get csinodes; kubectl get pods -A -o wide | grep -e csi -e plugin"

NOWHERE = Code("HP306", "no node has the CSI driver of volumes that are in use", "critical", _WHO)
NOT_HERE = Code("HP307", "a node lacks a CSI driver that the others have", "warning", _WHO, ("rollout_grace",))

OUTLIERS = 0.2
"""Where more than this share of the nodes lacks a driver, it is taken for a choice: a node selector."""


def judge_csi_drivers(snapshot: Snapshot, thresholds: Thresholds) -> Judgement:
    """The drivers of bound volumes are on the nodes, as the kubelets tell in an annotation.

    Nodes that are not ready, cordoned or tainted are not asked, and nothing is said of clusters whose kubelets tell
    nothing.
    """
    nodes = rows(snapshot[NODES])
    verdict = Verdict("csi-drivers", "storage", len(nodes) + snapshot[PERSISTENT_VOLUMES].num_rows)
    if not any(row["csi_drivers"] for row in nodes):
        return verdict.judgement()
    asked = [row for row in nodes if row["ready"] == "True" and not row["cordoned"] and not row["tainted"]]
    for driver, count in sorted(_in_use(snapshot).items()):
        if not any(driver in row["csi_drivers"] for row in nodes):
            volumes = "1 bound volume needs it" if count == 1 else f"{count} bound volumes need it"
            message = f"it is registered on none of {len(nodes)} nodes; {volumes}"
            verdict.found(NOWHERE, "CSIDriver", {"name": driver}, message)
            continue
        lacking = [row for row in asked if driver not in row["csi_drivers"]]
        if len(lacking) <= OUTLIERS * len(asked):
            for row in lacking:
                _judge_node(verdict, row, driver, snapshot, thresholds)
    return verdict.judgement()


def _in_use(snapshot: Snapshot) -> Counter[str]:
    table = snapshot[PERSISTENT_VOLUMES]
    bound = rows(table.select(["driver"]), is_one_of(table["phase"], ["Bound"]))
    return Counter(row["driver"] for row in bound if row["driver"])


def _judge_node(verdict: Verdict, row: dict[str, Any], driver: str, snapshot: Snapshot, thresholds: Thresholds) -> None:
    settled = min(age(snapshot.now, row["created"]), age(snapshot.now, row["ready_since"]))
    if settled > thresholds.at("Node", row).rollout_grace:
        message = f"{driver} is not registered there: pods with its volumes do not start"
        verdict.found(NOT_HERE, "Node", row, message, part=driver)


CSI_CHECKS = (
    Check(
        name="csi-drivers",
        domain="storage",
        title="CSI drivers on nodes",
        needs=(NODES, PERSISTENT_VOLUMES),
        codes=(NOWHERE, NOT_HERE),
        evaluate=judge_csi_drivers,
        whole_cluster=True,
    ),
)

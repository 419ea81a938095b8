"""Pods on nodes: against what each may run, and against what the others run."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from homeperf_ray.checks.check import Check
from homeperf_ray.checks.finding import Code, Judgement
from homeperf_ray.checks.masks import Mask, all_of, is_one_of, none_of
from homeperf_ray.checks.snapshot import Snapshot
from homeperf_ray.checks.thresholds import Thresholds
from homeperf_ray.checks.verdict import Verdict, age, rows
from homeperf_ray.kube.resources import NODES, PODS

_PODS_OF = "kubectl get pods -A -o wide --field-selector spec.nodeName={name}"

CROWDED = Code("HP114", "a node runs nearly as many pods as it may", "warning", _PODS_OF, ("node_pods",))
UNEVEN = Code(
    "HP115",
    "pods are spread unevenly",
    "warning",
    "kubectl get pods -A -o wide --sort-by=.spec.nodeName; a rollout restart deals them again",
    ("density_factor", "density_grace"),
)

LEAST_DIFFERENCE = 10
"""So many pods more or fewer than its share a node must run before it is worth a word."""

FIXED = frozenset({"DaemonSet", "Node"})
"""Owners whose pods nobody can put elsewhere."""


def judge_node_pods(snapshot: Snapshot, thresholds: Thresholds) -> Judgement:
    """Pods on each node. A node's share is by its cores and memory, among those that take any pod."""
    nodes, pods = rows(snapshot[NODES]), snapshot[PODS]
    verdict = Verdict("node-pods", "nodes", len(nodes))
    placed = all_of(none_of(is_one_of(pods["phase"], ["Succeeded", "Failed"])), pc.is_valid(pods["node"]))
    running = _by_node(pods, placed)
    for row in nodes:
        count, limit = running.get(row["name"], 0), thresholds.at("Node", row).node_pods
        if row["pods"] and 100 * count / row["pods"] >= limit:
            verdict.found(CROWDED, "Node", row, f"runs {count} of the {row['pods']} pods that it may")
    movable = _by_node(pods, all_of(placed, none_of(is_one_of(pods["owner_kind"], FIXED))))
    _judge_spread(verdict, [row for row in nodes if _takes_any(row)], movable, snapshot, thresholds)
    return verdict.judgement()


def _by_node(pods: pa.Table, mask: Mask) -> dict[str, int]:
    counted = pc.value_counts(pc.cast(pods["node"].filter(mask, null_selection_behavior="drop"), pa.string()))
    return {entry["values"]: entry["counts"] for entry in counted.to_pylist()}


def _takes_any(row: dict[str, Any]) -> bool:
    return row["ready"] == "True" and not row["cordoned"] and not row["tainted"]


def _judge_spread(
    verdict: Verdict, nodes: list[dict[str, Any]], movable: dict[str, int], snapshot: Snapshot, thresholds: Thresholds
) -> None:
    """Find nodes that run many times their share, or that many times fewer."""
    cores, memory = (sum(row[column] or 0 for row in nodes) for column in ("cpu", "memory"))
    total = sum(movable.get(row["name"], 0) for row in nodes)
    if len(nodes) < 2 or not cores or not memory:
        return
    for row in nodes:
        limits, count = thresholds.at("Node", row), movable.get(row["name"], 0)
        share = total * ((row["cpu"] or 0) / cores + (row["memory"] or 0) / memory) / 2
        settled = min(age(snapshot.now, row["created"]), age(snapshot.now, row["ready_since"]))
        factor = max(limits.density_factor, 1.0)
        uneven = count > share * factor or count < share / factor
        if uneven and abs(count - share) >= LEAST_DIFFERENCE and settled > limits.density_grace:
            message = f"runs {count} of {total} pods that any node could run; by its size {share:.0f} were its share"
            verdict.found(UNEVEN, "Node", row, message)


NODE_POD_CHECKS = (
    Check(
        name="node-pods",
        domain="nodes",
        title="pods on nodes",
        needs=(NODES, PODS),
        codes=(CROWDED, UNEVEN),
        evaluate=judge_node_pods,
        whole_cluster=True,
    ),
)

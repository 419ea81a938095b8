"""CPU and memory of nodes, as metrics-server measures them."""

from __future__ import annotations

from typing import Any

from homeperf_ray.checks.check import Check
from homeperf_ray.checks.finding import Code, Judgement
from homeperf_ray.checks.snapshot import Snapshot
from homeperf_ray.checks.thresholds import Limits, Thresholds
from homeperf_ray.checks.verdict import Verdict, age, ago, rows
from homeperf_ray.kube.resources import NODE_METRICS, NODES

GIBIBYTE = 2**30

BUSY = Code("HP110", "a node's CPU is busy", "warning", "kubectl top pod -A --sort-by=cpu", ("node_cpu",))
MEMORY_HIGH = Code(
    "HP111", "a node's memory is nearly used up", "warning", "kubectl top pod -A --sort-by=memory", ("node_memory",)
)
MEMORY_FULL = Code(
    "HP112",
    "a node's memory is used up",
    "critical",
    "kubectl top pod -A --sort-by=memory",
    ("node_memory_critical",),
)
UNMEASURED = Code(
    "HP113",
    "a node is not measured",
    "warning",
    "kubectl -n kube-system logs deploy/metrics-server --tail=20",
    ("metrics_age",),
)


def judge_node_usage(snapshot: Snapshot, thresholds: Thresholds) -> Judgement:
    """Use of each node that is ready, by what pods may have of it. One measurement is no more than a moment."""
    nodes, measured = rows(snapshot[NODES]), {row["name"]: row for row in rows(snapshot[NODE_METRICS])}
    verdict = Verdict("node-usage", "nodes", len(nodes))
    if nodes and not measured:
        verdict.note("CPU and memory of nodes are not judged: metrics-server has measured nothing yet")
        return verdict.judgement()
    for row in nodes:
        if row["ready"] != "True":
            continue
        limits, found = thresholds.at("Node", row), measured.get(row["name"])
        silent = _silence(row, found, snapshot, limits)
        if silent:
            verdict.found(UNMEASURED, "Node", row, silent)
        elif found:
            _judge_use(verdict, row, found, limits)
    return verdict.judgement()


def _silence(row: dict[str, Any], found: dict[str, Any] | None, snapshot: Snapshot, limits: Limits) -> str:
    """What is wrong with the measurement itself."""
    if found is None:
        settled = min(age(snapshot.now, row["created"]), age(snapshot.now, row["ready_since"]))
        return "metrics-server has no measurement of it" if settled > limits.metrics_age else ""
    old = age(snapshot.now, found["measured"])
    return f"metrics-server last measured it {ago(old)} ago" if old > limits.metrics_age else ""


def _judge_use(verdict: Verdict, row: dict[str, Any], found: dict[str, Any], limits: Limits) -> None:
    if row["cpu"] and found["cpu"] is not None:
        share = 100 * found["cpu"] / row["cpu"]
        if share >= limits.node_cpu:
            verdict.found(BUSY, "Node", row, f"{share:.0f} % of {row['cpu']:g} cores are in use")
    if row["memory"] and found["memory"] is not None:
        share = 100 * found["memory"] / row["memory"]
        if share >= min(limits.node_memory, limits.node_memory_critical):
            code = MEMORY_FULL if share >= limits.node_memory_critical else MEMORY_HIGH
            total = row["memory"] / GIBIBYTE
            verdict.found(code, "Node", row, f"{share:.0f} % of {total:.1f} GiB of memory are in use")


NODE_USAGE_CHECKS = (
    Check(
        name="node-usage",
        domain="nodes",
        title="CPU and memory of nodes",
        needs=(NODES, NODE_METRICS),
        codes=(BUSY, MEMORY_HIGH, MEMORY_FULL, UNMEASURED),
        evaluate=judge_node_usage,
        unserved_note="CPU and memory of nodes are not judged: there is no metrics-server",
    ),
)

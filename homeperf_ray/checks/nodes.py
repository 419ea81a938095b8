"""Nodes: are they ready, under pressure, cordoned?"""

from __future__ import annotations

from homeperf_ray.checks.check import Check
from homeperf_ray.checks.finding import Code, Judgement
from homeperf_ray.checks.masks import is_not
from homeperf_ray.checks.snapshot import Snapshot
from homeperf_ray.checks.thresholds import Thresholds
from homeperf_ray.checks.verdict import Verdict, because, lasting, rows
from homeperf_ray.kube.resources import NODES

_DESCRIBE = "kubectl describe node {name}"

NOT_READY = Code("HP101", "a node is not ready", "critical", _DESCRIBE, aid=("events",))
SILENT = Code("HP102", "a node's kubelet has stopped reporting", "critical", "Is it powered on? ping {name}")
MEMORY = Code("HP103", "a node is short of memory", "warning", "kubectl top pod -A --sort-by=memory", aid=("events",))
DISK = Code("HP104", "a node is short of disk", "warning", _DESCRIBE, aid=("events",))
PIDS = Code("HP105", "a node is short of process ids", "warning", _DESCRIBE)
NO_NETWORK = Code("HP106", "a node's network is not set up", "critical", _DESCRIBE)
CORDONED = Code("HP107", "a node takes no new pods", "warning", "When its maintenance is over: kubectl uncordon {name}")

_PRESSURES = {
    "memory_pressure": (MEMORY, "short of memory"),
    "disk_pressure": (DISK, "short of disk"),
    "pid_pressure": (PIDS, "short of process ids"),
    "network_unavailable": (NO_NETWORK, "its network is not set up"),
}


def judge_nodes(snapshot: Snapshot, thresholds: Thresholds) -> Judgement:
    """Ready, pressure conditions, cordoned."""
    table, now = snapshot[NODES], snapshot.now
    verdict = Verdict("nodes", "nodes", table.num_rows)
    for row in rows(table, is_not(table["ready"], "True")):
        since = lasting(now, row["ready_since"])
        if row["ready"] == "Unknown":
            verdict.found(SILENT, "Node", row, f"no word from its kubelet{since}{because(row['ready_message'])}")
        else:
            reason = because(row["ready_reason"], row["ready_message"] or "" if row["ready"] else "it never reported")
            verdict.found(NOT_READY, "Node", row, f"not ready{since}{reason}")
    for column, (code, sentence) in _PRESSURES.items():
        for row in rows(table, table[column]):
            verdict.found(code, "Node", row, f"{sentence}{lasting(now, row[f'{column}_since'])}")
    for row in rows(table, table["cordoned"]):
        verdict.found(CORDONED, "Node", row, "cordoned: it takes no new pods")
    return verdict.judgement()


NODE_CHECKS = (
    Check(
        name="nodes",
        domain="nodes",
        title="nodes",
        needs=(NODES,),
        codes=(NOT_READY, SILENT, MEMORY, DISK, PIDS, NO_NETWORK, CORDONED),
        evaluate=judge_nodes,
    ),
)

"""The control plane: are all of its API servers there, and so the members of etcd beside them?"""

from __future__ import annotations

from typing import Any

from homeperf_ray.checks.check import Check
from homeperf_ray.checks.finding import Code, Judgement
from homeperf_ray.checks.masks import all_of, is_one_of
from homeperf_ray.checks.snapshot import Snapshot
from homeperf_ray.checks.thresholds import Thresholds
from homeperf_ray.checks.verdict import Verdict, age, rows
from homeperf_ray.kube.columns.endpoints import API_SERVICE
from homeperf_ray.kube.resources import ENDPOINT_SLICES, NODES

_PODS = "kubectl -n kube-system get pods -o wide -l 'component in (kube-apiserver, etcd)'"

MISSING = Code("HP108", "an API server of the control plane is missing", "warning", _PODS, ("rollout_grace",))
QUORUM = Code("HP109", "etcd may have lost its quorum", "critical", _PODS, ("rollout_grace",))

SMALLEST_QUORUM = 3
"""With fewer nodes of the control plane there need not be an etcd: k3s with two servers has another database."""


SAYING = ("+k3s", "+rke2")
"""In the version of a kubelet whose distribution labels the nodes that run etcd: k3s need not have one at all."""


def judge_control_plane(snapshot: Snapshot, thresholds: Thresholds) -> Judgement:
    """As many API servers behind the Service ``kubernetes`` as there are nodes of the control plane.

    An etcd member runs beside each API server, and a majority of the members is its quorum. Where the addresses are
    not those of the nodes (a virtual address, an API server that is run by somebody else) nothing can be told.
    """
    nodes = rows(snapshot[NODES].select(["name", "created", "control_plane", "etcd", "kubelet", "addresses"]))
    masters = [row for row in nodes if row["control_plane"]]
    verdict = Verdict("control-plane", "nodes", 1 if masters else 0)
    present = _present(snapshot)
    known = {address: row["name"] for row in masters for address in row["addresses"]}
    if not masters or not present:
        return verdict.judgement()
    if not present <= known.keys():
        verdict.note("etcd's quorum is not judged: the API servers' addresses are not those of control-plane nodes")
        return verdict.judgement()
    there = {known[address] for address in present}
    grace = thresholds.at("Service", {**API_SERVICE}).rollout_grace
    absent = [row["name"] for row in masters if row["name"] not in there and age(snapshot.now, row["created"]) > grace]
    if absent:
        _judge(verdict, len(there), len(there) + len(absent), absent, etcd=all(map(_runs_etcd, masters)))
    return verdict.judgement()


def _present(snapshot: Snapshot) -> set[str]:
    """The addresses of the API servers that are ready."""
    slices = snapshot[ENDPOINT_SLICES]
    mine = all_of(
        is_one_of(slices["namespace"], [API_SERVICE["namespace"]]),
        is_one_of(slices["service"], [API_SERVICE["name"]]),
    )
    return {address for row in rows(slices, mine) for address in row["addresses"] or ()}


def _runs_etcd(row: dict[str, Any]) -> bool:
    """Whether a member of etcd runs on a node of the control plane. k3s and RKE2 say so; elsewhere it is usual."""
    return row["etcd"] or not any(mark in (row["kubelet"] or "") for mark in SAYING)


def _judge(verdict: Verdict, present: int, members: int, absent: list[str], *, etcd: bool) -> None:
    quorum = members // 2 + 1
    row: dict[str, Any] = {**API_SERVICE}
    message = f"{present} of {members} API servers are there, that of {', '.join(sorted(absent))} is not"
    if members < SMALLEST_QUORUM or not etcd:
        verdict.found(MISSING, "Service", row, message)
    elif present < quorum:
        verdict.found(QUORUM, "Service", row, f"{message}; etcd needs {quorum} of its members beside them")
    else:
        spare = present - quorum
        more = f"{spare} more may fail" if spare else "no other may fail"
        verdict.found(MISSING, "Service", row, f"{message}; {more}, or etcd loses its quorum of {quorum}")


CONTROL_PLANE_CHECKS = (
    Check(
        name="control-plane",
        domain="nodes",
        title="the control plane",
        needs=(NODES, ENDPOINT_SLICES),
        codes=(MISSING, QUORUM),
        evaluate=judge_control_plane,
        whole_cluster=True,
    ),
)

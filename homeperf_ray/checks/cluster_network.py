"""The cluster's own network: DNS, the CNI, load balancers."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from homeperf_ray.checks.check import Check
from homeperf_ray.checks.finding import Code, Judgement
from homeperf_ray.checks.masks import Mask, any_of, is_one_of
from homeperf_ray.checks.snapshot import Snapshot
from homeperf_ray.checks.thresholds import Thresholds
from homeperf_ray.checks.verdict import Verdict, age, ago, rows
from homeperf_ray.checks.workload_table import Workload, workloads
from homeperf_ray.kube.resources import DAEMON_SETS, DEPLOYMENTS, SERVICES

_DNS = "kubectl -n {namespace} get pods -l k8s-app=kube-dns -o wide"
_CNI = "kubectl -n {namespace} rollout status {kind} {name}"

NO_DNS = Code(
    "HP411", "the cluster has no DNS that homeperf knows", "critical", "kubectl get deploy,ds -A -l k8s-app=kube-dns"
)
DNS_DOWN = Code("HP412", "the cluster's DNS is down", "critical", _DNS, aid=("events",))
DNS_BEHIND = Code("HP413", "the cluster's DNS is behind", "warning", _DNS, ("rollout_grace",), ("events",))
CNI_DOWN = Code("HP421", "the pod network is down on every node", "critical", _CNI, aid=("events",))
CNI_BEHIND = Code("HP422", "the pod network is not up on every node", "warning", _CNI, aid=("events",))
NO_ADDRESS = Code(
    "HP431",
    "a load balancer has no address",
    "warning",
    "kubectl -n {namespace} describe service {name}",
    ("address_grace",),
    ("events",),
)

DNS_LABEL = "kube-dns"
"""The value of the label ``k8s-app`` by which every distribution marks the cluster's DNS."""
DNS_NAMES = frozenset({"coredns", "kube-dns", "rke2-coredns-rke2-coredns", "dns-default"})

CNI_NAMES = frozenset({"cilium", "calico-node", "kube-flannel-ds", "kube-flannel", "canal", "rke2-canal", "weave-net",
                       "kube-router", "antrea-agent", "kube-ovn-cni", "ovnkube-node", "kindnet", "aws-node",
                       "azure-cns", "romana-agent"})  # fmt: skip
"""DaemonSets that are a pod network."""


def judge_dns(snapshot: Snapshot, thresholds: Thresholds) -> Judgement:
    """CoreDNS is there and available. While a rollout of it gets on, one pod less is no fault."""
    found = _dns(list(workloads(snapshot, DEPLOYMENTS, DAEMON_SETS, where=_may_be_dns)))
    verdict = Verdict("dns", "network", max(len(found), 1))
    if not found:
        message = "no Deployment or DaemonSet is labelled k8s-app=kube-dns or called coredns"
        verdict.found(NO_DNS, "Deployment", {"namespace": "kube-system", "name": "coredns"}, message)
    for workload in found:
        wanted = workload.desired
        if not workload.available:
            message = f"none of {wanted} pods is available" if wanted else "it is scaled to zero"
            verdict.found(DNS_DOWN, workload.kind, workload.row, message)
        elif workload.available < wanted and not _rolling(workload, snapshot, thresholds):
            message = f"{workload.available} of {wanted} pods are available"
            verdict.found(DNS_BEHIND, workload.kind, workload.row, message)
    return verdict.judgement()


def _rolling(workload: Workload, snapshot: Snapshot, thresholds: Thresholds) -> bool:
    since = age(snapshot.now, workload.changed)
    return workload.changed is not None and since < thresholds.at(workload.kind, workload.row).rollout_grace


def _may_be_dns(table: pa.Table) -> Mask:
    return any_of(is_one_of(table["app"], [DNS_LABEL, "coredns"]), is_one_of(table["name"], DNS_NAMES))


def _dns(there: Sequence[Workload]) -> list[Workload]:
    """The surest sign that any workload has: the label, then the name."""
    labelled = [workload for workload in there if workload.app == DNS_LABEL]
    named = [workload for workload in there if workload.app == "coredns" or workload.name in DNS_NAMES]
    return labelled or [workload for workload in named if workload.namespace == "kube-system"] or named


def judge_cni(snapshot: Snapshot, thresholds: Thresholds) -> Judgement:
    """The network's DaemonSet is available on every node."""
    table = snapshot[DAEMON_SETS]
    found = rows(table, is_one_of(table["name"], CNI_NAMES))
    verdict = Verdict("cni", "network", len(found))
    if not found:
        verdict.note("no CNI DaemonSet that homeperf knows; k3s, for one, has its network built in")
    for row in found:
        if row["available"] < row["desired"]:
            message = f"available on {row['available']} of {row['desired']} nodes"
            verdict.found(CNI_BEHIND if row["available"] else CNI_DOWN, "DaemonSet", row, message)
    return verdict.judgement()


def judge_load_balancers(snapshot: Snapshot, thresholds: Thresholds) -> Judgement:
    """Every Service of type LoadBalancer has an address."""
    table = snapshot[SERVICES]
    balancers = rows(table, is_one_of(table["type"], ["LoadBalancer"]))
    verdict = Verdict("load-balancers", "network", len(balancers))
    for row in balancers:
        since = age(snapshot.now, row["created"])
        if not row["has_address"] and since > thresholds.at("Service", row).address_grace:
            verdict.found(NO_ADDRESS, "Service", row, f"has waited {ago(since)} for an address")
    return verdict.judgement()


CLUSTER_NETWORK_CHECKS = (
    Check(
        name="dns",
        domain="network",
        title="CoreDNS",
        needs=(DEPLOYMENTS, DAEMON_SETS),
        codes=(NO_DNS, DNS_DOWN, DNS_BEHIND),
        evaluate=judge_dns,
        whole_cluster=True,
    ),
    Check(
        name="cni",
        domain="network",
        title="CNI",
        needs=(DAEMON_SETS,),
        codes=(CNI_DOWN, CNI_BEHIND),
        evaluate=judge_cni,
        whole_cluster=True,
    ),
    Check(
        name="load-balancers",
        domain="network",
        title="load balancers",
        needs=(SERVICES,),
        codes=(NO_ADDRESS,),
        evaluate=judge_load_balancers,
        splits=True,
    ),
)

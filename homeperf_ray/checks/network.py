"""The cluster's own network: DNS, CNI, ingress controllers, load balancers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pyarrow.compute as pc

from homeperf_ray.checks.check import Check
from homeperf_ray.checks.finding import Code, Judgement
from homeperf_ray.checks.snapshot import Snapshot
from homeperf_ray.checks.thresholds import Thresholds
from homeperf_ray.checks.verdict import Verdict, age, ago, rows
from homeperf_ray.kube.resources import DAEMON_SETS, DEPLOYMENTS, INGRESS_CLASSES, INGRESSES, SERVICES

NO_CONTROLLER = Code("HP401", "an ingress class has no controller", "critical", "kubectl describe ingressclass {name}")
CONTROLLER_DOWN = Code(
    "HP402", "an ingress controller is down", "critical", "kubectl -n {namespace} get pods -o wide | grep {name}"
)
NO_CLASS = Code("HP403", "an ingress names a class that does not exist", "warning", "kubectl get ingressclass")
NO_DNS = Code("HP404", "the cluster has no DNS", "critical", "kubectl -n kube-system get deploy,ds -l k8s-app=kube-dns")
DNS_DOWN = Code("HP405", "the cluster's DNS is down", "critical", "kubectl -n {namespace} get pods -l k8s-app=kube-dns")
DNS_BEHIND = Code(
    "HP406", "the cluster's DNS is behind", "warning", "kubectl -n {namespace} get pods -l k8s-app=kube-dns"
)
CNI_BEHIND = Code(
    "HP407", "the pod network is not up on every node", "critical", "kubectl -n {namespace} rollout status ds {name}"
)
NO_ADDRESS = Code(
    "HP408", "a load balancer has no address", "warning", "kubectl -n {namespace} describe service {name}"
)

CNI_NAMES = ("cilium", "calico-node", "kube-flannel-ds", "kube-flannel", "canal", "weave-net", "kube-router", "antrea-agent",
             "kube-ovn-cni", "aws-node", "rke2-canal", "multus")  # fmt: skip
DNS_APPS = ("kube-dns", "coredns")

CONTROLLER_WORDS = {
    "nginx": ("ingress-nginx", "nginx-ingress", "nginx"),
    "traefik": ("traefik",),
    "haproxy": ("haproxy",),
    "cilium": ("cilium",),
    "contour": ("contour",),
    "kong": ("kong",),
    "istio": ("istiod", "istio-ingressgateway"),
    "caddy": ("caddy",),
    "envoy": ("envoy",),
}
"""What the workloads of an ingress controller are called, by a word of the class's ``spec.controller``."""


def judge_controllers(snapshot: Snapshot, thresholds: Thresholds) -> Judgement:
    """Every ingress class has a controller that runs."""
    classes = rows(snapshot[INGRESS_CLASSES])
    verdict = Verdict("ingress-controllers", "network", len(classes))
    workloads = list(_workloads(snapshot))
    for row in classes:
        controller = row["controller"] or ""
        words = next((names for word, names in CONTROLLER_WORDS.items() if word in controller), None)
        if words is None:
            verdict.note(f"the ingress controller {controller or row['name']} is not one that homeperf knows")
            continue
        mine = [found for found in workloads if any(word in (found["name"], found["app"]) or
                found["name"].startswith(f"{word}-") for word in words)]  # fmt: skip
        if not mine:
            verdict.found(NO_CONTROLLER, "IngressClass", row, f"nothing runs its controller {controller}")
        elif not any(found["up"] for found in mine):
            dead = ", ".join(f"{found['kind']} {found['namespace']}/{found['name']}" for found in mine)
            verdict.found(CONTROLLER_DOWN, "IngressClass", row, f"nothing of its controller is available: {dead}")
    return verdict.judgement()


def judge_ingresses(snapshot: Snapshot, thresholds: Thresholds) -> Judgement:
    """Every ingress names a class that exists."""
    table = snapshot[INGRESSES]
    classes = snapshot.get(INGRESS_CLASSES)
    known = set() if classes is None else {row["name"] for row in rows(classes)}
    verdict = Verdict("ingresses", "network", table.num_rows)
    for row in rows(table, pc.is_valid(table["ingress_class"])):
        if classes is not None and row["ingress_class"] not in known:
            verdict.found(NO_CLASS, "Ingress", row, f"its class {row['ingress_class']} does not exist")
    return verdict.judgement()


def judge_dns(snapshot: Snapshot, thresholds: Thresholds) -> Judgement:
    """CoreDNS is there and available."""
    found = [row for row in _workloads(snapshot) if row["app"] in DNS_APPS or "coredns" in row["name"]]
    verdict = Verdict("dns", "network", max(len(found), 1))
    if not found:
        verdict.found(NO_DNS, "Deployment", {"namespace": "kube-system", "name": "coredns"}, "no CoreDNS was found")
    for row in found:
        if row["desired"] and not row["up"]:
            verdict.found(DNS_DOWN, row["kind"], row, f"none of {row['desired']} is available")
        elif row["up"] < row["desired"]:
            verdict.found(DNS_BEHIND, row["kind"], row, f"{row['up']} of {row['desired']} are available")
    return verdict.judgement()


def judge_cni(snapshot: Snapshot, thresholds: Thresholds) -> Judgement:
    """The network's DaemonSet is ready on every node."""
    table = snapshot[DAEMON_SETS]
    found = [row for row in rows(table) if row["name"] in CNI_NAMES or row["app"] in CNI_NAMES]
    verdict = Verdict("cni", "network", len(found))
    if not found:
        verdict.note("no CNI DaemonSet that homeperf knows; some distributions have theirs built in")
    for row in found:
        if row["ready"] < row["desired"]:
            verdict.found(CNI_BEHIND, "DaemonSet", row, f"ready on {row['ready']} of {row['desired']} nodes")
    return verdict.judgement()


def judge_load_balancers(snapshot: Snapshot, thresholds: Thresholds) -> Judgement:
    """Every Service of type LoadBalancer has an address."""
    table = snapshot[SERVICES]
    balancers = rows(table, pc.equal(table["type"], "LoadBalancer"))
    verdict = Verdict("load-balancers", "network", len(balancers))
    for row in balancers:
        since = age(snapshot.now, row["created"])
        if not row["has_address"] and since > thresholds.address_grace:
            verdict.found(NO_ADDRESS, "Service", row, f"has waited {ago(since)} for an address")
    return verdict.judgement()


def _workloads(snapshot: Snapshot) -> Iterable[dict[str, Any]]:
    """Deployments and DaemonSets alike: kind, namespace, name, app, desired, up."""
    for resource, kind in ((DEPLOYMENTS, "Deployment"), (DAEMON_SETS, "DaemonSet")):
        for row in rows(snapshot[resource].select(["namespace", "name", "app", "desired", "available"])):
            yield {**row, "kind": kind, "up": row["available"], "app": row["app"] or ""}


NETWORK_CHECKS = (
    Check(
        name="ingress-controllers",
        domain="network",
        title="ingress controllers",
        needs=(INGRESS_CLASSES, DEPLOYMENTS, DAEMON_SETS),
        codes=(NO_CONTROLLER, CONTROLLER_DOWN),
        evaluate=judge_controllers,
        whole_cluster=True,
    ),
    Check(
        name="ingresses",
        domain="network",
        title="ingresses",
        needs=(INGRESSES,),
        optional=(INGRESS_CLASSES,),
        codes=(NO_CLASS,),
        evaluate=judge_ingresses,
        splits=True,
    ),
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
        codes=(CNI_BEHIND,),
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

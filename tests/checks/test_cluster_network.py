"""CoreDNS, the CNI, load balancers."""

import pytest

from homeperf_ray.checks.thresholds import Override, Thresholds
from homeperf_ray.kube.resources import DAEMON_SETS, DEPLOYMENTS, SERVICES
from tests.checks.judging import HOUR, MINUTE, ago, condition, found, judge, meta

DNS = {"k8s-app": "kube-dns"}


def deployment(name="coredns", namespace="kube-system", *, desired=2, available=2, labels=None):
    status = {"availableReplicas": available, "readyReplicas": available, "observedGeneration": 1}
    return {"metadata": meta(name, namespace, labels=labels), "spec": {"replicas": desired}, "status": status}


def daemon_set(name="cilium", namespace="kube-system", *, desired=3, available=3, labels=None):
    status = {"desiredNumberScheduled": desired, "numberAvailable": available, "numberReady": available}
    return {"metadata": meta(name, namespace, labels=labels), "spec": {}, "status": status}


def dns(*deployments, daemon_sets=()):
    return judge("dns", {DEPLOYMENTS: list(deployments), DAEMON_SETS: list(daemon_sets)})


@pytest.mark.parametrize(
    "there",
    [
        deployment(labels=DNS),
        deployment("rke2-coredns-rke2-coredns", labels=DNS),
        deployment("rke2-coredns-rke2-coredns"),
        deployment("coredns", "dns", labels={"app.kubernetes.io/name": "coredns"}),
    ],
)
def test_dns_is_recognised(there):
    judgement = dns(there, deployment("web", "media"))
    assert (judgement.examined, judgement.findings) == (1, ())


def test_dns_as_a_daemon_set():
    judgement = dns(daemon_sets=[daemon_set("coredns", labels=DNS)])
    assert (judgement.examined, judgement.findings) == (1, ())


def test_the_autoscaler_and_another_dns_are_not_the_clusters():
    scaler = deployment("coredns-autoscaler", labels={"k8s-app": "kube-dns-autoscaler"}, available=0)
    other = deployment("coredns", "network", labels={"app.kubernetes.io/name": "coredns"}, available=0)
    assert dns(deployment(labels=DNS), scaler, other).findings == ()


def test_dns_absent():
    judgement = dns(deployment("web", "media"))
    assert (judgement.examined, found(judgement)) == (1, {"Deployment/coredns": ["HP411"]})
    assert judgement.findings[0].namespace == "kube-system"


@pytest.mark.parametrize(("since", "expected"), [(MINUTE, {}), (HOUR, {"Deployment/coredns": ["HP413"]})])
def test_a_rollout_of_dns_may_take_a_while(since, expected):
    item = deployment(available=1)
    item["status"]["conditions"] = [
        condition("Progressing", "True", reason="ReplicaSetUpdated") | {"lastUpdateTime": ago(since)}
    ]
    assert found(dns(item)) == expected


@pytest.mark.parametrize(("desired", "available", "code"), [(2, 0, "HP412"), (0, 0, "HP412"), (2, 1, "HP413")])
def test_dns_down_scaled_to_zero_or_behind(desired, available, code):
    judgement = dns(deployment(labels=DNS, desired=desired, available=available))
    assert found(judgement) == {"Deployment/coredns": [code]}


def cni(*items):
    return judge("cni", {DAEMON_SETS: list(items)})


@pytest.mark.parametrize("name", ["cilium", "calico-node", "kube-flannel-ds", "weave-net", "kube-router", "rke2-canal"])
def test_a_network_on_every_node_is_well(name):
    judgement = cni(daemon_set(name), daemon_set("cilium-envoy", available=0))
    assert (judgement.examined, judgement.findings, judgement.notes) == (1, (), ())


def test_a_network_behind_and_down():
    assert found(cni(daemon_set(available=2))) == {"DaemonSet/cilium": ["HP422"]}
    assert found(cni(daemon_set(available=0))) == {"DaemonSet/cilium": ["HP421"]}


def test_an_unknown_network_is_a_note():
    judgement = cni(daemon_set("node-exporter"))
    assert (judgement.examined, judgement.findings, len(judgement.notes)) == (0, (), 1)


def service(name="web", kind="LoadBalancer", *, address="", age=HOUR):
    status = {"loadBalancer": {"ingress": [{"ip": address}]} if address else {}}
    return {"metadata": meta(name, age=age), "spec": {"type": kind}, "status": status}


def test_load_balancers_need_an_address():
    items = [
        service("a", address="192.168.1.9"),
        service("b"),
        service("c", age=MINUTE),
        service("d", "ClusterIP"),
        {"metadata": meta("e"), "spec": None, "status": None},
    ]
    judgement = judge("load-balancers", {SERVICES: items})
    assert judgement.examined == 3
    assert found(judgement) == {"Service/b": ["HP431"]}


def test_other_limits_for_one_load_balancer():
    patient = Override(object="Service/slow", limits=(("address_grace", 2 * HOUR),))
    judgement = judge("load-balancers", {SERVICES: [service("slow"), service("b")]}, Thresholds(overrides=(patient,)))
    assert found(judgement) == {"Service/b": ["HP431"]}


def test_openshift_calls_its_dns_otherwise():
    judgement = judge("dns", {DEPLOYMENTS: [], DAEMON_SETS: [daemon_set("dns-default")]})
    assert judgement.findings == ()

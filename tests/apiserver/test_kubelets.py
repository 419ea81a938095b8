"""A kubelet behind the genuine server: asked through its nodes/proxy and directly, and told apart when it is away."""

from __future__ import annotations

import json
import urllib.error
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.apiserver.server import ApiServer
from tests.apiserver.stats_kubelet import PORT, THEIRS, Kubelet, why_not
from tests.cli.command import Done, Homeperf

GIB = 2**30
NODES = "/api/v1/nodes"
NOW = "2026-03-14T12:00:00Z"


def volume(claim: str, used: float) -> dict[str, Any]:
    sizes = {"capacityBytes": 10 * GIB, "usedBytes": int(10 * GIB * used), "availableBytes": int(10 * GIB * (1 - used))}
    return {"time": NOW, **sizes, "name": "data", "pvcRef": {"name": claim, "namespace": "default"}}


SUMMARY = {
    "node": {"nodeName": "stubbed"},
    "pods": [
        {"podRef": {"name": "db-0", "namespace": "default"}, "volume": [volume("full", 0.95), {"name": "config"}]},
        {"podRef": {"name": "web-0", "namespace": "default"}, "volume": [volume("roomy", 0.3)]},
    ],
}


def node(name: str, address: str, ready: str = "True") -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name},
        "status": {
            "addresses": [{"type": "InternalIP", "address": address}],
            "daemonEndpoints": {"kubeletEndpoint": {"Port": PORT}},
            "conditions": [{"type": "Ready", "status": ready, "lastTransitionTime": NOW, "lastHeartbeatTime": NOW}],
        },
    }


def claim(name: str) -> dict[str, Any]:
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "10Gi"}}}
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": name}, "spec": spec}


def role(name: str, resource: str) -> list[tuple[str, dict[str, Any]]]:
    """What lets the user ``newcomer`` read everything, and one part of nodes."""
    group = "rbac.authorization.k8s.io"
    rules = [
        {"apiGroups": ["*"], "resources": ["nodes", "persistentvolumeclaims"], "verbs": ["list"]},
        {"apiGroups": [""], "resources": [resource], "verbs": ["get"]},
    ]
    reference = {"apiGroup": group, "kind": "ClusterRole", "name": name}
    subjects = [{"apiGroup": group, "kind": "User", "name": "newcomer"}]
    metadata = {"name": name}
    path = f"/apis/{group}/v1"
    return [
        (f"{path}/clusterroles", {"kind": "ClusterRole", "metadata": metadata, "rules": rules}),
        (
            f"{path}/clusterrolebindings",
            {"kind": "ClusterRoleBinding", "metadata": metadata, "roleRef": reference, "subjects": subjects},
        ),
    ]


@pytest.fixture(scope="module")
def server(assets: Path) -> Iterator[ApiServer]:
    """A server of its own, since it gets a node whose kubelet is a stub."""
    if reason := why_not():
        pytest.skip(f"a kubelet needs an address of its own: {reason}")
    with ApiServer(assets) as running:
        running.post("/api/v1/namespaces/default/persistentvolumeclaims", claim("full"))
        running.post("/api/v1/namespaces/default/persistentvolumeclaims", claim("roomy"))
        running.post(NODES, node("stubbed", THEIRS))
        yield running


@pytest.fixture(scope="module")
def kubelet(server: ApiServer) -> Iterator[Kubelet]:
    with Kubelet(server, server.kubelet_certificate(THEIRS), SUMMARY) as running:
        yield running


def check(homeperf: Homeperf, kubeconfig: Path, *more: str) -> Done:
    return homeperf.check(kubeconfig, "storage", "--kubelet", *more)


def told(done: Done) -> list[tuple[str, str]]:
    return [
        (one["code"], one["object"]) for one in done.report["details"] if one["code"] in {"HP331", "HP332", "HP333"}
    ]


def test_the_genuine_server_proxies_to_the_stub(server: ApiServer, kubelet: Kubelet):
    assert json.loads(server.get(f"{NODES}/stubbed/proxy/stats/summary")) == SUMMARY


def test_through_the_server(homeperf: Homeperf, server: ApiServer, kubelet: Kubelet):
    before = len(kubelet.asked)
    done = check(homeperf, server.users.admin)
    assert told(done) == [("HP332", "PersistentVolumeClaim/full")]
    assert done.report["ledger"]["proxied"] == 1
    assert kubelet.asked[before:] == ["kube-apiserver-kubelet-client"]
    assert {one["claim"] for one in done.report["volumes"]} == {"full", "roomy"}


def test_directly_by_a_client_certificate(homeperf: Homeperf, server: ApiServer, kubelet: Kubelet):
    before = len(kubelet.asked)
    done = check(homeperf, server.users.certified)
    assert told(done) == [("HP332", "PersistentVolumeClaim/full")]
    assert done.report["ledger"]["proxied"] == 0
    assert kubelet.asked[before:] == ["certified"]


def test_directly_by_a_token_where_the_user_insists(homeperf: Homeperf, server: ApiServer, kubelet: Kubelet):
    before = len(kubelet.asked)
    done = check(homeperf, server.users.admin, "--kubelet-access", "direct")
    assert told(done) == [("HP332", "PersistentVolumeClaim/full")]
    assert kubelet.asked[before:] == ["admin"]


def test_who_has_nodes_stats_needs_nothing_else(homeperf: Homeperf, server: ApiServer, kubelet: Kubelet):
    refused = check(homeperf, server.users.newcomer)
    assert "HP001" in refused.codes
    for path, document in role("reads-statistics", "nodes/stats"):
        server.post(path, document)
    before = len(kubelet.asked)
    done = check(homeperf, server.users.newcomer)
    assert told(done) == [("HP332", "PersistentVolumeClaim/full")]
    assert kubelet.asked[before:] == ["newcomer"]
    with pytest.raises(urllib.error.HTTPError):
        server.get_as("newcomer", f"{NODES}/stubbed/proxy/stats/summary")


def test_a_kubelet_that_is_not_there_is_a_finding_about_its_node(
    homeperf: Homeperf, server: ApiServer, kubelet: Kubelet
):
    """Nothing listens at the other end of the cable on this port, so the server says 503."""
    gone = node("gone", THEIRS)
    gone["status"]["daemonEndpoints"]["kubeletEndpoint"]["Port"] = PORT + 1
    server.post(NODES, gone)
    try:
        done = check(homeperf, server.users.admin)
    finally:
        server.delete(f"{NODES}/gone")
    assert told(done) == [("HP332", "PersistentVolumeClaim/full"), ("HP331", "Node/gone")]
    (finding,) = (one for one in done.report["details"] if one["code"] == "HP331")
    assert "rying to reach service" in finding["message"]
    assert "connection refused" in finding["message"]

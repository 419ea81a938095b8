"""The emulator's kubelets, asked through the API server and at their own ports."""

from __future__ import annotations

import http.client
import ssl
from datetime import datetime
from typing import Any

import pytest

from homeperf_ray.sim.fill import USED, fill
from homeperf_ray.sim.process import RunningSim
from tests.sim.api import Api, Response
from tests.sim.test_trouble import eventually

SMALL = {"nodes": 5, "namespaces": 12, "pods": 100, "pvcs": 20}


@pytest.fixture(scope="module")
def world():
    from tests.homelab import start_homelab

    with start_homelab(**SMALL, kubelets="signed") as sim:
        yield sim


def summary(api: Api, node: str) -> Response:
    return api.get(f"/api/v1/nodes/{node}/proxy/stats/summary")


def directly(sim: RunningSim, node: str, context: str = "homelab", path: str = "/stats/summary") -> Response:
    api, status = Api(sim, context), sim.show("nodes", "", node)["status"]
    api.tls.verify_flags &= ~ssl.VERIFY_X509_STRICT
    address = next(one["address"] for one in status["addresses"] if one["type"] == "InternalIP")
    port = status["daemonEndpoints"]["kubeletEndpoint"]["Port"]
    connection = http.client.HTTPSConnection(address, port, context=api.tls, timeout=20)
    try:
        connection.request("GET", path, headers=api.headers())
        answer = connection.getresponse()
        return Response(answer.status, answer.headers, answer.read())
    finally:
        connection.close()


def volumes(document: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    found = {}
    for pod in document["pods"]:
        for one in pod["volume"]:
            if "pvcRef" in one:
                found[one["pvcRef"]["namespace"], one["pvcRef"]["name"]] = one
    return found


def test_a_summary_tells_of_every_claim_that_a_running_pod_mounts(world):
    api = Api(world)
    told: dict[tuple[str, str], dict[str, Any]] = {}
    for node in api.get("/api/v1/nodes").json["items"]:
        found = summary(api, node["metadata"]["name"])
        if found.status == 200:
            assert found.json["node"]["nodeName"] == node["metadata"]["name"]
            told |= volumes(found.json)
    claims = {
        (one["metadata"]["namespace"], one["metadata"]["name"]): one
        for one in api.get("/api/v1/persistentvolumeclaims").json["items"]
        if one["status"]["phase"] == "Bound"
    }
    mounted = {
        (pod["metadata"]["namespace"], volume["persistentVolumeClaim"]["claimName"])
        for pod in api.get("/api/v1/pods").json["items"]
        if pod["status"]["phase"] == "Running" and pod["spec"]["nodeName"] != "k8s-worker-2"
        for volume in pod["spec"]["volumes"]
        if "persistentVolumeClaim" in volume
    }
    assert told.keys() == mounted & claims.keys()
    for key, one in told.items():
        expected = fill(claims[key])
        assert one["usedBytes"] + one["availableBytes"] == one["capacityBytes"] == expected.capacity
        assert one["usedBytes"] == expected.used
        assert one.get("inodes", 0) == expected.inodes
        datetime.fromisoformat(one["time"])


def test_a_node_that_has_gone_is_a_503_as_the_genuine_server_says_it(world):
    found = summary(Api(world), "k8s-worker-2")
    assert found.status == 503
    assert found.json["message"].startswith("error trying to reach service: dial tcp 127.0.0.1:")
    with pytest.raises((http.client.RemoteDisconnected, ConnectionError)):
        directly(world, "k8s-worker-2")


def test_an_old_server_says_500_as_the_genuine_one_does(make_homelab):
    found = summary(Api(make_homelab(**SMALL, kubernetes_version="1.20")), "k8s-worker-2")
    assert (found.status, "reason" in found.json) == (500, False)
    assert found.json["message"].startswith("error trying to reach service: dial tcp ")


def test_a_node_that_never_was_is_a_404(world):
    assert summary(Api(world), "nobody").status == 404


def test_each_way_has_its_own_permission(world):
    node = "k8s-cp-1"
    assert summary(Api(world, "proxy"), node).status == 200
    assert summary(Api(world, "stats"), node).status == 403
    assert directly(world, node, "stats").status == 200
    assert directly(world, node, "proxy").status == 403
    assert directly(world, node, "limited").status == 403
    assert b"subresource(s)=[stats]" in directly(world, node, "limited").body
    assert directly(world, node, "stats", "/pods").status == 403


def test_both_ways_tell_the_same(world):
    there, here = summary(Api(world), "k8s-cp-1").json, directly(world, "k8s-cp-1").json
    sizes = [
        {key: (one["usedBytes"], one["capacityBytes"]) for key, one in volumes(each).items()} for each in (there, here)
    ]
    assert sizes[0] == sizes[1]
    assert sizes[0]


def test_a_slow_kubelet_is_slow_on_both_ways_and_only_that_one(world):
    number = world.fault("kubelet", node="k8s-cp-2")
    try:
        with pytest.raises(TimeoutError):
            Api(world).request("GET", "/api/v1/nodes/k8s-cp-2/proxy/stats/summary", timeout=0.5)
        assert summary(Api(world), "k8s-cp-1").status == 200
    finally:
        world.clear_faults(number)
    assert summary(Api(world), "k8s-cp-2").status == 200


def test_churn_fills_claims(make_homelab):
    sim = make_homelab(**SMALL, healthy=True)
    api = Api(sim)
    nodes = [one["metadata"]["name"] for one in api.get("/api/v1/nodes").json["items"]]

    def used() -> dict[tuple[str, str], int]:
        return {key: one["usedBytes"] for node in nodes for key, one in volumes(summary(api, node).json).items()}

    before = used()
    sim.churn(300)
    assert eventually(lambda: sum(size > before.get(key, size) for key, size in used().items()) >= 2)


def test_a_claim_is_as_full_as_its_annotation_says(make_homelab):
    sim = make_homelab(**SMALL, healthy=True)
    api = Api(sim)
    nodes = [one["metadata"]["name"] for one in api.get("/api/v1/nodes").json["items"]]
    found = {key: one for node in nodes for key, one in volumes(summary(api, node).json).items()}
    namespace, name = next(iter(found))
    sim.patch("persistentvolumeclaims", namespace, name, {"metadata": {"annotations": {USED: "93"}}})
    again = {key: one for node in nodes for key, one in volumes(summary(api, node).json).items()}
    one = again[namespace, name]
    assert round(100 * one["usedBytes"] / one["capacityBytes"]) == 93


def test_a_kubelet_signs_its_own_certificate_where_asked(make_homelab):
    sim = make_homelab(**SMALL, kubelets="self-signed")
    with pytest.raises(ssl.SSLCertVerificationError):
        directly(sim, "k8s-cp-1")
    assert sim.kubelets()["received"] == {}

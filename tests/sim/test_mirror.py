from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
import yaml

from homeperf_ray.sim.process import RunningSim, SimError
from homeperf_ray.sim.scrub import scrubbed
from tests.sim.api import Api

SMALL = {"nodes": 3, "namespaces": 8, "pods": 700, "pvcs": 5}
SECRET = "hunter2-and-more"

PATHS = (
    "/api/v1/pods",
    "/api/v1/nodes",
    "/api/v1/events",
    "/api/v1/persistentvolumeclaims",
    "/apis/apps/v1/deployments",
    "/apis/batch/v1/cronjobs",
    "/apis/helm.toolkit.fluxcd.io/v2/helmreleases",
    "/apis/metrics.k8s.io/v1beta1/nodes",
)


@pytest.fixture(scope="module")
def pair():
    """A homelab with secrets in it, and its copy."""
    from tests.homelab import start_homelab

    with start_homelab(**SMALL) as origin:
        pod = origin_pod(origin)
        namespace, name = pod["metadata"]["namespace"], pod["metadata"]["name"]
        container = pod["spec"]["containers"][0]
        container |= {"env": [{"name": "PASSWORD", "value": SECRET}], "args": [f"--token={SECRET}"]}
        annotations = {
            "kubectl.kubernetes.io/last-applied-configuration": json.dumps({"password": SECRET}),
            "example.org/note": SECRET,
            "kubernetes.io/config.source": "api",
        }
        metadata = {"annotations": annotations}
        origin.patch("pods", namespace, name, {"metadata": metadata, "spec": {"containers": [container]}})
        secret = {"metadata": {"annotations": {"a": SECRET}}, "type": "Opaque", "data": {"key": SECRET}}
        origin.put("secrets", namespace, "mine", secret)
        origin.put("configmaps", namespace, "mine", {"metadata": {}, "data": {"key": SECRET}})
        origin.reset_counts()
        with start_homelab(from_kubeconfig=str(origin.kubeconfig), latency=0.001) as copy:
            yield origin, copy, origin.counts(), (namespace, name)


def origin_pod(sim: RunningSim):
    pods = Api(sim).get("/api/v1/pods").json["items"]
    return next(pod for pod in pods if len(pod["spec"]["containers"]) == 1)


def test_a_copy_has_the_same_objects_with_the_same_labels_statuses_and_sizes(pair):
    origin, copy, _, patched = pair
    for path in PATHS:
        theirs, ours = (Api(sim).get(path).json["items"] for sim in (origin, copy))
        assert len(theirs) == len(ours) > 0, path
        for one, other in zip(theirs, ours, strict=True):
            assert other.get("status") == one.get("status")
            assert other["metadata"].get("labels") == one["metadata"].get("labels")
            if one["metadata"]["name"] != patched[1]:
                assert len(json.dumps(other)) == len(json.dumps(one))


def test_a_copy_is_read_page_by_page(pair):
    _, _, counts, _ = pair
    rows = Counter({row["resource"]: row["count"] for row in counts["requests"] if row["verb"] == "list"})
    assert rows["pods"] == 2
    assert {row["verb"] for row in counts["requests"]} <= {"get", "list"}


def test_what_may_be_secret_is_not_copied(pair):
    origin, copy, _, (namespace, name) = pair
    api = Api(copy)
    pod = api.get(f"/api/v1/namespaces/{namespace}/pods/{name}").json
    container = pod["spec"]["containers"][0]
    assert container["env"] == [{"name": "PASSWORD", "value": "x" * len(SECRET)}]
    assert container["args"] == ["x" * len(f"--token={SECRET}")]
    assert pod["metadata"]["annotations"] == {
        "example.org/note": "x" * len(SECRET),
        "kubernetes.io/config.source": "api",
    }
    for plural in ("secrets", "configmaps"):
        found = api.get(f"/api/v1/namespaces/{namespace}/{plural}/mine").json
        assert "data" not in found
    everything = b"".join(
        api.get(f"{root}/{resource['name']}").body
        for root in ("/api/v1", "/apis/apps/v1", "/apis/helm.toolkit.fluxcd.io/v2")
        for resource in api.get(root).json["resources"]
        if "list" in resource["verbs"]
    )
    assert SECRET.encode() not in everything
    assert len(api.get("/api/v1/secrets").json["items"]) == len(Api(origin).get("/api/v1/secrets").json["items"])


def test_types_of_secrets_are_kept_and_their_contents_never_cross_the_wire(pair):
    origin, copy, counts, _ = pair
    types = [Counter(item["type"] for item in Api(sim).get("/api/v1/secrets").json["items"]) for sim in (origin, copy)]
    assert types[0]["kubernetes.io/tls"] == types[1]["kubernetes.io/tls"] > 0
    sent = sum(row["bytes"] for row in counts["requests"] if row["resource"] == "secrets")
    whole = len(Api(origin).get("/api/v1/secrets").body)
    partial = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
    assert sent < whole + len(Api(origin).get("/api/v1/secrets", accept=partial).body)


def test_a_copy_lives_on_by_itself(pair):
    _, copy, _, _ = pair
    copy.churn(1_000)
    copy.churn(0)
    copy.patch("nodes", "", "k8s-cp-1", {"spec": {"unschedulable": True}})
    assert Api(copy).get("/api/v1/nodes/k8s-cp-1").json["spec"]["unschedulable"] is True


def test_a_copy_with_another_context_skips_what_that_user_may_not_list(pair, make_homelab):
    origin, _, _, _ = pair
    with pytest.raises(SimError, match="lets this user list nothing"):
        make_homelab(from_kubeconfig=str(origin.kubeconfig), context="limited")


@pytest.mark.parametrize("problem", ["context", "address", "file"])
def test_a_cluster_that_cannot_be_copied_is_said_in_a_sentence(make_homelab, pair, tmp_path: Path, problem):
    config = yaml.safe_load(pair[0].kubeconfig.read_text())
    path, context = tmp_path / "kubeconfig", ""
    if problem == "context":
        context = "elsewhere"
    if problem == "address":
        config["clusters"][0]["cluster"]["certificate-authority-data"] = ""
        del config["clusters"][0]["cluster"]["certificate-authority-data"]
    path.write_text("{" if problem == "file" else yaml.safe_dump(config))
    with pytest.raises(SimError) as caught:
        make_homelab(from_kubeconfig=str(path), context=context)
    assert str(caught.value).count("\n") == 0
    assert config["users"][0]["user"]["token"] not in str(caught.value)


def test_masks_keep_lengths_and_names():
    item = {
        "kind": "HelmRelease",
        "apiVersion": "helm.toolkit.fluxcd.io/v2",
        "spec": {
            "values": {"admin": {"user": "me", "replicas": 3}},
            "url": "https://me:secret@git.home.arpa/x",
            "adminPassword": "secret",
            "valuesFrom": [{"kind": "Secret", "name": "mine"}],
        },
        "metadata": {"name": "a"},
    }
    assert scrubbed("helmreleases.helm.toolkit.fluxcd.io", item) == {
        "metadata": {"name": "a"},
        "spec": {
            "values": {"admin": {"user": "xx", "replicas": 3}},
            "url": "https://x@git.home.arpa/x",
            "adminPassword": "xxxxxx",
            "valuesFrom": [{"kind": "Secret", "name": "mine"}],
        },
    }

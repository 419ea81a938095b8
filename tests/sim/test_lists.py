from __future__ import annotations

import base64
import gzip
import json

import pytest


def test_the_requested_sizes_are_exact(api):
    assert len(api.get("/api/v1/nodes").names) == 6
    assert len(api.get("/api/v1/namespaces").names) == 30
    assert len(api.get("/api/v1/pods").names) == 300
    assert len(api.get("/api/v1/persistentvolumeclaims").names) == 40


def test_pages_add_up_to_the_unpaged_list(api):
    whole = api.get("/api/v1/pods")
    collected, token, pages, remaining = [], "", 0, []
    while True:
        page = api.get("/api/v1/pods", limit=70, **({"continue": token} if token else {}))
        assert page.json["metadata"]["resourceVersion"] == whole.json["metadata"]["resourceVersion"]
        collected += page.names
        pages += 1
        token = page.json["metadata"].get("continue", "")
        remaining.append(page.json["metadata"].get("remainingItemCount"))
        if not token:
            break
    assert collected == whole.names == sorted(collected)
    assert pages == 5
    assert remaining == [230, 160, 90, 20, None]


def test_pages_of_one_namespace_stay_in_it(api):
    expected = api.get("/api/v1/namespaces/kube-system/pods").names
    first = api.get("/api/v1/namespaces/kube-system/pods", limit=3)
    rest = api.get("/api/v1/namespaces/kube-system/pods", **{"continue": first.json["metadata"]["continue"]})
    assert first.names + rest.names == expected
    assert all(name.startswith("kube-system/") for name in expected)


def test_a_namespace_whose_name_begins_like_another_is_not_mixed_with_it(api):
    everything = api.get("/api/v1/pods").names
    for namespace in ("auth", "automation", "git", "ai"):
        expected = [name for name in everything if name.split("/")[0] == namespace]
        assert api.get(f"/api/v1/namespaces/{namespace}/pods").names == expected


def test_a_list_with_a_selector_is_paged_without_a_remaining_count(api):
    everything = api.get("/api/v1/pods", labelSelector="app.kubernetes.io/name").names
    page = api.get("/api/v1/pods", labelSelector="app.kubernetes.io/name", limit=10)
    assert page.names == everything[:10]
    assert "remainingItemCount" not in page.json["metadata"]
    token = page.json["metadata"]["continue"]
    more = api.get("/api/v1/pods", labelSelector="app.kubernetes.io/name", **{"continue": token})
    assert page.names + more.names == everything


def test_garbage_as_a_continue_token_is_a_bad_request(api):
    answer = api.get("/api/v1/pods", limit=5, **{"continue": "!!!"})
    assert (answer.status, answer.json["reason"]) == (400, "BadRequest")
    assert "continue key is not valid" in answer.json["message"]


def test_a_continue_token_of_another_time_has_expired(api):
    token = api.get("/api/v1/pods", limit=5).json["metadata"]["continue"]
    fields = json.loads(base64.urlsafe_b64decode(token + "=="))
    fields["rv"] = 17
    old = base64.urlsafe_b64encode(json.dumps(fields).encode()).decode().rstrip("=")
    answer = api.get("/api/v1/pods", limit=5, **{"continue": old})
    assert (answer.status, answer.json["reason"], answer.json["code"]) == (410, "Expired", 410)
    assert "too old" in answer.json["message"]


@pytest.mark.parametrize(
    ("selector", "keep"),
    [
        ("k8s-app=kube-dns", lambda labels: labels.get("k8s-app") == "kube-dns"),
        ("k8s-app==kube-dns", lambda labels: labels.get("k8s-app") == "kube-dns"),
        ("k8s-app!=kube-dns", lambda labels: labels.get("k8s-app") != "kube-dns"),
        ("k8s-app in (kube-dns, cilium)", lambda labels: labels.get("k8s-app") in ("kube-dns", "cilium")),
        ("k8s-app notin (kube-dns)", lambda labels: labels.get("k8s-app") != "kube-dns"),
        ("k8s-app", lambda labels: "k8s-app" in labels),
        ("!k8s-app", lambda labels: "k8s-app" not in labels),
        ("k8s-app,app.kubernetes.io/name=cilium", lambda labels: labels.get("app.kubernetes.io/name") == "cilium"),
    ],
)
def test_label_selectors(api, selector, keep):
    everything = api.get("/api/v1/namespaces/kube-system/pods").json["items"]
    expected = [item["metadata"]["name"] for item in everything if keep(item["metadata"].get("labels", {}))]
    found = api.get("/api/v1/namespaces/kube-system/pods", labelSelector=selector).json["items"]
    assert [item["metadata"]["name"] for item in found] == expected
    assert 0 < len(expected) < len(everything) or selector == "!k8s-app"


@pytest.mark.parametrize("selector", ["a=b=c", "in (x)", "k8s-app in kube-dns", ",", "a b"])
def test_a_label_selector_that_cannot_be_parsed_is_a_bad_request(api, selector):
    answer = api.get("/api/v1/pods", labelSelector=selector)
    assert (answer.status, answer.json["kind"]) == (400, "Status")


def test_field_selectors(api):
    pods = api.get("/api/v1/pods").json["items"]
    failed = [pod["metadata"]["name"] for pod in pods if pod["status"]["phase"] == "Failed"]
    found = api.get("/api/v1/pods", fieldSelector="status.phase=Failed").json["items"]
    assert [pod["metadata"]["name"] for pod in found] == failed != []
    running = api.get("/api/v1/pods", fieldSelector="status.phase!=Running,spec.nodeName=k8s-cp-1").json["items"]
    expected = [
        pod["metadata"]["name"]
        for pod in pods
        if pod["status"]["phase"] != "Running" and pod["spec"].get("nodeName") == "k8s-cp-1"
    ]
    assert [pod["metadata"]["name"] for pod in running] == expected
    one = pods[3]["metadata"]
    selector = f"metadata.name={one['name']},metadata.namespace={one['namespace']}"
    assert api.get("/api/v1/pods", fieldSelector=selector).names == [f"{one['namespace']}/{one['name']}"]


def test_secrets_are_selected_by_their_type(api):
    secrets = api.get("/api/v1/secrets", fieldSelector="type=kubernetes.io/tls").json["items"]
    assert len(secrets) == 21
    assert {secret["type"] for secret in secrets} == {"kubernetes.io/tls"}


def test_a_field_that_cannot_be_selected_is_a_bad_request(api):
    answer = api.get("/api/v1/pods", fieldSelector="spec.hostNetwork=true")
    assert (answer.status, answer.json["message"]) == (400, "field label not supported: spec.hostNetwork")


def test_one_object_has_its_kind_and_version_and_list_items_have_not(api):
    item = api.get("/api/v1/namespaces/kube-system/pods").json["items"][0]
    assert "kind" not in item
    assert "apiVersion" not in item
    one = api.get(f"/api/v1/namespaces/kube-system/pods/{item['metadata']['name']}").json
    assert (one["kind"], one["apiVersion"], one["metadata"]) == ("Pod", "v1", item["metadata"])


def test_items_of_custom_resources_carry_their_kind(api):
    answer = api.get("/apis/ceph.rook.io/v1/cephclusters").json
    assert answer["kind"] == "CephClusterList"
    assert [(item["kind"], item["apiVersion"]) for item in answer["items"]] == [("CephCluster", "ceph.rook.io/v1")]


def test_an_object_that_is_not_there(api):
    answer = api.get("/apis/apps/v1/namespaces/media/deployments/nothing")
    assert (answer.status, answer.json["reason"]) == (404, "NotFound")
    assert answer.json["message"] == 'deployments.apps "nothing" not found'


def test_an_unknown_namespace_is_an_empty_list(api):
    assert api.get("/api/v1/namespaces/nowhere/pods").json["items"] == []


@pytest.mark.parametrize("path", ["/api/v1/widgets", "/apis/nothing.io/v1/things", "/nothing", "/api/v1/pods/x/log"])
def test_what_is_not_served_is_not_found(api, path):
    assert api.get(path).status == 404


def test_large_answers_are_compressed_when_asked(api):
    plain = api.get("/api/v1/pods")
    assert "Content-Encoding" not in plain.headers
    packed = api.request("GET", "/api/v1/pods", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.body) == plain.body
    assert len(packed.body) < len(plain.body) / 4
    small = api.request("GET", "/api/v1/namespaces", headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in small.headers


def test_metadata_alone(api):
    accept = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
    answer = api.get("/api/v1/pods", accept=accept, limit=10)
    assert answer.json["kind"] == "PartialObjectMetadataList"
    assert answer.names == api.get("/api/v1/pods", limit=10).names
    assert "spec" not in answer.json["items"][0]


def test_a_client_that_takes_only_protobuf_is_told_so(api):
    answer = api.get("/api/v1/pods", accept="application/vnd.kubernetes.protobuf")
    assert (answer.status, answer.json["reason"]) == (406, "NotAcceptable")


def test_a_resource_version_from_the_future(api):
    answer = api.get("/api/v1/pods", resourceVersion=9_999_999_999)
    assert (answer.status, answer.json["reason"]) == (504, "Timeout")


def test_version_zero_ignores_the_limit_only_before_1_34(api, make_homelab):
    assert len(api.get("/api/v1/pods", resourceVersion=0, limit=5).names) == 5
    from tests.sim.api import Api

    old = Api(make_homelab(kubernetes_version="1.31", pods=60, namespaces=10))
    assert len(old.get("/api/v1/pods", resourceVersion=0, limit=5).names) == 60

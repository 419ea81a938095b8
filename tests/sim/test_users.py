from __future__ import annotations

import json
import ssl

import pytest

from homeperf_ray.sim.protobuf import review
from homeperf_ray.sim.statuses import ApiError
from tests.sim.api import Api


def can(api: Api, **attributes: str) -> bool:
    body = json.dumps({"spec": {"resourceAttributes": attributes}}).encode()
    headers = {"Content-Type": "application/json"}
    path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
    answer = api.request("POST", path, body=body, headers=headers)
    assert answer.status == 201
    return answer.json["status"]["allowed"]


def test_a_wrong_token_is_refused(sim):
    answer = Api(sim, token="wrong").get("/api/v1/pods")
    assert (answer.status, answer.json["reason"], answer.json["message"]) == (401, "Unauthorized", "Unauthorized")
    assert Api(sim, token="wrong").get("/version").status == 401


def test_without_a_token_only_health_and_version_are_shown(sim):
    nobody = Api(sim, token=None)
    assert nobody.get("/version").status == 200
    answer = nobody.get("/api/v1/pods")
    assert answer.status == 403
    assert 'User "system:anonymous" cannot list resource "pods"' in answer.json["message"]


def test_the_certificate_is_verified(sim):
    api = Api(sim)
    api.tls = ssl.create_default_context()
    with pytest.raises(ssl.SSLCertVerificationError):
        api.get("/version")


def test_the_limited_user_reads_two_namespaces_and_nothing_else(sim, limited):
    first, second = sim.limited_namespaces
    for resource in ("pods", "services", "configmaps"):
        assert limited.get(f"/api/v1/namespaces/{first}/{resource}").status == 200
        assert limited.get(f"/api/v1/namespaces/{second}/{resource}").status == 200
    assert limited.get(f"/api/v1/namespaces/{first}/secrets").status == 403
    assert limited.get("/api/v1/namespaces/kube-system/pods").status == 403
    assert limited.get("/api/v1/nodes").status == 403
    assert limited.get("/apis").status == 200


def test_a_refusal_is_worded_as_by_a_genuine_server(limited):
    answer = limited.get("/api/v1/pods")
    message = 'pods is forbidden: User "limited" cannot list resource "pods" in API group "" at the cluster scope'
    assert answer.json["message"] == message
    assert answer.json["details"] == {"kind": "pods"}
    answer = limited.get("/apis/apps/v1/namespaces/media/deployments")
    assert answer.json["message"] == (
        'deployments.apps is forbidden: User "limited" cannot list resource "deployments" in API group "apps" '
        'in the namespace "media"'
    )
    answer = limited.get("/api/v1/nodes/k8s-cp-1")
    assert answer.json["message"].startswith('nodes "k8s-cp-1" is forbidden: User "limited" cannot get resource')
    answer = limited.get("/metrics")
    assert answer.json["message"] == 'forbidden: User "limited" cannot get path "/metrics"'


def test_access_reviews(api, limited):
    assert can(api, verb="list", resource="secrets")
    assert not can(limited, verb="list", resource="pods")
    assert can(limited, verb="list", resource="pods", namespace="media")
    assert not can(limited, verb="delete", resource="pods", namespace="media")
    assert not can(limited, verb="list", group="apps", resource="deployments", namespace="media")


def test_an_access_review_in_protobuf_is_understood():
    # What `kubectl auth can-i list pods -n media` posts: an envelope with the kind, and the review in it.
    attributes = b"\x0a\x05media\x12\x04list\x1a\x00\x22\x00\x2a\x04pods\x32\x00\x3a\x00"
    spec = b"\x0a" + bytes([len(attributes)]) + attributes
    message = b"\x0a\x00\x12" + bytes([len(spec)]) + spec
    kind = b"\x0a\x17authorization.k8s.io/v1\x12\x17SelfSubjectAccessReview"
    envelope = b"k8s\x00\x0a" + bytes([len(kind)]) + kind + b"\x12" + bytes([len(message)]) + message
    found = review(envelope)
    assert found["kind"] == "SelfSubjectAccessReview"
    wanted = {"namespace": "media", "verb": "list", "resource": "pods"}
    assert {key: value for key, value in found["spec"]["resourceAttributes"].items() if value} == wanted
    with pytest.raises(ApiError):
        review(envelope[:30])
    with pytest.raises(ApiError):
        review(b"{}")


def test_a_review_that_is_no_json_is_a_bad_request(api):
    path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
    answer = api.request("POST", path, body=b"nonsense", headers={"Content-Type": "application/json"})
    assert answer.status == 400
    assert api.request("POST", path, body=b"a: 1", headers={"Content-Type": "application/yaml"}).status == 415

from __future__ import annotations

import http.client
import json
import time

import pytest

from homeperf_ray.sim.faults import Faults, Rule, RuleError, Target
from homeperf_ray.sim.process import SimError


def target(**fields):
    plain = {"user": "admin", "verb": "list", "resource": "pods", "namespace": "", "path": "/api/v1/pods"}
    return Target(**{**plain, **fields})


def test_a_status_for_one_resource_a_few_times(sim, api):
    sim.fault("status", status=503, resource="pods", times=2)
    assert [api.get("/api/v1/pods").status for _ in range(3)] == [503, 503, 200]
    assert api.get("/api/v1/nodes").status == 200
    assert [fault["met"] for fault in sim.faults()] == [2]


def test_429_says_when_to_come_back(sim, api):
    sim.fault("status", status=429, retry_after=3, times=1)
    answer = api.get("/api/v1/pods")
    assert (answer.status, answer.headers["Retry-After"]) == (429, "3")
    assert answer.json["reason"] == "TooManyRequests"
    assert answer.json["details"]["retryAfterSeconds"] == 3
    assert answer.headers["X-Kubernetes-Pf-Flowschema-Uid"]


def test_403_on_purpose_is_worded_like_a_genuine_one(sim, api):
    sim.fault("status", status=403, resource="deployments.apps")
    answer = api.get("/apis/apps/v1/deployments")
    assert answer.status == 403
    assert answer.json["message"].startswith('deployments.apps is forbidden: User "admin" cannot list resource')


def test_after_lets_the_first_pages_pass(sim, api):
    sim.fault("status", status=500, resource="pods", after=2, times=1)
    assert [api.get("/api/v1/pods", limit=5).status for _ in range(4)] == [200, 200, 500, 200]


def test_latency_comes_before_a_right_answer(sim, api):
    sim.fault("latency", seconds=0.3, resource="nodes")
    began = time.monotonic()
    assert api.get("/api/v1/nodes").status == 200
    assert time.monotonic() - began >= 0.3


def test_a_server_that_never_answers(sim, api):
    sim.fault("hang", resource="nodes")
    with pytest.raises(TimeoutError):
        api.request("GET", "/api/v1/nodes", timeout=0.5)
    assert api.get("/api/v1/pods").status == 200


def test_garbage_is_no_json(sim, api):
    sim.fault("garbage", resource="nodes")
    answer = api.get("/api/v1/nodes")
    assert answer.status == 200
    with pytest.raises(ValueError):
        json.loads(answer.body)


def test_a_truncated_body_is_shorter_than_announced(sim, api):
    whole = api.get("/api/v1/nodes")
    sim.fault("truncated", resource="nodes")
    with pytest.raises(http.client.IncompleteRead) as caught:
        api.get("/api/v1/nodes")
    assert whole.body.startswith(caught.value.partial)
    assert len(caught.value.partial) == len(whole.body) // 2
    assert caught.value.expected == len(whole.body) - len(caught.value.partial)


def test_a_reset_connection(sim, api):
    sim.fault("reset", resource="nodes", times=1)
    with pytest.raises(ConnectionResetError):
        api.get("/api/v1/nodes")
    assert api.get("/api/v1/nodes").status == 200


def test_a_redirect(sim, api):
    sim.fault("redirect", location="https://127.0.0.1:1/elsewhere", path="/api/v1/nodes")
    answer = api.get("/api/v1/nodes")
    assert (answer.status, answer.headers["Location"]) == (302, "https://127.0.0.1:1/elsewhere")


def test_continue_tokens_expire_on_request(sim, api):
    sim.fault("expired", resource="pods", times=1)
    token = api.get("/api/v1/pods", limit=5).json["metadata"]["continue"]
    assert api.get("/api/v1/pods", limit=5, **{"continue": token}).status == 410
    assert api.get("/api/v1/pods", limit=5, **{"continue": token}).status == 200


def test_faults_for_one_user_only(sim, api, limited):
    sim.fault("status", status=500, user="limited")
    assert limited.get("/version").status == 500
    assert api.get("/version").status == 200


def test_faults_end_when_they_are_cleared(sim, api):
    first = sim.fault("status", status=500, resource="nodes")
    sim.fault("status", status=500, resource="pods")
    sim.clear_faults(first)
    assert [api.get("/api/v1/nodes").status, api.get("/api/v1/pods").status] == [200, 500]
    sim.clear_faults()
    assert api.get("/api/v1/pods").status == 200
    with pytest.raises(SimError, match="no fault"):
        sim.clear_faults(first)


def test_faults_from_the_start(make_homelab):
    from tests.sim.api import Api

    api = Api(make_homelab(faults=[Rule(kind="status", status=500, path="/version")]))
    assert api.get("/version").status == 500


def test_a_rule_that_says_nothing_sensible_is_refused(sim):
    for wrong in (
        {"kind": "status", "status": 200},
        {"kind": "latency"},
        {"kind": "redirect"},
        {"kind": "hang", "times": -1},
    ):
        with pytest.raises(SimError):
            sim.fault(**wrong)
    with pytest.raises(RuleError, match="one of status"):
        Faults([Rule(kind="nonsense")])


def test_what_a_rule_matches():
    assert Rule(kind="hang").matches(target())
    assert Rule(kind="hang", resource="*").matches(target())
    assert not Rule(kind="hang", resource="*").matches(target(resource="", path="/version"))
    assert not Rule(kind="hang", verb="watch").matches(target())
    assert not Rule(kind="hang", namespace="media").matches(target(namespace="ai"))
    assert not Rule(kind="expired").matches(target())
    assert Rule(kind="expired").matches(target(continued=True))


def test_latencies_add_up_and_the_first_other_fault_wins():
    faults = Faults(
        [
            Rule(kind="latency", seconds=1),
            Rule(kind="status", status=500),
            Rule(kind="hang"),
            Rule(kind="latency", seconds=2),
        ]
    )
    met = faults.meet(target())
    assert [rule.kind for rule in met] == ["latency", "status", "latency"]
    assert [standing.met for standing in faults.listed()] == [1, 1, 0, 1]

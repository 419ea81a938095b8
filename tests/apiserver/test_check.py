"""``homeperf check`` against a genuine kube-apiserver."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.apiserver.conftest import Filled
from tests.cli.command import Homeperf

pytestmark = pytest.mark.apiserver


def found(report: dict) -> dict[tuple[str, str], set[str]]:
    codes: dict[tuple[str, str], set[str]] = {}
    for finding in report["details"]:
        codes.setdefault((finding["namespace"], finding["object"]), set()).add(finding["code"])
    return codes


def lists(events: list[dict]) -> Counter[str]:
    """LIST requests by resource, pages included."""
    seen: Counter[str] = Counter()
    for event in events:
        if event["verb"] == "list":
            group = event["objectRef"].get("apiGroup")
            seen[event["objectRef"]["resource"] + (f".{group}" if group else "")] += 1
    return seen


@pytest.mark.parametrize("runner", ["serial", "local"])
def test_the_findings_are_the_truth_and_nothing_else(homeperf: Homeperf, filled: Filled, runner: str):
    done = homeperf.check(filled.server.admin, runner=runner)
    codes = found(done.report)
    assert {key: code for key, code in filled.truth.items() if code not in codes.get(key, ())} == {}
    assert set(codes) - set(filled.truth) == set()
    assert done.report["summary"]["errors"] == 0
    assert done.code == 2


@pytest.mark.parametrize("runner", ["serial", "local"])
def test_one_list_for_each_resource_that_is_needed_and_served(homeperf: Homeperf, filled: Filled, runner: str):
    filled.server.forget()
    report = homeperf.check(filled.server.admin, runner=runner).report
    events = filled.server.requests()
    assert report["ledger"]["sent"] == len(events)
    assert set(lists(events).values()) == {1}
    assert report["ledger"]["lists"] == len(lists(events))
    assert report["ledger"]["discovery"] == len(events) - sum(lists(events).values())
    assert report["ledger"]["requested"] == sum(
        report["ledger"][part] for part in ("deduplicated", "unserved", "cache_hits", "lists")
    )


def test_homeperf_only_reads(homeperf: Homeperf, filled: Filled):
    filled.server.forget()
    homeperf.check(filled.server.admin)
    assert {event["verb"] for event in filled.server.requests()} <= {"get", "list"}


def test_only_nodes_are_listed_for_the_domain_nodes(homeperf: Homeperf, filled: Filled):
    filled.server.forget()
    homeperf.check(filled.server.admin, "nodes")
    assert lists(filled.server.requests()) == {"nodes": 1}


def test_1200_pods_are_read_in_three_pages(homeperf: Homeperf, crowded: Filled):
    crowded.server.forget()
    report = homeperf.check(crowded.server.admin, "workloads").report
    seen = lists(crowded.server.requests())
    assert seen["pods"] == 3
    assert report["ledger"]["pages"] == 2
    assert report["ledger"]["sent"] == len(crowded.server.requests())
    truth = {key: code for key, code in crowded.truth.items() if code.startswith("HP2")}
    codes = found(report)
    assert {key: code for key, code in truth.items() if code not in codes.get(key, ())} == {}
    assert set(codes) - set(truth) == set()
    assert report["summary"]["total"] >= 1_200


def test_an_administrator_by_certificate_finds_the_same(homeperf: Homeperf, filled: Filled):
    by_token = homeperf.check(filled.server.admin).report
    by_certificate = homeperf.check(filled.server.by_certificate()).report
    assert found(by_token) == found(by_certificate)


def test_a_limited_user_is_told_which_permission_is_missing(homeperf: Homeperf, filled: Filled):
    done = homeperf.check(filled.server.limited, "nodes", "storage")
    assert done.code == 3
    unread = {finding["object"]: finding for finding in done.report["details"]}
    assert unread["nodes"]["code"] == "HP001"
    assert "list" in unread["nodes"]["message"]
    assert "nodes" in unread["nodes"]["message"]


def test_a_limited_user_judges_the_namespaces_that_are_open(homeperf: Homeperf, filled: Filled):
    done = homeperf.check(filled.server.limited, "workloads", "-n", "ns-00,ns-01")
    truth = {key: code for key, code in filled.truth.items() if key[0] in ("ns-00", "ns-01") and "Pod/" in key[1]}
    codes = found(done.report)
    assert truth
    assert {key: code for key, code in truth.items() if code not in codes.get(key, ())} == {}
    assert "pods" not in {finding["object"] for finding in done.report["details"] if finding["severity"] == "error"}


def test_a_wrong_token_is_one_sentence(homeperf: Homeperf, filled: Filled):
    done = homeperf.check(filled.server.kubeconfig("wrong", token="nonsense"))
    assert (done.code, done.report["status"], len(done.report["details"])) == (3, "error", 1)
    assert "nonsense" not in done.out + done.err


def test_an_expired_client_certificate_is_named_as_such(homeperf: Homeperf, filled: Filled):
    done = homeperf.check(filled.server.by_certificate(expired=True))
    assert done.code == 3
    assert "expired" in done.report["issues"][0] + done.report["details"][0]["hint"]


def test_cron_jobs_are_read_in_the_version_that_is_served(homeperf: Homeperf, filled: Filled):
    filled.server.forget()
    homeperf.check(filled.server.admin, "workloads")
    [event] = [event for event in filled.server.requests() if event.get("objectRef", {}).get("resource") == "cronjobs"]
    minor = int(filled.server.get("/version")["minor"].rstrip("+"))
    assert event["objectRef"]["apiVersion"] == ("v1" if minor >= 21 else "v1beta1")
    assert event["responseStatus"]["code"] == 200


@pytest.mark.ray
def test_ray_finds_the_same(homeperf: Homeperf, filled: Filled):
    local = homeperf.check(filled.server.admin).report
    try:
        assert homeperf.run("up", "--workers", "2", timeout=180).code == 0
        filled.server.forget()
        ray = homeperf.check(filled.server.admin, runner="ray").report
        events = filled.server.requests()
        again = homeperf.check(filled.server.admin, runner="ray").report
        assert filled.server.requests() == events
    finally:
        homeperf.run("down")
    assert ray["runner"] == "ray"
    assert found(ray) == found(local) == found(again)
    assert ray["summary"] == local["summary"]
    assert ray["ledger"]["sent"] == len(events)
    assert set(lists(events).values()) == {1}

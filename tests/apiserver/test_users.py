"""Who comes, and what they are told."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.apiserver.audit import lists
from tests.apiserver.conftest import Genuine
from tests.apiserver.content.homelab import OPEN
from tests.apiserver.content.made import Sick
from tests.apiserver.report import found, unread
from tests.cli.command import Homeperf

pytestmark = pytest.mark.apiserver

RETRIED = Sick("media", "Pod/retried", "HP205")
"""Who may not read the Jobs cannot know that this pod's Job succeeded at its next attempt."""
UNKNOWN = {
    Sick("media", "PersistentVolumeClaim/no-such-class", "HP301"),
    Sick("home-automation", "PersistentVolumeClaim/waits", "HP301"),
}
"""Who may not read the storage classes cannot know that these claims do not wait for a first pod."""


def test_by_certificate_and_by_token_the_same_is_found(homeperf: Homeperf, genuine: Genuine):
    by_token = homeperf.check(genuine.server.users.admin).report
    by_certificate = homeperf.check(genuine.server.users.certified).report
    assert found(by_certificate) == found(by_token)
    assert by_certificate["summary"] == by_token["summary"]
    assert by_token["ledger"]["discovery"] == by_certificate["ledger"]["discovery"] > 0, "discovery is per identity"


def test_a_limited_user_judges_what_is_open_and_is_told_what_is_not(homeperf: Homeperf, genuine: Genuine):
    done = homeperf.check(genuine.server.users.limited, "workloads", "storage", "-n", ",".join(OPEN))
    truth = Counter(
        sick
        for sick in genuine.truth.within(namespaces=OPEN).elements()
        if sick.object.startswith(("Pod/", "PersistentVolumeClaim/")) and sick not in UNKNOWN
    )
    truth[RETRIED] = 1
    assert found(done.report) == truth
    forbidden = unread(done.report)
    assert {"deployments.apps", "statefulsets.apps", "daemonsets.apps", "cronjobs.batch"} <= set(forbidden)
    assert not {"pods", "persistentvolumeclaims"} & set(forbidden)
    assert set(forbidden.values()) == {"HP001"}
    assert done.code == 2


def test_a_missing_permission_is_named_with_its_verb_and_resource(homeperf: Homeperf, genuine: Genuine):
    genuine.server.audit.forget()
    done = homeperf.check(genuine.server.users.limited, "nodes", "storage")
    assert done.code == 3
    assert done.report["status"] == "error"
    nodes = next(finding for finding in done.report["details"] if finding["object"] == "nodes")
    assert nodes["code"] == "HP001"
    assert "list" in nodes["message"]
    assert "nodes" in nodes["message"]
    assert nodes["hint"]
    events = genuine.server.audit.requests()
    once = {
        "nodes",
        "nodes.metrics.k8s.io",
        "persistentvolumes",
        "storageclasses.storage.k8s.io",
        "namespaces",
    }
    twice = {
        "pods",
        "deployments.apps",
        "statefulsets.apps",
        "persistentvolumeclaims",
        "cephclusters.ceph.rook.io",
        "cephblockpools.ceph.rook.io",
        "cephfilesystems.ceph.rook.io",
        "cephobjectstores.ceph.rook.io",
        "endpointslices.discovery.k8s.io",
    }
    assert lists(events) == {**dict.fromkeys(once, 1), **dict.fromkeys(twice, 2)}, "in the context's namespace too"
    assert done.report["ledger"]["sent"] == len(events)


def test_who_sees_the_namespaces_has_those_judged_that_may_be_read(homeperf: Homeperf, genuine: Genuine):
    genuine.server.audit.forget()
    done = homeperf.check(genuine.server.users.visitor, "workloads")
    events = genuine.server.audit.requests()
    mine = {sick for sick in genuine.truth.within("2", OPEN) if "Pod/" in sick.object}
    assert set(found(done.report)) == mine | {RETRIED, Sick("", "Namespace/leaving", "HP241")}
    assert lists(events)["pods"] == 31, "once cluster-wide and once in each of the 30 namespaces"
    assert lists(events)["deployments.apps"] == 1 + len(OPEN)
    assert any(f"({len(OPEN)} of 30)" in note for note in done.report["notes"])
    assert done.report["ledger"]["sent"] == len(events)
    assert "pods" not in unread(done.report)


def test_a_wrong_token_is_one_sentence(homeperf: Homeperf, genuine: Genuine):
    genuine.server.audit.forget()
    done = homeperf.check(genuine.server.users.unknown)
    assert (done.code, done.report["status"]) == (3, "error")
    [finding] = done.report["details"]
    assert "token" in finding["message"] + finding["hint"]
    assert "nonsense" not in done.out + done.err
    events = genuine.server.audit.requests()
    assert {event["responseStatus"]["code"] for event in events} == {401}
    assert done.report["ledger"]["sent"] == len(events) <= 3


def test_an_expired_certificate_is_named_as_such(homeperf: Homeperf, genuine: Genuine):
    done = homeperf.check(genuine.server.users.expired)
    assert (done.code, done.report["status"]) == (3, "error")
    [finding] = done.report["details"]
    assert "expired" in finding["message"] + finding["hint"]


@pytest.mark.parametrize("user", ["unknown", "expired"])
def test_whoever_is_not_let_in_reads_a_sentence_and_what_to_do(homeperf: Homeperf, genuine: Genuine, user: str):
    kubeconfig = getattr(genuine.server.users, user)
    done = homeperf.run("check", "--kubeconfig", str(kubeconfig), "--runner", "local")
    assert done.code == 3
    assert done.out == ""
    sentence, *advice = done.err.splitlines()
    assert sentence.startswith("homeperf: ")
    assert advice

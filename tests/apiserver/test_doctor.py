"""``doctor`` and a genuine server's own judgement of who may do what."""

from __future__ import annotations

import pytest
import yaml

from tests.apiserver.audit import resource_of
from tests.apiserver.conftest import Genuine
from tests.apiserver.report import found, unread
from tests.cli.command import Homeperf

pytestmark = pytest.mark.apiserver

RBAC = "/apis/rbac.authorization.k8s.io/v1"


def permissions(report: dict, context: int = 1) -> dict[str, str]:
    return {one["message"]: one["status"] for one in report["subjects"][context]["diagnoses"]}


def test_nothing_is_missing_for_an_administrator(homeperf: Homeperf, genuine: Genuine):
    genuine.server.audit.forget()
    done = homeperf.run("doctor", "--kubeconfig", str(genuine.server.users.admin), "-o", "json")
    assert done.report["subjects"][1]["missing"] == []
    assert any(f"Kubernetes v1.{genuine.server.minor}" in message for message in permissions(done.report))
    events = genuine.server.audit.requests()
    writing = [event for event in events if event["verb"] not in {"get", "list"}]
    reviews = {"selfsubjectaccessreviews.authorization.k8s.io", "selfsubjectreviews.authentication.k8s.io"}
    assert {event["verb"] for event in writing} == {"create"}
    assert {resource_of(event) for event in writing} <= reviews


def test_the_rules_that_are_printed_are_all_that_a_newcomer_needs(homeperf: Homeperf, genuine: Genuine):
    """What is missing is printed, and once it is applied a check finds all that an administrator's finds."""
    newcomer = str(genuine.server.users.newcomer)
    before = homeperf.run("doctor", "--kubeconfig", newcomer, "--color", "never")
    assert before.code == 1
    _, _, rules = before.out.partition("# Rules that are missing")
    role, binding = yaml.safe_load_all(rules.partition("\n")[2])
    assert binding["subjects"] == [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "newcomer"}]
    assert {verb for rule in role["rules"] for verb in rule["verbs"]} == {"list", "watch", "get"}
    blind = homeperf.check(newcomer)
    assert set(unread(blind.report).values()) == {"HP001"}
    genuine.server.post(f"{RBAC}/clusterroles", role)
    genuine.server.post(f"{RBAC}/clusterrolebindings", binding)
    after = homeperf.run("doctor", "--kubeconfig", newcomer, "-o", "json")
    assert after.report["subjects"][1]["missing"] == []
    seeing = homeperf.check(newcomer, details=5)
    assert unread(seeing.report) == {}
    assert found(seeing.report) == found(homeperf.check(genuine.server.users.admin).report)
    assert not any("may not be read" in note for note in seeing.report["notes"])


def test_a_limited_user_is_told_where_he_may_read(homeperf: Homeperf, genuine: Genuine):
    done = homeperf.run(
        "doctor", "storage", "-n", "media", "--kubeconfig", str(genuine.server.users.limited), "-o", "json"
    )
    missing = {(one["resource"], one["subresource"], one["namespace"]) for one in done.report["subjects"][1]["missing"]}
    assert {("cephclusters", "", "media"), ("pods", "log", "media"), ("storageclasses", "", None)} <= missing
    assert not {("persistentvolumeclaims", "", "media"), ("pods", "", "media")} & missing


@pytest.mark.parametrize(("user", "word"), [("unknown", "token"), ("expired", "expired")])
def test_whoever_is_not_let_in_reads_why(homeperf: Homeperf, genuine: Genuine, user: str, word: str):
    done = homeperf.run("doctor", "--kubeconfig", str(getattr(genuine.server.users, user)))
    assert done.code == 3
    assert word in done.out
    assert "1 error" in done.out.splitlines()[0] or "2 errors" in done.out.splitlines()[0]

"""What ``--kubelet`` takes: the harmless permission is offered, the other one comes with its warning."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from homeperf_ray.doctor.kubelets import PERMISSIONS, diagnoses, missing
from homeperf_ray.kube.errors import Unreachable
from homeperf_ray.kube.kubelets import STATS
from homeperf_ray.kube.request import KubeletAccess
from homeperf_ray.kube.review import Reviewed
from tests.doctor.test_permissions import OPERATION
from tests.executor.fakes import job

RBAC = Path(__file__).parents[2] / "deploy" / "rbac.yaml"


def reviewed(*, stats: bool, proxy: bool) -> list[Reviewed]:
    return [
        Reviewed(permission=permission, allowed=allowed, operation=OPERATION)
        for permission, allowed in zip(PERMISSIONS, (stats, proxy), strict=True)
    ]


@pytest.mark.parametrize(
    ("stats", "proxy", "statuses"),
    [(True, False, ["ok"]), (True, True, ["ok", "note"]), (False, True, ["warning"]), (False, False, ["warning"])],
)
def test_each_way_has_its_sentence(stats: bool, proxy: bool, statuses: list[str]):
    found = list(diagnoses(reviewed(stats=stats, proxy=proxy)))
    assert [one.status for one in found] == statuses
    assert any("run commands in every pod" in one.message + one.hint for one in found) == (proxy or not stats)


@pytest.mark.parametrize(
    ("access", "rights", "bar", "status", "words"),
    [
        ("auto", (True, True), "its token may use nodes/proxy", "note", "asked through the API server"),
        ("auto", (True, False), "kubelets take no passwords", "warning", "as kubelets take no passwords: how full"),
        ("direct", (False, True), "", "warning", "no nodes/stats"),
        ("proxy", (True, False), "", "warning", "may not get nodes/proxy"),
    ],
)
def test_what_is_said_is_what_a_check_does(
    access: KubeletAccess, rights: tuple[bool, bool], bar: str, status: str, words: str
):
    first = next(diagnoses(reviewed(stats=rights[0], proxy=rights[1]), access, bar))
    assert first.status == status
    assert words in first.message
    assert "are asked directly" not in first.message


def test_a_way_that_the_user_rules_out_does_not_make_up_for_the_permission():
    only_proxy = reviewed(stats=False, proxy=True)
    (lacking,) = missing(only_proxy, job(kubelet=True, kubelet_access="direct"))
    assert lacking.permission == STATS


def test_only_the_harmless_permission_is_ever_called_missing():
    (lacking,) = missing(reviewed(stats=False, proxy=False), job(kubelet=True))
    assert lacking.permission == STATS
    assert lacking.wanted_by
    assert missing(reviewed(stats=False, proxy=True), job(kubelet=True)) == ()


def test_a_server_that_does_not_say_is_no_missing_permission():
    unsaid = [Reviewed(permission=one, error=Unreachable("gone", "look"), operation=OPERATION) for one in PERMISSIONS]
    assert missing(unsaid, job(kubelet=True)) == ()
    (found,) = diagnoses(unsaid)
    assert (found.status, found.message) == ("warning", "gone")


def test_what_is_deployed_has_neither():
    resources = {
        name
        for document in yaml.safe_load_all(RBAC.read_text())
        for rule in document.get("rules", ())
        for name in rule["resources"]
    }
    assert not {"nodes/stats", "nodes/proxy"} & resources

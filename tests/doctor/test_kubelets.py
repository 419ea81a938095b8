"""What ``--kubelet`` takes: the harmless permission is offered, the other one comes with its warning."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from homeperf_ray.doctor.kubelets import PERMISSIONS, diagnoses, missing
from homeperf_ray.kube.errors import Unreachable
from homeperf_ray.kube.kubelets import STATS
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

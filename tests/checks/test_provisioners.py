"""Who makes the volumes of the storage classes."""

import pytest

from homeperf_ray.kube.resources import DEPLOYMENTS, STATEFUL_SETS, STORAGE_CLASSES
from tests.checks.judging import MINUTE, found, judge, meta
from tests.checks.test_claims import LOCAL, storage_class

RBD = storage_class()


def workload(name="csi-rbdplugin-provisioner", desired=2, available=None, *, age=1e6):
    there = desired if available is None else available
    status = {"availableReplicas": there, "readyReplicas": there}
    return {"metadata": meta(name, "rook-ceph", age=age), "spec": {"replicas": desired}, "status": status}


def provisioners(*workloads, classes=(RBD,), stateful_sets=()):
    objects = {STORAGE_CLASSES: classes, DEPLOYMENTS: workloads, STATEFUL_SETS: stateful_sets}
    judgement = judge("provisioners", objects)
    assert judgement.examined == len(classes)
    return judgement


@pytest.mark.parametrize(
    "workloads",
    [
        [workload()],
        [],
        [workload("something-else", available=0)],
        [workload(available=0, age=MINUTE)],
        [workload(available=0), workload("csi-rbdplugin-provisioner-2")],
    ],
    ids=["well", "unknown", "another one", "new", "one of two"],
)
def test_nothing_is_wrong(workloads):
    assert provisioners(*workloads).findings == ()


def test_one_that_is_down_names_the_class():
    [finding] = provisioners(workload(available=0)).findings
    assert (finding.code, finding.object) == ("HP308", "Deployment/csi-rbdplugin-provisioner")
    what = "rook-ceph.rbd.csi.ceph.com (ceph-block)"
    assert finding.message == f"none of 2 pods is available; it makes the volumes of {what}"
    [asleep] = provisioners(workload(desired=0)).findings
    assert asleep.message.startswith("it is scaled to zero")


def test_one_that_is_behind():
    assert found(provisioners(workload(available=1))) == {"Deployment/csi-rbdplugin-provisioner": ["HP309"]}


def test_it_may_be_a_stateful_set_and_every_class_has_its_own():
    local = {**LOCAL, "provisioner": "rancher.io/local-path"}
    stuck = workload("k3s-local-path-provisioner", 1, 0)
    assert found(provisioners(workload(), classes=(RBD, local), stateful_sets=[stuck])) == {
        "StatefulSet/k3s-local-path-provisioner": ["HP308"]
    }


def test_a_class_without_a_provisioner():
    assert provisioners(workload(), classes=({"metadata": meta("odd", "")},)).findings == ()

"""Claims, storage classes, volumes."""

import pytest

from homeperf_ray.kube.resources import PERSISTENT_VOLUME_CLAIMS, PERSISTENT_VOLUMES, STORAGE_CLASSES
from tests.checks.judging import HOUR, MINUTE, found, judge, meta


def claim(name="data", phase="Bound", storage_class="ceph-block", *, age=HOUR, **annotations):
    spec = {"accessModes": ["ReadWriteOnce"], "volumeName": "pvc-1" if phase != "Pending" else ""}
    if storage_class is not None:
        spec["storageClassName"] = storage_class
    return {"metadata": meta(name, age=age, annotations=annotations or None), "spec": spec, "status": {"phase": phase}}


def storage_class(name="ceph-block", mode="Immediate", *, default="true", beta=False):
    key = "storageclass.beta.kubernetes.io/is-default-class" if beta else "storageclass.kubernetes.io/is-default-class"
    metadata = meta(name, "", annotations={key: default})
    return {"metadata": metadata, "provisioner": "rook-ceph.rbd.csi.ceph.com", "volumeBindingMode": mode}


LOCAL = storage_class("local-path", "WaitForFirstConsumer", default="false")
CLASSES = (storage_class(), LOCAL)
PLACED = {"volume.kubernetes.io/selected-node": "worker-1"}


def codes(*claims, classes=CLASSES):
    objects = {PERSISTENT_VOLUME_CLAIMS: list(claims)}
    if classes is not None:
        objects[STORAGE_CLASSES] = list(classes)
    judgement = judge("claims", objects)
    assert judgement.examined == len(claims)
    return found(judgement)


def test_bound_claims_are_well():
    assert codes(claim(), claim("other", storage_class="local-path")) == {}


def test_pending_and_lost_claims():
    sick = codes(claim("waits", "Pending"), claim("gone", "Lost"), claim())
    assert sick == {"PersistentVolumeClaim/waits": ["HP301"], "PersistentVolumeClaim/gone": ["HP302"]}


def test_a_new_claim_may_be_pending():
    assert codes(claim("new", "Pending", age=MINUTE)) == {}


def test_a_claim_that_waits_for_its_first_pod_is_well_until_the_pod_is_placed():
    patient = claim("patient", "Pending", "local-path")
    placed = claim("placed", "Pending", "local-path", **PLACED)
    assert codes(patient, placed) == {"PersistentVolumeClaim/placed": ["HP301"]}


def test_without_knowing_the_classes_a_long_wait_is_reported():
    assert codes(claim("patient", "Pending", "local-path"), classes=None) == {
        "PersistentVolumeClaim/patient": ["HP301"]
    }


@pytest.mark.parametrize(
    ("named", "says"),
    [("gone", "of class gone, which does not exist"), (None, "names no storage class"), ("", "names no storage class")],
)
def test_a_pending_claim_says_what_is_the_matter_with_its_class(named, says):
    judgement = judge(
        "claims",
        {PERSISTENT_VOLUME_CLAIMS: [claim("waits", "Pending", named)], STORAGE_CLASSES: [storage_class()]},
    )
    assert says in judgement.findings[0].message


@pytest.mark.parametrize("status", [None, {}, {"phase": None}])
def test_a_claim_without_a_phase_has_no_volume(status):
    assert codes(claim("odd") | {"status": status}) == {"PersistentVolumeClaim/odd": ["HP301"]}


def defaults(*classes):
    judgement = judge("storageclasses", {STORAGE_CLASSES: list(classes)})
    return judgement.examined, found(judgement)


def test_one_default_class_is_right_by_either_annotation():
    assert defaults(storage_class(), LOCAL) == (2, {})
    assert defaults(storage_class(beta=True)) == (1, {})


def test_no_default_class_and_no_class_at_all():
    assert defaults(LOCAL) == (1, {"StorageClass/default": ["HP303"]})
    assert defaults() == (1, {"StorageClass/default": ["HP303"]})


def test_several_default_classes_are_each_found_and_name_the_others():
    judgement = judge("storageclasses", {STORAGE_CLASSES: [storage_class("a"), storage_class("b"), LOCAL]})
    assert found(judgement) == {"StorageClass/a": ["HP304"], "StorageClass/b": ["HP304"]}
    assert judgement.findings[0].message.startswith("b is a default class too")


def test_a_volume_that_could_not_be_reclaimed():
    spec = {"claimRef": {"namespace": "media", "name": "data"}}
    sick = {"phase": "Failed", "reason": "VolumeFailedDelete", "message": "rpc error: image has watchers"}
    items = [
        {"metadata": meta("pvc-1", ""), "spec": spec, "status": sick},
        {"metadata": meta("pvc-2", ""), "spec": spec, "status": {"phase": "Released"}},
        {"metadata": meta("pvc-3", ""), "spec": None, "status": None},
    ]
    judgement = judge("volumes", {PERSISTENT_VOLUMES: items})
    assert judgement.examined == 3
    [finding] = judgement.findings
    assert (finding.code, finding.object) == ("HP305", "PersistentVolume/pvc-1")
    assert "of claim media/data" in finding.message
    assert "image has watchers" in finding.message

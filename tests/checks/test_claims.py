"""Claims: unbound, lost, stuck."""

import pytest

from homeperf_ray.checks.thresholds import Override, Thresholds
from homeperf_ray.kube.resources import PERSISTENT_VOLUME_CLAIMS, STORAGE_CLASSES
from tests.checks.judging import DAY, HOUR, MINUTE, ago, found, judge, meta


def claim(
    name="data", phase="Bound", storage_class="ceph-block", *, age=HOUR, ending=None, finalizers=(), **annotations
):
    spec = {"accessModes": ["ReadWriteOnce"], "volumeName": "pvc-1" if phase != "Pending" else ""}
    if storage_class is not None:
        spec["storageClassName"] = storage_class
    metadata = meta(name, age=age, annotations=annotations or None, finalizers=list(finalizers))
    if ending is not None:
        metadata["deletionTimestamp"] = ago(ending)
    return {"metadata": metadata, "spec": spec, "status": {"phase": phase}}


def storage_class(name="ceph-block", mode="Immediate", *, default="true", beta=False):
    key = "storageclass.beta.kubernetes.io/is-default-class" if beta else "storageclass.kubernetes.io/is-default-class"
    metadata = meta(name, "", annotations={key: default})
    return {"metadata": metadata, "provisioner": "rook-ceph.rbd.csi.ceph.com", "volumeBindingMode": mode}


LOCAL = storage_class("local-path", "WaitForFirstConsumer", default="false")
CLASSES = (storage_class(), LOCAL)
PLACED = {"volume.kubernetes.io/selected-node": "worker-1"}


def codes(*claims, classes=CLASSES, thresholds=None):
    objects = {PERSISTENT_VOLUME_CLAIMS: list(claims)}
    if classes is not None:
        objects[STORAGE_CLASSES] = list(classes)
    judgement = judge("claims", objects, thresholds)
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


def test_without_knowing_the_classes_only_a_claim_whose_pod_was_placed_is_known_to_be_late():
    patient = claim("patient", "Pending", "local-path")
    placed = claim("placed", "Pending", "local-path", **PLACED)
    unnamed = claim("unnamed", "Pending", None)
    assert codes(patient, placed, unnamed, classes=None) == {
        "PersistentVolumeClaim/placed": ["HP301"],
        "PersistentVolumeClaim/unnamed": ["HP301"],
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


@pytest.mark.parametrize(
    ("finalizers", "said"),
    [
        (["kubernetes.io/pvc-protection"], "was deleted 24h ago; a pod still uses it"),
        (["kubernetes.io/pvc-protection", "velero.io/hold"], "was deleted 24h ago; it waits for velero.io/hold"),
        ([], "was deleted 24h ago"),
    ],
)
def test_a_deleted_claim_that_stays_says_what_holds_it(finalizers, said):
    stuck = claim(ending=DAY, finalizers=finalizers)
    [finding] = judge("claims", {PERSISTENT_VOLUME_CLAIMS: [stuck, claim("going", ending=MINUTE)]}).findings
    assert (finding.code, finding.object, finding.message) == ("HP318", "PersistentVolumeClaim/data", said)
    assert finding.hint == "kubectl -n media describe pvc data"


def test_a_claim_that_goes_is_not_said_to_be_lost_or_pending():
    assert codes(claim("a", "Lost", ending=MINUTE), claim("b", "Pending", age=DAY, ending=MINUTE)) == {}
    assert codes(claim("a", "Lost", ending=DAY)) == {"PersistentVolumeClaim/a": ["HP318"]}


def test_other_limits_for_a_class():
    slow = Thresholds(overrides=(Override(storage_class="tape*", limits=(("claim_grace", DAY),)),))
    items = (claim("a", "Pending", "tape-1"), claim("b", "Pending", "ceph-block"))
    assert codes(*items, thresholds=slow) == {"PersistentVolumeClaim/b": ["HP301"]}

"""Volumes: not reclaimed, released, not gone."""

import pytest

from homeperf_ray.checks.thresholds import Override, Thresholds
from homeperf_ray.kube.resources import PERSISTENT_VOLUMES
from tests.checks.judging import DAY, HOUR, MINUTE, ago, found, judge, meta


def volume(
    name="pvc-1",
    phase="Bound",
    *,
    policy="Delete",
    since=None,
    ending=None,
    finalizers=("kubernetes.io/pv-protection",),
    why=None,
    storage_class="ceph-block",
    driver="rook-ceph.rbd.csi.ceph.com",
):
    metadata = meta(name, "", finalizers=list(finalizers))
    if ending is not None:
        metadata["deletionTimestamp"] = ago(ending)
    spec = {
        "claimRef": {"namespace": "media", "name": "data"},
        "capacity": {"storage": "20Gi"},
        "persistentVolumeReclaimPolicy": policy,
        "storageClassName": storage_class,
        "csi": {"driver": driver, "volumeHandle": "0001"},
    }
    status = {"phase": phase, **(why or {})}
    status |= {"lastPhaseTransitionTime": ago(since)} if since is not None else {}
    return {"metadata": metadata, "spec": spec, "status": status}


def volumes(*items, thresholds=None):
    judgement = judge("volumes", {PERSISTENT_VOLUMES: items}, thresholds)
    assert judgement.examined == len(items)
    return judgement


def test_a_volume_that_could_not_be_reclaimed():
    why = {"reason": "VolumeFailedDelete", "message": "rpc error: image has watchers"}
    [finding] = volumes(volume(phase="Failed", why=why), volume("b"), {"metadata": meta("c", "")}).findings
    assert (finding.code, finding.object) == ("HP305", "PersistentVolume/pvc-1")
    assert "of claim media/data" in finding.message
    assert "image has watchers" in finding.message


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (
            volume(phase="Released", policy="Retain", since=9 * DAY),
            "released by claim media/data 9d ago; it is to be kept (20 GiB)",
        ),
        (volume(phase="Released", policy="Retain"), "released by claim media/data; it is to be kept (20 GiB)"),
        (
            volume(phase="Released", since=9 * DAY),
            "released by claim media/data 9d ago; it should have been deleted (20 GiB)",
        ),
    ],
)
def test_a_released_volume_that_stays(one, said):
    [finding] = volumes(one).findings
    assert (finding.code, finding.message) == ("HP310", said)


@pytest.mark.parametrize(
    "one",
    [
        volume(phase="Released", policy="Retain", since=6 * DAY),
        volume(phase="Released", since=HOUR),
        volume(phase="Released"),
        volume(phase="Released", policy="Retain", ending=MINUTE),
        volume(phase="Available"),
    ],
    ids=["not for long", "about to be deleted", "since nobody knows when", "deleted by hand", "free"],
)
def test_volumes_that_need_nothing(one):
    assert volumes(one).findings == ()


def test_a_deleted_volume_that_stays():
    held, used = volume("a", ending=DAY, finalizers=["external-attacher/rbd"]), volume("b", ending=DAY)
    one, two = volumes(held, used).findings
    assert (one.code, one.message) == ("HP318", "was deleted 24h ago; it waits for external-attacher/rbd")
    assert two.message == "was deleted 24h ago; a claim still uses it"


def test_other_limits_for_a_class():
    archive = Thresholds(overrides=(Override(storage_class="archive", limits=(("released_grace", 90 * DAY),)),))
    items = [
        volume("a", "Released", policy="Retain", since=9 * DAY, storage_class="archive"),
        volume("b", "Released", policy="Retain", since=9 * DAY),
    ]
    assert found(volumes(*items, thresholds=archive)) == {"PersistentVolume/b": ["HP310"]}

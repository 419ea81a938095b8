"""Pods that wait for a volume: told by their events, and silent about everything that is no matter of storage."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from homeperf_ray.checks.stuck_volumes import mounting
from homeperf_ray.checks.thresholds import Thresholds
from homeperf_ray.executor.sequel import MOST_STUCK, ask_events
from homeperf_ray.kube.resources import EVENTS, PERSISTENT_VOLUME_CLAIMS, PODS
from tests.checks.judging import HOUR, MINUTE, NOW, Object, ago, condition, found, judge, table
from tests.checks.pod_objects import container, pod, waiting
from tests.checks.test_volume_use import bound
from tests.executor.fakes import job

MULTI = 'Multi-Attach error for volume "pvc-1" Volume is already used by pod(s) db-1'
SLOW = "Unable to attach or mount volumes: unmounted volumes=[data], unattached volumes=[data config]: timed out"


def stuck(
    name: str = "db-0", *, age: float = HOUR, reason: str = "ContainerCreating", node: str = "w1", said: str = ""
) -> Object:
    unplaced = condition("PodScheduled", "False", reason="Unschedulable", message=said) if said else None
    item = pod(name, container("db", waiting(reason)), age=age, phase="Pending", scheduled=unplaced)
    item["spec"]["volumes"] = [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}, {"name": "config"}]
    item["spec"]["nodeName"] = node
    return item


def event(reason: str, message: str, *, name: str = "db-0", age: float = 60, namespace: str = "media") -> Object:
    return {
        "metadata": {"name": f"{name}.{reason}", "namespace": namespace},
        "involvedObject": {"kind": "Pod", "name": name},
        "reason": reason,
        "message": message,
        "count": 7,
        "lastTimestamp": ago(age),
    }


def codes(item: Object, *events: Object) -> dict[str, list[str]]:
    claim = bound("data")
    claim["spec"]["volumeName"] = "pvc-1"
    return found(judge("stuck-volumes", {PODS: [item], EVENTS: events, PERSISTENT_VOLUME_CLAIMS: [claim]}))


@pytest.mark.parametrize(
    ("reason", "message", "code"),
    [
        ("FailedAttachVolume", MULTI, "HP336"),
        ("FailedAttachVolume", 'AttachVolume.Attach failed for volume "pvc-1" : rpc error', "HP337"),
        ("FailedMount", 'MountVolume.MountDevice failed for volume "pvc-1" : mount failed: exit status 32', "HP337"),
        ("FailedMount", SLOW, "HP337"),
    ],
)
def test_what_events_say_of_a_claim_is_told(reason: str, message: str, code: str):
    assert codes(stuck(), event(reason, message)) == {"Pod/db-0": [code]}


@pytest.mark.parametrize(
    ("reason", "message"),
    [
        ("FailedMount", 'MountVolume.SetUp failed for volume "config" : configmap "db-config" not found'),
        ("FailedMount", 'MountVolume.SetUp failed for volume "pvc-2" : of another pod'),
        ("FailedMount", "Unable to attach or mount volumes: unmounted volumes=[config], unattached volumes=[data]"),
        ("FailedCreatePodSandBox", "Failed to create pod sandbox: plugin type=cilium-cni failed"),
        ("BackOff", "Back-off pulling image"),
    ],
)
def test_what_is_no_matter_of_storage_is_not(reason: str, message: str):
    assert codes(stuck(), event(reason, message)) == {}


def test_without_events_nothing_is_told():
    assert codes(stuck()) == {}
    assert codes(stuck(), event("FailedMount", SLOW, name="other")) == {}


def test_the_last_event_about_the_claim_counts():
    old, new = event("FailedAttachVolume", MULTI, age=40 * MINUTE), event("FailedMount", SLOW, age=60)
    assert codes(stuck(), old, new) == {"Pod/db-0": ["HP337"]}


def test_young_pods_and_those_that_wait_for_an_image_are_left_alone():
    multi = event("FailedAttachVolume", MULTI)
    assert codes(stuck(age=4 * MINUTE), multi) == {}
    assert codes(stuck(reason="ImagePullBackOff"), multi) == {}


def test_a_pod_that_its_claims_keep_off_all_nodes():
    said = "0/3 nodes are available: 3 node(s) had volume node affinity conflict."
    assert codes(stuck(node="", said=said)) == {"Pod/db-0": ["HP338"]}
    assert codes(stuck(node="", said="0/3 nodes are available: 3 Insufficient memory.")) == {}


def test_events_are_asked_for_only_of_pods_that_may_be_stuck_by_their_claims():
    bare = stuck("bare")
    bare["spec"]["volumes"] = [{"name": "config"}]
    others = [pod("web", container("a")), bare, stuck("young", age=60), stuck("image", reason="ErrImagePull")]
    pods = table(PODS, [stuck(), *others])
    assert [row["name"] for row in mounting(pods, NOW, Thresholds())] == ["db-0"]


def test_each_of_them_is_asked_about_by_name_and_however_many_only_some():
    created = datetime.now(UTC).replace(year=2020).isoformat()
    pods = [stuck(f"db-{number}") for number in range(3 * MOST_STUCK)]
    for one in pods:
        one["metadata"]["creationTimestamp"] = created
    requests, notes = ask_events(job(kubelet=True), [table(PODS, pods)])
    assert len(requests) == MOST_STUCK
    assert requests[0].namespace == "media"
    assert "involvedObject.name=db-0," in requests[0].field_selector
    (note,) = notes
    assert note.startswith("60 pods with claims wait; the events of 20 were read")


def test_pods_without_a_node_take_no_place_from_those_that_cannot_mount():
    created = datetime.now(UTC).replace(year=2020).isoformat()
    pods = [stuck(f"a-{number}", node="") for number in range(3 * MOST_STUCK)] + [stuck("z-0")]
    for one in pods:
        one["metadata"]["creationTimestamp"] = created
    requests, notes = ask_events(job(kubelet=True), [table(PODS, pods)])
    (request,) = requests
    assert "involvedObject.name=z-0," in request.field_selector
    assert notes == ()

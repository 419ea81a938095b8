"""Pools, filesystems and object stores."""

import pytest

from homeperf_ray.checks.thresholds import Thresholds
from homeperf_ray.kube.resources import CEPH_BLOCK_POOLS, CEPH_FILESYSTEMS, CEPH_OBJECT_STORES
from tests.checks.judging import DAY, HOUR, MINUTE, ago, condition, judge, meta


def part(phase="Ready", *, age=90 * DAY, conditions=(), **more):
    metadata = meta("main", "rook-ceph", age=age) | more
    return {"metadata": metadata, "spec": {}, "status": {"phase": phase, "conditions": list(conditions)}}


def judged(item, resource=CEPH_BLOCK_POOLS, thresholds=None):
    return judge("ceph-parts", {CEPH_BLOCK_POOLS: []} | {resource: [item]}, thresholds)


def codes(*arguments, **named):
    return [finding.code for finding in judged(*arguments, **named).findings]


@pytest.mark.parametrize("phase", ["Ready", "Connected"])
def test_what_is_ready_is_well(phase):
    judgement = judged(part(phase))
    assert (judgement.examined, judgement.findings) == (1, ())


@pytest.mark.parametrize(
    ("resource", "kind"),
    [
        (CEPH_BLOCK_POOLS, "CephBlockPool"),
        (CEPH_FILESYSTEMS, "CephFilesystem"),
        (CEPH_OBJECT_STORES, "CephObjectStore"),
    ],
)
def test_each_kind_is_told_by_its_name(resource, kind):
    [finding] = judged(part("Failure"), resource).findings
    assert (finding.code, finding.object, finding.namespace) == ("HP321", f"{kind}/main", "rook-ceph")
    assert finding.hint == f"kubectl -n rook-ceph describe {kind.lower()} main"


def test_a_failure_says_why():
    why = condition("Ready", "False", message="failed to create pool")
    [finding] = judged(part("Failure", conditions=[why])).findings
    assert finding.message == "its phase is Failure: failed to create pool"


@pytest.mark.parametrize(("age", "expected"), [(MINUTE, []), (DAY, ["HP320"])])
def test_progress_takes_a_while(age, expected):
    assert codes(part("Progressing", age=age)) == expected


def test_it_counts_since_it_was_last_ready():
    lately = condition("Ready", "False") | {"lastTransitionTime": ago(MINUTE)}
    assert codes(part("Progressing", conditions=[lately])) == []


def test_the_grace_can_be_set():
    item = part("Progressing", age=2 * HOUR)
    assert codes(item, thresholds=Thresholds(ceph_grace=3 * HOUR)) == []


def test_what_rook_never_looked_at():
    item = {"metadata": meta("main", "rook-ceph", age=DAY)}
    [finding] = judged(item).findings
    assert finding.message.startswith("Rook has not looked at it")


def test_what_is_being_deleted_is_left_alone():
    assert codes(part("Deleting", deletionTimestamp=ago(DAY))) == []

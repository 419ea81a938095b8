"""How full volumes are, as kubelets tell it: one finding a claim, by its thresholds, and nothing twice."""

from __future__ import annotations

from typing import Any

from homeperf_ray.checks.sizes import size
from homeperf_ray.checks.thresholds import Override, Thresholds
from homeperf_ray.kube.resources import NODES, PERSISTENT_VOLUME_CLAIMS, VOLUME_STATS
from tests.checks.judging import DAY, MINUTE, Object, ago, found, judge, snapshot
from tests.checks.test_claims import claim
from tests.checks.test_nodes import node

GIB = 2**30


def stat(
    name: str = "data",
    used: float = 0.5,
    *,
    inodes: float = 0.1,
    node: str = "w1",
    namespace: str = "media",
    **more: Any,
) -> Object:
    """A claim of 10 GiB on an ext4, as a kubelet measures it."""
    measured = {
        "node": node,
        "way": "direct",
        "pod": f"{name}-0",
        "taken": ago(30),
        "capacity": 10 * GIB,
        "used": int(10 * GIB * used),
        "available": int(10 * GIB * (1 - used)),
        "inodes": 1_000_000,
        "inodesUsed": int(1_000_000 * inodes),
        **more,
    }
    return {"metadata": {"name": name, "namespace": namespace}, "measured": measured}


def fault(name: str, why: str = "it gave no answer", **more: str) -> Object:
    return {"metadata": {}, "measured": {"node": name, "way": "proxy", "fault": why, **more}}


def bound(name: str = "data", capacity: str = "10Gi", namespace: str = "media") -> Object:
    item = claim(name, "Bound", "ceph-block")
    item["metadata"] |= {"namespace": namespace, "creationTimestamp": ago(30 * DAY)}
    item["status"]["capacity"] = {"storage": capacity}
    return item


def judged(*stats: Object, claims: tuple[Object, ...] | None = None, thresholds: Thresholds | None = None):
    there = [bound(name) for name in sorted({one["metadata"].get("name", "") for one in stats} - {""})]
    objects = {VOLUME_STATS: stats, NODES: [node()], PERSISTENT_VOLUME_CLAIMS: there if claims is None else claims}
    return judge("volume-use", objects, thresholds)


def codes(*stats: Object, **more: Any) -> dict[str, list[str]]:
    return found(judged(*stats, **more))


def test_a_volume_with_room_is_well():
    judgement = judged(stat(used=0.79, inodes=0.79))
    assert judgement.findings == ()
    assert judgement.examined == 1


def test_eighty_percent_is_a_warning_and_ninety_is_critical():
    assert codes(stat("a", 0.8), stat("b", 0.9), stat("c", 0.7999)) == {
        "PersistentVolumeClaim/a": ["HP333"],
        "PersistentVolumeClaim/b": ["HP332"],
    }


def test_inodes_have_thresholds_of_their_own():
    assert codes(stat("a", inodes=0.8), stat("b", inodes=0.95)) == {
        "PersistentVolumeClaim/a": ["HP335"],
        "PersistentVolumeClaim/b": ["HP334"],
    }


def test_a_claim_has_one_finding_the_worse_one_and_tells_both():
    (finding,) = judged(stat(used=0.85, inodes=0.95)).findings
    assert finding.code == "HP334"
    assert "85 % full" in finding.message
    assert "95 % of its inodes used" in finding.message


def test_a_finding_tells_what_is_left_and_where_it_is_mounted():
    (finding,) = judged(stat(used=0.95)).findings
    assert finding.message == "95 % full, 512 MiB of 10 GiB left, mounted by data-0 on w1"
    assert finding.namespace == "media"


def test_a_claim_that_several_nodes_mount_counts_once_by_its_last_measurement():
    old, new = stat(used=0.95, node="w1", taken=ago(90)), stat(used=0.5, node="w2", taken=ago(10))
    judgement = judged(old, new)
    assert judgement.findings == ()
    assert judgement.examined == 1
    (use,) = judgement.volumes
    assert (use.node, use.used) == ("w1", 5 * GIB)


def test_a_clock_that_is_ahead_does_not_outdo_every_other():
    ahead, fair = stat(used=0.1, node="w2", taken=ago(-30 * DAY)), stat(used=0.95, node="w1", taken=ago(0))
    assert found(judged(fair, ahead)) == {"PersistentVolumeClaim/data": ["HP332"]}


def test_a_finding_about_a_shared_claim_is_the_same_whichever_was_measured_last():
    def messages(first: int, second: int) -> set[str]:
        stats = (stat(used=0.95, node="w2", taken=ago(first)), stat(used=0.95, node="w1", taken=ago(second)))
        return {finding.message for finding in judged(*stats).findings}

    assert messages(10, 50) == messages(50, 10)
    assert all("mounted by data-0 on w1 and 1 more" in message for message in messages(10, 50))


def test_what_only_root_may_fill_is_not_room():
    """An ext4 keeps 5 % for root: df shows 100 % when nothing is available, though used is less than the capacity."""
    (finding,) = judged(stat(used=0.95, available=0)).findings
    assert finding.message.startswith("100 % full, 0 B of 10 GiB left")


def test_a_file_system_without_inodes_or_figures_is_not_judged_by_them():
    cephfs = stat("cephfs", 0.5, inodes=0.0, inodesUsed=None) | {}
    cephfs["measured"]["inodes"] = None
    bare = {"metadata": {"name": "raw", "namespace": "media"}, "measured": {"node": "w1", "capacity": 10 * GIB}}
    empty = stat("empty", capacity=0, used=0, available=0, inodes=0)
    empty["measured"] |= {"inodes": 0, "inodesUsed": 0}
    assert codes(cephfs, bare, empty) == {}


def test_thresholds_may_differ_by_claim_namespace_and_class():
    overrides = (
        Override(object="PersistentVolumeClaim/cache", limits=(("volume_used", 99.0), ("volume_used_critical", 100.0))),
        Override(storage_class="ceph-block", namespace="backup", limits=(("volume_used", 50.0),)),
    )
    claims = (bound("cache"), bound("data"), bound("copies", namespace="backup"))
    stats = (stat("cache", 0.95), stat("data", 0.85), stat("copies", 0.6, namespace="backup"))
    assert codes(*stats, claims=claims, thresholds=Thresholds(overrides=overrides)) == {
        "PersistentVolumeClaim/data": ["HP333"],
        "PersistentVolumeClaim/copies": ["HP333"],
    }


def test_claims_on_one_share_are_told_once():
    """An NFS export, of which every claim shows the whole: the file system is much larger than what was claimed."""
    share = {"capacity": 4_000 * GIB, "used": 3_800 * GIB, "available": 200 * GIB}
    judgement = judged(*(stat(name, **{**share, "inodes": 0.1}) for name in ("a", "b", "c")))
    (finding,) = judgement.findings
    assert finding.message.endswith("; 2 other claims on the same file system")
    assert len(judgement.volumes) == 3


def disk(name: str, share: float, node: str) -> Object:
    """A claim on the disk of its node."""
    whole, item = 500 * GIB, stat(name, node=node)
    item["measured"] |= {"capacity": whole, "used": int(share * whole), "available": whole - int(share * whole)}
    return item


def test_disks_of_one_size_in_several_nodes_are_several_file_systems():
    judgement = judged(disk("a", 0.93, "w1"), disk("b", 0.96, "w2"), disk("c", 0.9605, "w2"), disk("d", 0.4, "w3"))
    assert found(judgement) == {"PersistentVolumeClaim/a": ["HP332"], "PersistentVolumeClaim/c": ["HP332"]}
    messages = {finding.object: finding.message for finding in judgement.findings}
    assert "other claim" not in messages["PersistentVolumeClaim/a"]
    assert messages["PersistentVolumeClaim/c"].endswith("; 1 other claim on the same file system")


def test_a_share_is_told_by_the_claim_whose_limits_find_it_worst():
    calm = Override(object="PersistentVolumeClaim/a", limits=(("volume_used", 100.0), ("volume_used_critical", 100.0)))
    stats = (disk("a", 0.951, "w1"), disk("b", 0.95, "w1"))
    assert codes(*stats, thresholds=Thresholds(overrides=(calm,))) == {"PersistentVolumeClaim/b": ["HP332"]}


def test_what_a_driver_leaves_out_is_told_by_the_rest_of_what_it_tells():
    """CSI lets a driver tell 0 for what it does not know; without ``used`` what is left tells it."""
    no_rest = stat("a", 0.3, available=0)
    no_use = stat("b", available=GIB // 2)
    no_use["measured"]["used"] = None
    size_only = stat("c", used=0.0, available=0)
    judgement = judged(no_rest, no_use, size_only)
    assert found(judgement) == {"PersistentVolumeClaim/b": ["HP332"]}
    kept = {use.claim: (use.used, use.available) for use in judgement.volumes}
    assert kept == {
        "a": (3 * GIB, 7 * GIB),
        "b": (10 * GIB - GIB // 2, GIB // 2),
        "c": (0, 0),
    }


def test_full_claims_of_one_size_are_told_each():
    assert set(codes(stat("a", 0.95), stat("b", 0.95))) == {"PersistentVolumeClaim/a", "PersistentVolumeClaim/b"}


def test_a_claim_that_is_gone_is_not_told_any_more():
    assert codes(stat("gone", 0.99), claims=()) == {}


def test_where_claims_may_not_be_read_volumes_are_judged_all_the_same():
    judgement = judge("volume-use", {VOLUME_STATS: [stat(used=0.99)], NODES: [node()]})
    assert found(judgement) == {"PersistentVolumeClaim/data": ["HP332"]}


def test_only_the_namespaces_that_were_asked_for_are_judged():
    from homeperf_ray.checks.registry import by_name

    objects = {VOLUME_STATS: [stat("a", 0.99), stat("b", 0.99, namespace="other")], NODES: [node()]}
    judgement = by_name("volume-use").evaluate(snapshot(objects, ("other",)), Thresholds())
    assert found(judgement) == {"PersistentVolumeClaim/b": ["HP332"]}


def test_a_kubelet_that_told_nothing_is_a_finding_about_its_node_and_about_no_other():
    judgement = judged(fault("w2", "its kubelet gave no answer within 5.0 s", hint="look there"), stat(used=0.95))
    assert found(judgement) == {"Node/w2": ["HP331"], "PersistentVolumeClaim/data": ["HP332"]}
    (silent,) = (finding for finding in judgement.findings if finding.code == "HP331")
    assert silent.severity == "error"
    assert silent.hint == "look there"
    assert judgement.examined == 2


def test_the_way_through_the_server_comes_with_a_warning():
    assert any("nodes/proxy" in note for note in judged(stat(way="proxy")).notes)
    assert not any("nodes/proxy" in note for note in judged(stat()).notes)


def test_measurements_come_with_their_age_and_old_ones_by_name():
    assert judged(stat(taken=ago(40))).notes == ("use of 1 volume (1 from the kubelets) as measured up to 40s ago",)
    notes = judged(stat(), stat("stuck", taken=ago(50 * MINUTE))).notes
    assert "not measured for over 10m, so perhaps stuck: media/stuck" in notes


def test_uses_come_worst_first_for_those_who_keep_them():
    uses = judged(stat("a", 0.2), stat("b", 0.9), stat("c", 0.1, inodes=0.5)).volumes
    assert [use.claim for use in uses] == ["b", "c", "a"]
    assert uses[0].storage_class == "ceph-block"
    assert (uses[0].capacity, uses[0].inodes) == (10 * GIB, 1_000_000)


def test_sizes_are_said_in_the_largest_unit_that_fits():
    assert [size(count) for count in (0, 1023, 1024, 10 * GIB, 3 * 2**39, None)] == [
        "0 B",
        "1023 B",
        "1.0 KiB",
        "10 GiB",
        "1.5 TiB",
        "?",
    ]

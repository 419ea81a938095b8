"""Ceph's health as Rook tells it."""

import pytest

from homeperf_ray.checks.thresholds import Thresholds
from homeperf_ray.kube.resources import CEPH_CLUSTERS
from tests.checks.judging import DAY, HOUR, MINUTE, ago, condition, judge, meta

TERABYTE = 10**12


def cluster(
    health="HEALTH_OK",
    *,
    phase="Ready",
    used=2,
    checked=30.0,
    details=None,
    conditions=(),
    age=90 * DAY,
    versions=None,
):
    ceph = {
        "health": health,
        "lastChecked": ago(checked),
        "capacity": {"bytesTotal": 10 * TERABYTE, "bytesUsed": int(used * TERABYTE), "bytesAvailable": 1},
        "versions": versions or {"mon": {"ceph version 19.2.2": 3}},
    }
    if details:
        ceph["details"] = details
    status = {"phase": phase, "message": "Cluster created", "ceph": ceph, "conditions": list(conditions)}
    return {"metadata": meta("rook-ceph", "rook-ceph", age=age), "spec": {}, "status": status}


def codes(item, thresholds=None):
    judgement = judge("ceph", {CEPH_CLUSTERS: [item]}, thresholds)
    assert judgement.examined == 1
    assert {finding.object for finding in judgement.findings} <= {"CephCluster/rook-ceph"}
    return [finding.code for finding in judgement.findings]


@pytest.mark.parametrize("phase", ["Ready", "Connected"])
def test_a_healthy_cluster(phase):
    assert codes(cluster(phase=phase)) == []


def test_every_detail_is_a_finding_with_its_own_severity():
    details = {
        "OSD_DOWN": {"severity": "HEALTH_WARN", "message": "1 osds down"},
        "MON_DISK_CRIT": {"severity": "HEALTH_ERR", "message": "mon a is low on space"},
        "POOL_ODD": {"severity": None, "message": None},
    }
    judgement = judge("ceph", {CEPH_CLUSTERS: [cluster("HEALTH_ERR", details=details)]})
    assert [(finding.code, finding.message) for finding in judgement.findings] == [
        ("HP311", "MON_DISK_CRIT: mon a is low on space"),
        ("HP312", "OSD_DOWN: 1 osds down"),
        ("HP311", "POOL_ODD"),
    ]


@pytest.mark.parametrize(("health", "code"), [("HEALTH_WARN", "HP312"), ("HEALTH_ERR", "HP311")])
def test_health_without_details_is_still_found(health, code):
    assert codes(cluster(health)) == [code]


@pytest.mark.parametrize(("used", "expected"), [(8.4, []), (8.5, ["HP313"]), (9.4, ["HP313"]), (9.5, ["HP314"])])
def test_capacity(used, expected):
    assert codes(cluster(used=used)) == expected


def test_capacity_limits_are_thresholds():
    assert codes(cluster(used=5), Thresholds(ceph_nearfull=40, ceph_full=60)) == ["HP313"]


@pytest.mark.parametrize(("checked", "expected"), [(4 * MINUTE, []), (6 * MINUTE, ["HP315"])])
def test_a_stale_report(checked, expected):
    assert codes(cluster(checked=checked)) == expected


def test_rook_may_make_its_rounds_but_not_get_stuck_in_one():
    brief = condition("Progressing", "True", age=MINUTE)
    long = condition("Progressing", "True", age=HOUR)
    assert codes(cluster(phase="Progressing", conditions=[brief])) == []
    assert codes(cluster(phase="Progressing", conditions=[long])) == ["HP316"]
    assert codes(cluster(phase="Progressing", age=MINUTE)) == []


def test_a_failure_is_critical():
    judgement = judge("ceph", {CEPH_CLUSTERS: [cluster(phase="Failure")]})
    assert [(finding.code, finding.severity) for finding in judgement.findings] == [("HP317", "critical")]


@pytest.mark.parametrize("status", [None, {}, {"ceph": None}, {"ceph": {"details": None, "capacity": None}}])
def test_a_cluster_that_tells_nothing_is_not_ready(status):
    assert codes(cluster() | {"status": status}) == ["HP316"]


@pytest.mark.parametrize("text", ["", "never", "2026-13-45T00:00:00Z", "2026-03-14T11:59:00"])
def test_a_time_that_is_none_is_not_stale(text):
    item = cluster()
    item["status"]["ceph"]["lastChecked"] = text
    assert codes(item) == []


OLD, NEW = "ceph version 18.2.4 (e7ad5345) reef (stable)", "ceph version 19.2.2 (0eceb0de) squid (stable)"


def test_several_versions_are_an_upgrade_that_was_left_halfway():
    versions = {"mon": {NEW: 3}, "osd": {NEW: 2, OLD: 1}, "overall": {NEW: 5, OLD: 1}}
    judgement = judge("ceph", {CEPH_CLUSTERS: [cluster(versions=versions)]})
    assert [(finding.code, finding.message) for finding in judgement.findings] == [
        ("HP319", "its daemons are of 2 versions: 1 of 18.2.4, 5 of 19.2.2")
    ]
    assert "HP319" not in codes(cluster(versions=versions, phase="Progressing"))


@pytest.mark.parametrize(
    ("versions", "expected"),
    [
        ({"mon": {NEW: 3}, "osd": {NEW: 3}}, []),
        ({"mon": {NEW: 3}, "osd": {OLD: 3}}, ["HP319"]),
        ({"mon": None, "osd": {"made by hand": 3}}, []),
        ({"overall": {}, "mon": {NEW: 1, "": 1}}, ["HP319"]),
    ],
)
def test_versions_without_a_total_or_of_no_known_form(versions, expected):
    assert codes(cluster(versions=versions)) == expected


def test_every_detail_has_its_own_advice():
    details = {
        "OSD_NEARFULL": {"severity": "HEALTH_WARN", "message": "1 nearfull osd(s)"},
        "SOMETHING_NEW": {"severity": "HEALTH_WARN", "message": "never heard of"},
    }
    hints = [
        finding.hint for finding in judge("ceph", {CEPH_CLUSTERS: [cluster("HEALTH_WARN", details=details)]}).findings
    ]
    toolbox = "kubectl -n rook-ceph exec deploy/rook-ceph-tools --"
    assert hints[0].endswith(f": {toolbox} ceph osd df tree")
    assert hints[1] == f"What Ceph says of it: {toolbox} ceph health detail"


def test_a_limit_for_full_below_that_for_nearly_full_counts():
    assert codes(cluster(used=8.2), Thresholds(ceph_nearfull=85, ceph_full=80)) == ["HP314"]

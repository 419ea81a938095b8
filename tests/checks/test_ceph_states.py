"""Every state of Ceph that Rook reports: each health, each health check at each severity, each phase."""

import pytest

from homeperf_ray.checks.ceph_details import _ADVICE
from homeperf_ray.checks.thresholds import Thresholds
from homeperf_ray.kube.resources import CEPH_CLUSTERS
from tests.checks.judging import DAY, HOUR, MINUTE, condition, judge
from tests.checks.test_ceph import cluster, codes
from tests.checks.test_ceph_parts import codes as part_codes
from tests.checks.test_ceph_parts import judged as judged_part
from tests.checks.test_ceph_parts import part


@pytest.mark.parametrize("name", [*sorted(_ADVICE), "A_CHECK_OF_A_CEPH_TO_COME"])
@pytest.mark.parametrize(("severity", "code"), [("HEALTH_WARN", "HP312"), ("HEALTH_ERR", "HP311")])
def test_each_health_check_at_each_severity(name, severity, code):
    """Whatever the severity of the whole: Ceph's worst check decides that, and others have their own."""
    details = {name: {"severity": severity, "message": f"something about {name}"}}
    for health in ("HEALTH_WARN", "HEALTH_ERR"):
        [finding] = judge("ceph", {CEPH_CLUSTERS: [cluster(health, details=details)]}).findings
        assert (finding.code, finding.part, finding.message) == (code, name, f"{name}: something about {name}")
        assert "kubectl -n rook-ceph exec deploy/rook-ceph-tools -- ceph " in finding.hint


@pytest.mark.parametrize(
    ("health", "expected"),
    [
        ("HEALTH_OK", []),
        ("HEALTH_WARN", ["HP312"]),
        ("HEALTH_ERR", ["HP311"]),
        ("HEALTH_UNKNOWN", ["HP312"]),
        ("", ["HP315"]),
        (None, ["HP315"]),
    ],
)
def test_each_health(health, expected):
    assert codes(cluster(health)) == expected


def test_a_health_that_is_not_told_yet_is_waited_for():
    assert codes(cluster(None, age=MINUTE)) == []
    assert codes(cluster(None, age=HOUR), Thresholds(ceph_report_age=2 * HOUR)) == []


def test_details_of_a_cluster_that_is_well_again_count_for_nothing():
    details = {"OSD_DOWN": {"severity": "HEALTH_WARN", "message": "1 osds down"}}
    assert codes(cluster("HEALTH_OK", details=details)) == []


@pytest.mark.parametrize(
    ("phase", "expected"),
    [
        ("Ready", []),
        ("Connected", []),
        ("Progressing", ["HP316"]),
        ("Connecting", ["HP316"]),
        ("Updating", ["HP316"]),
        ("Upgrading", ["HP316"]),
        ("Deleting", ["HP316"]),
        ("Ignored", ["HP316"]),
        ("Reconciling", ["HP316"]),
        ("", ["HP316"]),
        (None, ["HP316"]),
        ("Failure", ["HP317"]),
        ("Error", ["HP317"]),
        ("Failed", ["HP317"]),
        ("ReconcileFailed", ["HP317"]),
    ],
)
def test_each_phase_of_a_cluster(phase, expected):
    assert codes(cluster(phase=phase)) == expected


@pytest.mark.parametrize(
    ("phase", "expected"),
    [
        ("Ready", []),
        ("Connected", []),
        ("Progressing", ["HP320"]),
        ("Reconciling", ["HP320"]),
        ("Deleting", ["HP320"]),
        (None, ["HP320"]),
        ("Failure", ["HP321"]),
        ("ReconcileFailed", ["HP321"]),
        ("Failed", ["HP321"]),
        ("Error", ["HP321"]),
    ],
)
def test_each_phase_of_a_part(phase, expected):
    assert part_codes(part(phase, age=DAY)) == expected


def test_a_part_says_why_and_since_when_in_the_condition_of_its_phase():
    failed = condition("Failure", "True", message="failed to create pool", age=HOUR)
    [finding] = judged_part(part("Failure", conditions=[failed])).findings
    assert finding.message == "its phase is Failure: failed to create pool"
    progressing = condition("Progressing", "True", age=2 * HOUR)
    [finding] = judged_part(part("Progressing", conditions=[progressing])).findings
    assert finding.message == "its phase is Progressing for 2h"
    brief = condition("Progressing", "True", age=MINUTE)
    assert part_codes(part("Progressing", conditions=[brief])) == []

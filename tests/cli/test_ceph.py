"""States of Ceph as a user sees them, from outside and, with ``--exec``, from inside."""

from __future__ import annotations

import pytest
import yaml

from tests.cli.command import Homeperf
from tests.homelab import received

CLUSTER = ("cephclusters.ceph.rook.io", "rook-ceph", "rook-ceph")
SMALL = {"nodes": 4, "namespaces": 8, "pods": 60, "pvcs": 4, "healthy": True}

DETAILS = {
    "OSD_DOWN": {"severity": "HEALTH_WARN", "message": "1 osds down"},
    "PG_DEGRADED": {
        "severity": "HEALTH_WARN",
        "message": "Degraded data redundancy: 120/91332 objects degraded (0.131%), 9 pgs degraded",
    },
    "PG_DAMAGED": {"severity": "HEALTH_ERR", "message": "Possible data damage: 1 pg inconsistent"},
    "SLOW_OPS": {
        "severity": "HEALTH_WARN",
        "message": "2 slow ops, oldest one blocked for 35 sec, osd.1 has slow ops",
    },
}


@pytest.fixture(scope="module")
def ceph(tmp_path_factory):
    from tests.homelab import start_homelab

    with start_homelab(**SMALL) as sim:
        yield sim


@pytest.fixture
def sim(ceph):
    before = ceph.show(*CLUSTER)
    yield ceph
    ceph.reset()
    ceph.put(*CLUSTER, before)


def tell(sim, **ceph) -> None:
    sim.patch(*CLUSTER, {"status": {"ceph": ceph}})


@pytest.mark.parametrize(
    ("health", "details", "expected"),
    [
        ("HEALTH_OK", None, set()),
        ("HEALTH_WARN", None, {"HP312"}),
        ("HEALTH_ERR", DETAILS, {"HP311", "HP312"}),
        ("HEALTH_MADE_UP", None, {"HP312"}),
        (None, None, {"HP315"}),
    ],
)
def test_each_health_is_shown(homeperf: Homeperf, sim, health, details, expected):
    tell(sim, health=health, details=details)
    done = homeperf.check(sim.kubeconfig, "storage")
    assert done.codes == expected
    shown = homeperf.run("check", "storage", "--kubeconfig", str(sim.kubeconfig), "--runner", "local")
    assert all(code in shown.out for code in expected)
    for name in details or ():
        assert f"{name}: {details[name]['message']}"[:60] in " ".join(shown.out.split())


def test_from_inside_the_same_is_told_in_placement_groups_and_osds(homeperf: Homeperf, sim):
    tell(sim, health="HEALTH_ERR", details=DETAILS)
    report = homeperf.check(sim.kubeconfig, "storage", "--exec").report
    inside = {finding["code"]: finding["message"] for finding in report["details"] if finding["code"] >= "HP340"}
    assert set(inside) == {"HP342", "HP343", "HP344", "HP349"}
    assert "9 placement groups of 97, 0.13 % of all copies; nothing recovers" in inside["HP342"]
    assert inside["HP344"] == "osd.2 is down, one of 3"
    assert inside["HP349"].startswith("SLOW_OPS: 2 slow ops, oldest one blocked for 35 sec")
    assert report["summary"]["errors"] == 0


def test_nothing_is_run_unless_it_is_asked_for(homeperf: Homeperf, sim):
    for arguments in ((), ("nodes", "--exec"), ("storage", "--exec", "--context", "limited")):
        sim.reset_counts()
        homeperf.check(sim.kubeconfig, *arguments)
        assert received(sim, resource="pods/exec") == 0


def test_the_environment_and_the_file_may_ask_for_it(homeperf: Homeperf, sim, tmp_path):
    sim.reset_counts()
    homeperf.check(sim.kubeconfig, "storage", HOMEPERF_EXEC="true")
    assert received(sim, resource="pods/exec") == 3


def test_who_may_not_is_told_which_permission_is_missing(homeperf: Homeperf, sim):
    sim.fault("status", resource="pods/exec", status=403)
    report = homeperf.check(sim.kubeconfig, "storage", "--exec").report
    [finding] = report["details"]
    assert (finding["code"], finding["namespace"]) == ("HP001", "rook-ceph")
    assert "pods/exec" in finding["message"]
    assert "homeperf doctor --exec" in finding["hint"]


def test_text_of_the_toolbox_cannot_move_a_cursor(homeperf: Homeperf, sim):
    pods = homeperf.run("get", "pods", "-n", "rook-ceph", "-o", "name", "--kubeconfig", str(sim.kubeconfig)).out
    pod = next(line for line in pods.split() if "rook-ceph-tools" in line).removeprefix("pod/")
    evil = "\\u001b]0;owned\\u0007\\u202e"
    status = f'{{"health":{{"status":"HEALTH_WARN","checks":{{"SLOW_OPS":{{"summary":{{"message":"{evil}"}}}}}}}}}}'
    sim.say("rook-ceph", pod, ("ceph", "status"), status)
    done = homeperf.run("check", "storage", "--exec", "--kubeconfig", str(sim.kubeconfig), "--runner", "local")
    assert "HP349" in done.out
    assert "\\x1b]0;owned" in done.out
    assert not {"\x1b", "\x07", "\u202e"} & set(done.out)


def test_doctor_warns_of_exec_and_prints_its_rule_only_where_it_is_asked_for(homeperf: Homeperf, sim):
    plain = homeperf.run("doctor", "storage", "--kubeconfig", str(sim.kubeconfig))
    assert "pods/exec" not in plain.out
    asked = homeperf.run("doctor", "storage", "--exec", "--kubeconfig", str(sim.kubeconfig))
    assert asked.code == 1
    assert "lets whoever has it run any command in every pod there" in " ".join(asked.out.split())
    limited = homeperf.run("doctor", "storage", "--exec", "--kubeconfig", str(sim.kubeconfig), "--context", "limited")
    rules = list(yaml.safe_load_all(limited.out.partition("# Rules that are missing")[2].partition("\n")[2]))
    [role] = [one for one in rules if one["kind"] == "Role" and one["metadata"]["namespace"] == "rook-ceph"]
    assert {"apiGroups": [""], "resources": ["pods/exec"], "verbs": ["get"]} in role["rules"]
    assert not any(
        "pods/exec" in rule["resources"] for one in rules if one["kind"] == "ClusterRole" for rule in one["rules"]
    )


def test_the_least_roles_hold_no_exec_unless_it_is_asked_for(homeperf: Homeperf):
    assert "pods/exec" not in homeperf.run("doctor", "--print-rbac").out
    documents = list(yaml.safe_load_all(homeperf.run("doctor", "--print-rbac", "--exec").out))
    [role] = [one for one in documents if one["kind"] == "Role"]
    verbs = {verb for rule in role["rules"] for verb in rule["verbs"] if rule["resources"] == ["pods/exec"]}
    assert (role["metadata"]["namespace"], verbs) == ("rook-ceph", {"get", "create"})

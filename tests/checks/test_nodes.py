"""Nodes: Ready, pressure, cordoned."""

import pytest

from homeperf_ray.kube.resources import NODES
from tests.checks.judging import DAY, HOUR, MINUTE, condition, found, judge, meta, table


def node(
    name="worker-1",
    ready="True",
    *,
    cordoned=False,
    tainted=False,
    extra=(),
    reason="KubeletReady",
    message="",
    age=30 * DAY,
    ready_age=5 * HOUR,
):
    spec = {"podCIDR": "10.42.0.0/24", **({"unschedulable": True} if cordoned else {})}
    if tainted:
        spec["taints"] = [{"key": "dedicated", "effect": "NoSchedule"}]
    conditions = [
        condition("MemoryPressure", "False"),
        condition("DiskPressure", "False"),
        condition("PIDPressure", "False"),
        condition("Ready", ready, age=ready_age, reason=reason, message=message),
    ]
    return {"metadata": meta(name, "", age=age), "spec": spec, "status": {"conditions": [*conditions, *extra]}}


def test_healthy_nodes():
    judgement = judge("nodes", {NODES: [node("a"), node("b", extra=[condition("EtcdIsVoter", "True")])]})
    assert (judgement.examined, judgement.findings) == (2, ())


def test_not_ready_says_since_when_and_why():
    sick = node(
        ready="False", ready_age=42 * MINUTE, reason="KubeletNotReady", message="container runtime network not ready"
    )
    [finding] = judge("nodes", {NODES: [sick, node("b")]}).findings
    assert (finding.code, finding.severity, finding.object) == ("HP101", "critical", "Node/worker-1")
    assert finding.message == "not ready for 42m: KubeletNotReady: container runtime network not ready"
    assert finding.hint == "kubectl describe node worker-1"


def test_a_silent_kubelet_is_another_finding_than_one_that_says_no():
    sick = node(ready="Unknown", ready_age=42 * MINUTE, message="Kubelet stopped posting node status.")
    [finding] = judge("nodes", {NODES: [sick]}).findings
    assert finding.code == "HP102"
    assert finding.message == "no word from its kubelet for 42m: Kubelet stopped posting node status."


@pytest.mark.parametrize(
    ("kind", "code"),
    [("MemoryPressure", "HP103"), ("DiskPressure", "HP104"), ("PIDPressure", "HP105"), ("NetworkUnavailable", "HP106")],
)
def test_pressures(kind, code):
    sick = node(extra=[])
    sick["status"]["conditions"] = [condition("Ready", "True"), condition(kind, "True", age=3 * HOUR)]
    [finding] = judge("nodes", {NODES: [sick]}).findings
    assert finding.code == code
    assert "for 3h" in finding.message


def test_a_pressure_that_is_unknown_is_not_said_to_be_there():
    sick = node(ready="Unknown", extra=[condition("MemoryPressure", "Unknown"), condition("DiskPressure", "Unknown")])
    assert found(judge("nodes", {NODES: [sick]})) == {"Node/worker-1": ["HP102"]}


def test_a_cordoned_node_that_is_not_ready_has_both_findings():
    sick = node(ready="False", cordoned=True)
    assert found(judge("nodes", {NODES: [sick]})) == {"Node/worker-1": ["HP101", "HP107"]}


@pytest.mark.parametrize("status", [None, {}, {"conditions": None}, {"conditions": []}])
def test_a_node_that_never_reported_is_not_ready(status):
    sick = {"metadata": meta("new", ""), "status": status}
    [finding] = judge("nodes", {NODES: [sick]}).findings
    assert finding.code == "HP101"
    assert "never reported" in finding.message


def test_no_nodes_are_no_findings():
    assert judge("nodes", {NODES: []}).examined == 0


def test_what_a_kubelet_wrote_of_csi_drivers():
    told, garbled = node("a"), node("b")
    told["metadata"]["annotations"] = {"csi.volume.kubernetes.io/nodeid": '{"b.csi": "x", "a.csi": "y"}'}
    garbled["metadata"]["annotations"] = {"csi.volume.kubernetes.io/nodeid": '["a.csi"'}
    assert table(NODES, [told, garbled, node("c")])["csi_drivers"].to_pylist() == [["a.csi", "b.csi"], [], []]

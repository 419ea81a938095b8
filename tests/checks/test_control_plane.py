"""The API servers of the control plane, and what etcd can bear."""

import pytest

from homeperf_ray.checks.thresholds import Override, Thresholds
from homeperf_ray.kube.resources import ENDPOINT_SLICES, NODES
from tests.checks.judging import DAY, MINUTE, judge
from tests.checks.test_endpoints import endpoint_slice
from tests.checks.test_nodes import node


def master(number, *, age=30 * DAY):
    one = node(f"cp-{number}", age=age)
    one["metadata"]["labels"] = {"node-role.kubernetes.io/control-plane": ""}
    one["status"]["addresses"] = [
        {"type": "Hostname", "address": f"cp-{number}"},
        {"type": "InternalIP", "address": f"192.168.1.{number}"},
    ]
    return one


def api(*numbers, ready=True, family="IPv4"):
    one = endpoint_slice("kubernetes", *[ready] * len(numbers))
    one["metadata"]["namespace"] = "default"
    one["addressType"] = family
    for endpoint, number in zip(one["endpoints"] or (), numbers, strict=True):
        endpoint["addresses"] = [f"192.168.1.{number}" if isinstance(number, int) else number]
    return one


def control_plane(masters, *slices, thresholds=None):
    return judge("control-plane", {NODES: [*masters, node("worker")], ENDPOINT_SLICES: slices}, thresholds)


THERE = "API servers are there, that of"

THREE, FIVE = [[master(number) for number in range(1, most + 1)] for most in (3, 5)]


@pytest.mark.parametrize(
    ("masters", "slices"),
    [
        (THREE, [api(1, 2, 3)]),
        (THREE, [api(1), api(2, 3)]),
        (THREE, []),
        (THREE, [api()]),
        ([master(1)], [api(1)]),
        ([], [api(1)]),
        ([master(1), master(2), master(3, age=MINUTE)], [api(1, 2)]),
    ],
    ids=["all", "two slices", "no slice", "nobody registers", "one", "managed by others", "one is new"],
)
def test_a_whole_control_plane(masters, slices):
    judgement = control_plane(masters, *slices)
    assert (judgement.findings, judgement.notes) == ((), ())


@pytest.mark.parametrize(
    ("masters", "there", "said"),
    [
        (THREE, (1, 2), f"2 of 3 {THERE} cp-3 is not; no other may fail, or etcd loses its quorum of 2"),
        (FIVE, (1, 2, 3, 4), f"4 of 5 {THERE} cp-5 is not; 1 more may fail, or etcd loses its quorum of 3"),
        ([master(1), master(2)], (2,), f"1 of 2 {THERE} cp-1 is not"),
    ],
)
def test_one_is_missing(masters, there, said):
    [finding] = control_plane(masters, api(*there)).findings
    assert (finding.code, finding.severity, finding.namespace) == ("HP108", "warning", "default")
    assert (finding.object, finding.message) == ("Service/kubernetes", said)


@pytest.mark.parametrize(("masters", "there"), [(THREE, (2,)), (FIVE, (1, 5))])
def test_the_quorum_is_gone(masters, there):
    [finding] = control_plane(masters, api(*there)).findings
    assert (finding.code, finding.severity) == ("HP109", "critical")


def test_one_that_is_not_ready_is_not_there():
    [finding] = control_plane(THREE, api(1, 2), api(3, ready=False)).findings
    assert finding.code == "HP108"


@pytest.mark.parametrize("address", ["192.168.1.200", "127.0.0.1"])
def test_addresses_that_are_no_nodes_tell_nothing_of_etcd(address):
    judgement = control_plane(THREE, api(address))
    assert judgement.findings == ()
    assert "etcd's quorum is not judged" in judgement.notes[0]


def test_how_long_a_new_one_may_take_can_be_set():
    patient = Thresholds(overrides=(Override(object="Service/kubernetes", limits=(("rollout_grace", 40 * DAY),)),))
    assert control_plane(THREE, api(1), thresholds=patient).findings == ()


def labelled(number, kubelet, *, etcd):
    one = master(number)
    one["metadata"]["labels"] |= {"node-role.kubernetes.io/etcd": "true"} if etcd else {}
    one["status"]["nodeInfo"] = {"kubeletVersion": kubelet}
    return one


@pytest.mark.parametrize(
    ("kubelet", "etcd", "code"),
    [
        ("v1.34.1+k3s1", True, "HP109"),
        ("v1.34.1+k3s1", False, "HP108"),
        ("v1.34.1+rke2r1", False, "HP108"),
        ("v1.34.1", False, "HP109"),
    ],
)
def test_k3s_with_another_database_has_no_quorum_to_lose(kubelet, etcd, code):
    masters = [labelled(number, kubelet, etcd=etcd) for number in (1, 2, 3)]
    [finding] = control_plane(masters, api(1)).findings
    assert finding.code == code
    assert ("etcd" in finding.message) == (code == "HP109")

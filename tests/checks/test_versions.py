"""Versions of kubelets."""

import pytest

from homeperf_ray.checks.registry import by_name
from homeperf_ray.checks.snapshot import Snapshot
from homeperf_ray.checks.thresholds import Thresholds
from homeperf_ray.kube.resources import NODES
from tests.checks.judging import NOW, found, table
from tests.checks.test_nodes import node


def versions(server, *kubelets):
    nodes = []
    for number, kubelet in enumerate(kubelets):
        nodes.append(node(f"n{number}"))
        nodes[-1]["status"]["nodeInfo"] = {"kubeletVersion": kubelet}
    snapshot = Snapshot({NODES: table(NODES, nodes)}, NOW, server_version=server)
    return by_name("versions").evaluate(snapshot, Thresholds())


@pytest.mark.parametrize(
    ("server", "kubelet", "code"),
    [
        ("v1.34.1", "v1.34.1", None),
        ("v1.34.1", "v1.34.9", None),
        ("v1.34.1", "v1.31.0", None),
        ("v1.34.1", "v1.30.14", "HP116"),
        ("v1.28.0", "v1.25.0", None),
        ("v1.27.9", "v1.25.0", None),
        ("v1.27.9", "v1.24.0", "HP116"),
        ("v1.34.1", "v1.35.0", "HP117"),
        ("v1.31.4+k3s1", "v1.32.0+k3s1", "HP117"),
        ("v1.31.4-eks-7f9249a", "v1.31.3", None),
        ("", "v1.20.0", None),
        ("v1.34.1", None, None),
        ("v1.34.1", "unknown", None),
    ],
)
def test_the_policy(server, kubelet, code):
    assert found(versions(server, kubelet)) == ({"Node/n0": [code]} if code else {})


def test_what_is_said():
    [old] = versions("v1.34.1", "v1.29.2").findings
    assert old.message == "its kubelet is v1.29.2, the API server v1.34.1: more than 3 minor versions apart"


def test_an_upgrade_that_is_under_way_is_a_note():
    judgement = versions("v1.34.1", "v1.34.1", "v1.33.5", "v1.33.4")
    assert judgement.findings == ()
    assert judgement.notes == ("kubelets of several minor versions: 1.34 (1), 1.33 (2)",)
    assert versions("v1.34.1", "v1.34.1", "v1.34.0").notes == ()

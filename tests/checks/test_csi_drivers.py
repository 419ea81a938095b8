"""CSI drivers on nodes."""

import json

import pytest

from homeperf_ray.kube.resources import NODES, PERSISTENT_VOLUMES
from tests.checks.judging import MINUTE, judge
from tests.checks.test_nodes import node
from tests.checks.test_volumes import volume

RBD, NFS = "rook-ceph.rbd.csi.ceph.com", "nfs.csi.k8s.io"


def having(name, *drivers, **options):
    one = node(name, **options)
    if drivers:
        ids = json.dumps(dict.fromkeys(drivers, name))
        one["metadata"]["annotations"] = {"csi.volume.kubernetes.io/nodeid": ids}
    return one


def drivers(nodes, *volumes):
    return judge("csi-drivers", {NODES: nodes, PERSISTENT_VOLUMES: volumes or [volume()]})


SIX = [having(f"n{number}", RBD) for number in range(6)]


def test_where_every_node_has_it_nothing_is_said():
    assert drivers(SIX).findings == ()


def test_a_driver_that_is_nowhere():
    volumes = [volume("a", driver=NFS), volume("b", driver=NFS), volume("c"), volume("d", "Released", driver="gone")]
    [finding] = drivers(SIX, *volumes).findings
    assert (finding.code, finding.object) == ("HP306", f"CSIDriver/{NFS}")
    assert finding.message == "it is registered on none of 6 nodes; 2 bound volumes need it"


def test_one_node_lacks_what_the_others_have():
    [finding] = drivers([*SIX[1:], having("n9", NFS)]).findings
    assert (finding.code, finding.object, finding.part) == ("HP307", "Node/n9", RBD)
    assert RBD in finding.message


@pytest.mark.parametrize(
    "other",
    [
        having("x", ready="False"),
        having("x", cordoned=True),
        having("x", tainted=True),
        having("x", age=MINUTE),
        having("x", ready_age=MINUTE),
    ],
    ids=["not ready", "cordoned", "tainted", "new", "just back"],
)
def test_nodes_that_need_not_have_it(other):
    assert drivers([*SIX, other]).findings == ()


def test_where_many_lack_it_that_is_a_choice():
    assert drivers([*SIX[:3], node("a"), node("b")]).findings == ()


def test_where_no_kubelet_tells_nothing_is_known():
    assert drivers([node("a"), node("b")]).findings == ()


def test_volumes_without_a_driver_need_none():
    plain = volume(driver=None)
    assert drivers([having("a", NFS)], plain).findings == ()

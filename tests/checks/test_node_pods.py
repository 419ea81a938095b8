"""Pods on nodes: how full they are, and how evenly."""

import pytest

from homeperf_ray.checks.thresholds import Override, Thresholds
from homeperf_ray.kube.resources import NODES, PODS
from tests.checks.judging import MINUTE, found, judge
from tests.checks.pod_objects import pod
from tests.checks.test_node_usage import sized


def pods(node, count, **options):
    return [pod(f"{node}-{number}", node=node, **options) for number in range(count)]


def spread(nodes, *placed, thresholds=None):
    return judge("node-pods", {NODES: nodes, PODS: [one for some in placed for one in some]}, thresholds)


def test_a_node_that_is_full():
    assert spread([sized("a", pods="20")], pods("a", 17)).findings == ()
    [finding] = spread([sized("a", pods="20")], pods("a", 18)).findings
    assert (finding.code, finding.message) == ("HP114", "runs 18 of the 20 pods that it may")
    done = pods("a", 10, phase="Succeeded")
    assert spread([sized("a", pods="20")], pods("a", 10), done).findings == ()


def test_a_node_after_its_maintenance_has_too_few():
    nodes = [sized("a"), sized("b"), sized("c")]
    [finding] = spread(nodes, pods("a", 30), pods("b", 30), pods("c", 6)).findings
    assert (finding.code, finding.object) == ("HP115", "Node/c")
    assert finding.message == "runs 6 of 66 pods that any node could run; by its size 22 were its share"


def test_one_node_that_has_nearly_all():
    nodes = [sized(name) for name in "abcd"]
    placed = [pods("a", 60), *(pods(name, 9) for name in "bcd")]
    assert found(spread(nodes, *placed)) == {"Node/a": ["HP115"]}


def test_shares_follow_the_size():
    nodes = [sized("big", cpu="12", memory="48Gi"), sized("small", cpu="4", memory="16Gi")]
    assert spread(nodes, pods("big", 45), pods("small", 15)).findings == ()
    assert found(spread(nodes, pods("big", 15), pods("small", 45))) == {
        "Node/big": ["HP115"],
        "Node/small": ["HP115"],
    }


@pytest.mark.parametrize(
    "other",
    [
        sized("b", cordoned=True),
        sized("b", ready="Unknown"),
        sized("b", tainted=True),
        sized("b", age=MINUTE),
        sized("b", ready_age=MINUTE),
    ],
    ids=["cordoned", "silent", "tainted", "new", "just back"],
)
def test_nodes_that_need_not_have_their_share(other):
    assert "Node/b" not in found(spread([sized("a"), other], pods("a", 60)))


def test_pods_that_belong_to_their_node_do_not_count():
    daemons = pods("a", 40, owner="DaemonSet")
    assert spread([sized("a"), sized("b")], daemons, pods("a", 10), pods("b", 10)).findings == ()


def test_few_pods_are_never_uneven():
    assert spread([sized("a"), sized("b")], pods("a", 19)).findings == ()
    assert spread([sized("a"), sized("b")], pods("a", 20)).findings != ()


def test_nodes_without_a_size_and_a_single_node_are_not_compared():
    assert spread([sized("a", cpu=None, memory=None), sized("b", cpu=None, memory=None)], pods("a", 60)).findings == ()
    assert spread([sized("a")], pods("a", 60)).findings == ()


def test_another_factor_for_a_node():
    relaxed = Thresholds(overrides=(Override(object="Node/b", limits=(("density_factor", 100.0),)),))
    nodes = [sized("a"), sized("b"), sized("c")]
    placed = (pods("a", 30), pods("b", 2), pods("c", 30))
    assert found(spread(nodes, *placed)) == {"Node/b": ["HP115"]}
    assert spread(nodes, *placed, thresholds=relaxed).findings == ()

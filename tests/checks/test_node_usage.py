"""CPU and memory of nodes."""

import pytest

from homeperf_ray.checks.thresholds import Override, Thresholds
from homeperf_ray.kube.resources import NODE_METRICS, NODES
from tests.checks.judging import DAY, HOUR, MINUTE, ago, found, judge, meta
from tests.checks.test_nodes import node


def sized(name="worker-1", *, cpu="4", memory="16Gi", pods="110", **options):
    one = node(name, **options)
    one["status"]["allocatable"] = {"cpu": cpu, "memory": memory, "pods": pods}
    return one


def metrics(name="worker-1", cpu="1", memory="8Gi", *, age=20.0):
    return {"metadata": meta(name, "", age=0), "timestamp": ago(age), "usage": {"cpu": cpu, "memory": memory}}


def usage(nodes, measured, thresholds=None):
    judgement = judge("node-usage", {NODES: nodes, NODE_METRICS: measured}, thresholds)
    assert judgement.examined == len(nodes)
    return judgement


@pytest.mark.parametrize(
    ("cpu", "memory", "codes"),
    [
        ("3599m", "8Gi", []),
        ("3600m", "8Gi", ["HP110"]),
        ("1", "13926Mi", []),
        ("1", "13927Mi", ["HP111"]),
        ("1", "15564Mi", ["HP111"]),
        ("1", "15565Mi", ["HP112"]),
        ("4", "16Gi", ["HP110", "HP112"]),
        (None, None, []),
        ("much", "a lot", []),
    ],
)
def test_the_limits(cpu, memory, codes):
    assert found(usage([sized()], [metrics(cpu=cpu, memory=memory)])) == ({"Node/worker-1": codes} if codes else {})


def test_what_is_said():
    busy, full = usage([sized()], [metrics(cpu="3.9", memory="15.68Gi")]).findings
    assert busy.message == "98 % of 4 cores are in use"
    assert (full.severity, full.message) == ("critical", "98 % of 16.0 GiB of memory are in use")


def test_a_node_that_tells_no_size_is_not_judged():
    assert usage([node()], [metrics(cpu="99", memory="99Gi")]).findings == ()


@pytest.mark.parametrize(
    ("one", "measured", "said"),
    [
        (sized(), [metrics("other")], "metrics-server has no measurement of it"),
        (sized(), [metrics(age=10 * MINUTE)], "metrics-server last measured it 10m ago"),
    ],
)
def test_a_node_that_is_not_measured(one, measured, said):
    [finding] = usage([one], measured).findings
    assert (finding.code, finding.message) == ("HP113", said)


@pytest.mark.parametrize(
    ("one", "measured"),
    [
        (sized(ready="Unknown"), [metrics("other")]),
        (sized(age=MINUTE), [metrics("other")]),
        (sized(ready_age=MINUTE), [metrics("other")]),
        (sized(), [metrics(age=4 * MINUTE)]),
    ],
    ids=["silent anyway", "new", "just ready again", "measured before long"],
)
def test_a_node_that_need_not_be_measured(one, measured):
    assert usage([one], measured).findings == ()


def test_where_nothing_was_measured_at_all_it_is_a_note():
    judgement = usage([sized(), sized("b")], [])
    assert judgement.findings == ()
    assert "has measured nothing yet" in judgement.notes[0]


def test_another_limit_for_a_node():
    calm = Override(object="Node/transcoder", limits=(("node_cpu", 101.0),))
    nodes = [sized("transcoder", age=DAY, ready_age=HOUR), sized()]
    measured = [metrics("transcoder", cpu="4"), metrics(cpu="4")]
    assert found(usage(nodes, measured, Thresholds(overrides=(calm,)))) == {"Node/worker-1": ["HP110"]}

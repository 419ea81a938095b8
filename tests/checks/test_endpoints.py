"""Services and the pods behind them."""

import pytest

from homeperf_ray.checks.thresholds import Override, Thresholds
from homeperf_ray.kube.resources import DAEMON_SETS, DEPLOYMENTS, ENDPOINT_SLICES, ENDPOINTS, SERVICES, STATEFUL_SETS
from tests.checks.judging import DAY, HOUR, MINUTE, ago, found, judge, meta, table


def service(name="web", kind="ClusterIP", *, age=DAY, owned=False, spec=None, **selector):
    owners = {"ownerReferences": [{"kind": "Cluster", "name": "pg", "controller": True}]} if owned else {}
    filled = {"type": kind, "clusterIP": "10.43.0.9", "selector": selector or {"app": "web"}, **(spec or {})}
    return {"metadata": meta(name, age=age, **owners), "spec": filled, "status": {}}


def endpoint_slice(of="web", *ready):
    """A slice with an endpoint for each of ``ready``; None for one that does not say."""
    endpoints = [
        {"addresses": [f"10.42.0.{position}"], "conditions": {} if one is None else {"ready": one, "serving": one}}
        for position, one in enumerate(ready)
    ]
    labels = {"kubernetes.io/service-name": of}
    return {"metadata": meta(f"{of}-x", labels=labels), "addressType": "IPv4", "endpoints": endpoints or None}


def old_endpoints(*subsets, name="web"):
    """Endpoints of the time before EndpointSlices: each subset is its ready and its other addresses."""
    filled = [
        {"addresses": [{"ip": ip} for ip in ready], "notReadyAddresses": [{"ip": ip} for ip in others], "ports": []}
        for ready, others in subsets
    ]
    return {"metadata": meta(name), "subsets": filled or None}


def workload(name="web", desired=1, *, changed=DAY, labels=None):
    conditions = [{"type": "Progressing", "status": "True", "reason": "R", "lastUpdateTime": ago(changed)}]
    template = {"metadata": {"labels": labels or {"app": "web", "tier": "front"}}, "spec": {"containers": []}}
    return {
        "metadata": meta(name),
        "spec": {"replicas": desired, "template": template},
        "status": {"conditions": conditions, "desiredNumberScheduled": desired},
    }


def endpoints(services, slices, *, deployments=(), stateful_sets=(), daemon_sets=(), thresholds=None):
    objects = {
        SERVICES: services,
        ENDPOINT_SLICES: slices,
        DEPLOYMENTS: deployments,
        STATEFUL_SETS: stateful_sets,
        DAEMON_SETS: daemon_sets,
    }
    judgement = judge("endpoints", objects, thresholds)
    assert judgement.examined == len(services)
    return judgement


@pytest.mark.parametrize(
    ("one", "slices"),
    [
        (service(), [endpoint_slice("web", True)]),
        (service(), [endpoint_slice("web", False, True)]),
        (service(), [endpoint_slice("web", None)]),
        (service(), [endpoint_slice("web", False), endpoint_slice("web", True)]),
        (service(), [endpoint_slice("web"), endpoint_slice("web", True)]),
        (service(age=MINUTE), []),
        (service(spec={"selector": None}), []),
        (service(spec={"selector": {}}), []),
        (service(kind="ExternalName"), []),
        (service(spec={"clusterIP": "None"}), []),
        (service(spec={"publishNotReadyAddresses": True}), []),
        (service(owned=True), []),
    ],
)
def test_services_that_are_answered_or_need_not_be(one, slices):
    judgement = endpoints([one], slices)
    assert (judgement.findings, judgement.notes) == ((), ())


def test_nobody_is_there():
    for slices in ([], [endpoint_slice()], [endpoint_slice("other", True)]):
        [finding] = endpoints([service(app="web", tier="front")], slices).findings
        assert (finding.code, finding.object) == ("HP461", "Service/web")
        assert finding.message == "no pod with an address has the labels app=web,tier=front"


def test_somebody_is_there_and_not_ready():
    [one] = endpoints([service()], [endpoint_slice("web", False)]).findings
    [two] = endpoints([service()], [endpoint_slice("web", False), endpoint_slice("web", False)]).findings
    assert (one.code, one.message) == ("HP462", "its one pod is not ready")
    assert (two.code, two.message) == ("HP462", "none of its 2 pods is ready")
    headless = service(spec={"clusterIP": "None"}, owned=True)
    assert found(endpoints([headless], [endpoint_slice("web", False)])) == {"Service/web": ["HP462"]}


def test_a_pod_with_two_addresses_is_one_pod():
    both = [endpoint_slice("web", False, False), {**endpoint_slice("web", False, False), "addressType": "IPv6"}]
    [finding] = endpoints([service()], both).findings
    assert finding.message == "none of its 2 pods is ready"


@pytest.mark.parametrize(
    ("one", "ready", "total"),
    [
        (old_endpoints(), 0, 0),
        (old_endpoints((["10.42.0.1"], ["10.42.0.2"])), 1, 2),
        (old_endpoints((["10.42.0.1"], []), (["10.42.0.1"], [])), 1, 1),
        (old_endpoints((["10.42.0.1"], []), ([], ["10.42.0.1"])), 1, 1),
    ],
)
def test_old_endpoints_are_counted_like_slices(one, ready, total):
    [row] = table(ENDPOINTS, [one]).to_pylist()
    assert (row["namespace"], row["service"], row["ready"], row["total"]) == ("media", "web", ready, total)
    assert table(ENDPOINTS, [one]).schema == table(ENDPOINT_SLICES, []).schema


def test_where_no_slice_could_be_read_nothing_is_missed():
    objects = {SERVICES: [service()], ENDPOINT_SLICES: []}
    assert judge("endpoints", objects, partial={ENDPOINT_SLICES: ("lab",)}).findings == ()
    assert len(judge("endpoints", objects, partial={ENDPOINT_SLICES: ("media",)}).findings) == 1


def test_the_same_name_in_another_namespace_is_another_service():
    other = endpoint_slice("web", True)
    other["metadata"]["namespace"] = "lab"
    assert found(endpoints([service()], [other])) == {"Service/web": ["HP461"]}


@pytest.mark.parametrize("kind", ["deployments", "stateful_sets", "daemon_sets"])
def test_what_is_scaled_to_zero_is_a_note(kind):
    judgement = endpoints(
        [service()], [endpoint_slice()], **{kind: [workload(desired=0), workload("x", labels={"a": "b"})]}
    )
    assert judgement.findings == ()
    assert judgement.notes == ("Services of what is scaled to zero: media/web",)


def test_what_should_run_and_does_not_is_named():
    judgement = endpoints([service()], [], deployments=[workload(desired=2), workload("old", desired=0)])
    [finding] = judgement.findings
    assert finding.code == "HP461"
    assert "no pod of Deployment web, Deployment old has an address yet" in finding.message


def test_while_a_deployment_changes_its_service_is_left_alone():
    for slices in ([], [endpoint_slice("web", False)]):
        assert endpoints([service()], slices, deployments=[workload(changed=MINUTE)]).findings == ()
        assert len(endpoints([service()], slices, deployments=[workload(changed=HOUR)]).findings) == 1


def test_other_limits_for_one_service():
    eager = Override(object="Service/new", limits=(("address_grace", 1.0),))
    items = [service("new", age=MINUTE), service("other", age=MINUTE)]
    assert found(endpoints(items, [], thresholds=Thresholds(overrides=(eager,)))) == {"Service/new": ["HP461"]}


def test_the_service_of_one_pod_of_a_set_that_is_scaled_to_zero():
    """The pod's own name is a label that only the controller sets: no template has it."""
    mine = service(**{"app": "web", "statefulset.kubernetes.io/pod-name": "web-0"})
    judgement = endpoints([mine], [], stateful_sets=[workload(desired=0)])
    assert (judgement.findings, judgement.notes) == ((), ("Services of what is scaled to zero: media/web",))
    [finding] = endpoints([mine], [], stateful_sets=[workload(desired=1)]).findings
    assert "StatefulSet web" in finding.message


def test_services_of_one_name_in_two_namespaces_are_told_apart():
    there, elsewhere = service(), service()
    elsewhere["metadata"]["namespace"] = "photos"
    [finding] = endpoints([there, elsewhere], [endpoint_slice("web", True)]).findings
    assert (finding.namespace, finding.code) == ("photos", "HP461")

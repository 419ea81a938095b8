"""Gateways and their listeners."""

import pytest

from homeperf_ray.checks.thresholds import Override, Thresholds
from homeperf_ray.kube.resources import GATEWAYS
from tests.checks.judging import DAY, HOUR, MINUTE, condition, found, judge, meta

EPOCH = "1970-01-01T00:00:00Z"
YES = {"Accepted": "True", "Programmed": "True"}


def gateway(name="web", conditions=YES, *, age=DAY, since=HOUR, reason="", address=True, listeners=(), tls=()):
    status = {
        "conditions": [condition(kind, said, age=since, reason=reason) for kind, said in conditions.items()],
        "listeners": list(listeners),
    }
    if address:
        status["addresses"] = [{"type": "IPAddress", "value": "192.168.1.7"}]
    spec = {"gatewayClassName": "cilium", "listeners": list(tls)}
    return {"metadata": meta(name, age=age), "spec": spec, "status": status}


def listener_status(name="https", **conditions):
    return {"name": name, "conditions": [condition(kind, said, age=HOUR) for kind, said in conditions.items()]}


def terminating(name="https", hostname="*.home.arpa", secret="web-tls", **more):
    refs = [{"group": "", "kind": "Secret", "name": secret, **more}]
    return {"name": name, "hostname": hostname, "tls": {"mode": "Terminate", "certificateRefs": refs}}


def waiting(name="web", **more):
    item = gateway(name, {"Accepted": "Unknown", "Programmed": "Unknown"}, address=False, **more)
    for one in item["status"]["conditions"]:
        one |= {"reason": "Pending", "message": "Waiting for controller", "lastTransitionTime": EPOCH}
    return item


def gateways(*items, thresholds=None):
    judgement = judge("gateways", {GATEWAYS: items}, thresholds)
    assert judgement.examined == len(items)
    return judgement


@pytest.mark.parametrize(
    "well",
    [
        gateway(),
        gateway(address=False),
        gateway(conditions={"Scheduled": "True", "Ready": "True"}),
        gateway(conditions={"Accepted": "True"}),
        gateway(conditions={"Accepted": "False", "Programmed": "False"}, since=MINUTE),
        gateway(conditions={"Accepted": "True", "Programmed": "Unknown"}, since=MINUTE, address=False),
        waiting(age=MINUTE),
        gateway(listeners=[listener_status(Accepted="True", ResolvedRefs="True", Conflicted="False")]),
    ],
)
def test_what_works_or_is_young_is_left_alone(well):
    assert gateways(well).findings == ()


@pytest.mark.parametrize(
    ("sick", "code"),
    [
        (waiting(), "HP441"),
        (gateway(conditions={}, address=False), "HP441"),
        (gateway(conditions={"Scheduled": "Unknown"}), "HP441"),
        (gateway(conditions={"Accepted": "False", "Programmed": "False"}), "HP442"),
        (gateway(conditions={"Accepted": "True", "Programmed": "False"}, reason="Invalid"), "HP443"),
        (gateway(conditions={"Scheduled": "True", "Ready": "False"}), "HP443"),
        (gateway(conditions={"Accepted": "True", "Programmed": "Unknown"}, address=False), "HP443"),
        (gateway(conditions={"Accepted": "True", "Programmed": "False"}, reason="AddressNotAssigned"), "HP445"),
        (gateway(conditions={"Accepted": "True"}, address=False), "HP445"),
    ],
)
def test_one_fault_a_gateway(sick, code):
    assert found(gateways(sick, gateway("other"))) == {"Gateway/web": [code]}


def test_how_long_nobody_came_is_told_by_the_gateway_and_not_by_the_default_of_1970():
    [finding] = gateways(waiting(age=3 * DAY)).findings
    assert finding.message == "no controller of its class cilium has looked at it for 3d"


def test_listeners_are_told_one_by_one():
    bad = (
        listener_status("a", Conflicted="True", ResolvedRefs="False"),
        listener_status("b", ResolvedRefs="False"),
        listener_status("c", Accepted="False"),
        listener_status("d", Accepted="True"),
    )
    findings = gateways(gateway(listeners=bad)).findings
    assert [(finding.code, finding.part) for finding in findings] == [("HP444", "a"), ("HP444", "b"), ("HP444", "c")]
    assert "conflicts" in findings[0].message


def test_a_listener_may_wait_a_moment_for_its_certificate():
    young = listener_status(ResolvedRefs="False")
    young["conditions"][0] = condition("ResolvedRefs", "False", age=MINUTE)
    assert gateways(gateway(listeners=[young])).findings == ()


def test_other_limits_for_one_gateway():
    patient = Override(object="Gateway/slow", limits=(("address_grace", 2 * DAY),))
    eager = Override(object="Gateway/fast", limits=(("address_grace", 1.0),))
    items = [waiting("slow"), waiting("fast", age=MINUTE), waiting("usual", age=MINUTE)]
    judgement = gateways(*items, thresholds=Thresholds(overrides=(patient, eager)))
    assert found(judgement) == {"Gateway/fast": ["HP441"]}

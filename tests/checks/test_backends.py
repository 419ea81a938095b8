"""Ingresses and the Services behind them."""

import pytest

from homeperf_ray.kube.resources import INGRESSES, SERVICES
from tests.checks.judging import HOUR, MINUTE, found, judge, meta


def service(name="web", *ports, kind="ClusterIP", namespace="media"):
    listed = [{"name": port, "port": number} for port, number in (ports or (("http", 80),))]
    return {"metadata": meta(name, namespace), "spec": {"type": kind, "ports": listed}, "status": {}}


def backend(to="web", **port):
    return {"service": {"name": to, "port": port or {"number": 80}}}


def ingress(*backends, default=None, name="web", age=HOUR):
    paths = [{"path": "/", "pathType": "Prefix", "backend": one} for one in backends]
    spec = {"rules": [{"host": "web.home.arpa", "http": {"paths": paths}}, {"host": "bare.home.arpa"}]}
    if default:
        spec["defaultBackend"] = default
    return {"metadata": meta(name, age=age), "spec": spec, "status": {}}


def backends(ingresses, services):
    judgement = judge("backends", {INGRESSES: ingresses, SERVICES: services})
    assert judgement.examined == len(ingresses)
    return judgement


@pytest.mark.parametrize(
    ("well", "services"),
    [
        (ingress(backend()), [service()]),
        (ingress(backend("web", name="http")), [service()]),
        (ingress(backend("out", number=443)), [service("out", kind="ExternalName")]),
        (ingress(backend("redirect", name="use-annotation")), []),
        (ingress({"resource": {"kind": "StorageBucket", "name": "static"}}), []),
        (ingress({"serviceName": "web", "servicePort": 80}), [service()]),
        (ingress({"serviceName": "web", "servicePort": "http"}), [service()]),
        (ingress(backend("soon"), age=MINUTE), []),
        (ingress(), []),
    ],
)
def test_backends_that_are_there_or_are_no_services(well, services):
    assert backends([well], services).findings == ()


@pytest.mark.parametrize(
    ("sick", "message"),
    [
        (ingress(backend("gone")), "its backend Service gone does not exist"),
        (ingress(default=backend("gone")), "its backend Service gone does not exist"),
        (ingress({"serviceName": "gone", "servicePort": 80}), "its backend Service gone does not exist"),
        (ingress(backend("web", number=81)), "its backend Service web has no port 81 (there is: 80 http, 443)"),
        (ingress(backend("web", name="grpc")), "its backend Service web has no port grpc (there is: 80 http, 443)"),
    ],
)
def test_backends_that_are_not_there(sick, message):
    judgement = backends([sick], [service("web", ("http", 80), (None, 443)), service("gone", namespace="other")])
    assert [(finding.code, finding.message) for finding in judgement.findings] == [("HP463", message)]


def test_one_finding_a_service_and_port_however_many_paths_lead_there():
    judgement = backends([ingress(backend("a"), backend("a"), backend("b"), backend("a", number=81))], [])
    assert found(judgement) == {"Ingress/web": ["HP463"] * 3}
    assert [finding.part for finding in judgement.findings] == ["a:80", "b:80", "a:81"]

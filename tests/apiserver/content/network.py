"""DNS, the CNI, ingress classes with and without controllers, ingresses, Services."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.apiserver.content.made import YOUNG, Made, make
from tests.apiserver.content.workloads import NODES, daemon_set, deployment

SYSTEM = "kube-system"
DNS = {"k8s-app": "kube-dns"}
ADDRESS = {"loadBalancer": {"ingress": [{"ip": "192.168.1.9"}]}}

API = "networking.k8s.io/v1"


def cluster_network(*, broken: bool = False) -> Iterator[Made]:
    """DNS and the CNI: well, or in every state between well and down."""
    if broken:
        yield deployment("coredns", SYSTEM, available=1, labels=DNS, codes=("HP222", "HP413"))
        yield daemon_set("dns-edge", SYSTEM, available=0, labels=DNS, codes=("HP226", "HP412"))
        yield daemon_set("cilium", SYSTEM, available=NODES - 1, codes=("HP227", "HP422"))
        yield daemon_set("kube-router", SYSTEM, available=0, codes=("HP226", "HP421"))
    else:
        yield deployment("coredns", SYSTEM, labels=DNS)
        yield daemon_set("cilium", SYSTEM, labels={"k8s-app": "cilium"})


def ingresses(namespaces: list[str], home: str) -> Iterator[Made]:
    """Five classes, each with another fate of its controller, and ingresses of each."""
    first, second, *_ = namespaces
    for name, controller, code in (
        ("nginx", "k8s.io/ingress-nginx", ()),
        ("haproxy", "haproxy.org/ingress-controller", ("HP401",)),
        ("contour", "projectcontour.io/contour", ("HP402",)),
        ("kong", "ingress-controllers.konghq.com/kong", ("HP403",)),
        ("traefik", "traefik.io/ingress-controller", ("HP404",)),
    ):
        yield make(API, "ingressclasses", "IngressClass", name, body={"spec": {"controller": controller}}, codes=code)
    yield deployment("ingress-nginx-controller", home, image="registry.k8s.io/ingress-nginx/controller:v1.12.0")
    yield deployment("contour", home, available=0, image="ghcr.io/projectcontour/contour:v1.30.2", codes=("HP221",))
    yield deployment("kong", home, available=1, image="kong/kubernetes-ingress-controller:3.4", codes=("HP222",))
    for namespace in namespaces:
        yield _ingress("web", namespace, "nginx", served=True)
    yield _ingress("through-haproxy", first, "haproxy", served=True)
    yield _ingress("through-contour", second, "contour", served=True)
    yield _ingress("no-such-class", first, "nowhere", codes=("HP405",))
    yield _ingress("no-class", second, codes=("HP406",))
    yield _ingress("served-by-somebody", first, "nowhere", served=True)
    yield _ingress("new", second, "nowhere", age=YOUNG)


def endpoints(version: str, namespace: str, service: str, *ready: bool, addresses: tuple[str, ...] = ()) -> Made:
    """The EndpointSlice of a Service, an endpoint each for ``ready``."""
    places = addresses or tuple(f"10.244.7.{number + 1}" for number in range(len(ready)))
    found = [{"addresses": [place], "conditions": {"ready": one}} for place, one in zip(places, ready, strict=True)]
    return make(f"discovery.k8s.io/{version}", "endpointslices", "EndpointSlice", f"{service}-x7k2p", namespace,
                labels={"kubernetes.io/service-name": service},
                body={"addressType": "IPv4", "endpoints": found, "ports": [{"name": "", "port": 8080}]})  # fmt: skip


def api_endpoints(version: str) -> Made:
    """Where the API servers of the control plane are, as the Service ``kubernetes`` leads to them."""
    addresses = tuple(f"192.168.1.{number}" for number in (11, 12, 13))
    return endpoints(version, "default", "kubernetes", True, True, True, addresses=addresses)


def services(namespaces: list[str], version: str) -> Iterator[Made]:
    first, second, *_ = namespaces
    for namespace in namespaces:
        yield _service("web", namespace)
        yield endpoints(version, namespace, "web", True, True)
    yield _service("balanced", first, "LoadBalancer", status=ADDRESS)
    yield endpoints(version, first, "balanced", True)
    yield _service("waits", second, "LoadBalancer", codes=("HP431",))
    yield endpoints(version, second, "waits", True, False)
    yield api_endpoints(version)
    yield _service("new", first, "LoadBalancer", age=YOUNG)


def _ingress(name: str, namespace: str, ingress_class: str = "", *, served: bool = False, **made: Any) -> Made:
    port = {"service": {"name": "web", "port": {"number": 80}}}
    rule = {"host": f"{name}.{namespace}.home.invalid",
            "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": port}]}}  # fmt: skip
    spec = {"rules": [rule], **({"ingressClassName": ingress_class} if ingress_class else {})}
    return make(API, "ingresses", "Ingress", name, namespace, body={"spec": spec},
                status=ADDRESS if served else {}, **made)  # fmt: skip


def _service(name: str, namespace: str, kind: str = "ClusterIP", **made: Any) -> Made:
    spec = {"type": kind, "selector": {"app.kubernetes.io/instance": name}, "ports": [{"port": 80}]}
    return make("v1", "services", "Service", name, namespace, body={"spec": spec}, **made)

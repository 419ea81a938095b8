"""DNS, the CNI, ingress classes with and without controllers, ingresses, Services."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.apiserver.content.made import YOUNG, Made, make
from tests.apiserver.content.nodes import NODES
from tests.apiserver.content.workloads import daemon_set, deployment

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
    yield _ingress("no-backend", first, "nginx", "gone", served=True, codes=("HP463",))
    for name, hosts, codes in (
        ("fitting", ["fitting.home.invalid"], ()),
        ("other-names", ["other.home.invalid"], ("HP457",)),
        ("no-secret", ["no.home.invalid"], ("HP458",)),
    ):
        tls = [{"hosts": hosts, "secretName": "good-tls" if name != "no-secret" else "no-such-tls"}]
        yield _ingress(name, first, "nginx", served=True, tls=tls, codes=codes)
    used = [{"secretName": "garbled-tls"}, {"secretName": "own-tls", "hosts": ["own.home.invalid"]}]
    yield _ingress("with-bad-secrets", first, "nginx", served=True, tls=used)


def endpoints(
    version: str, namespace: str, service: str, *ready: bool, addresses: tuple[str, ...] = (), **made: Any
) -> Made:
    """The EndpointSlice of a Service, an endpoint each for ``ready``."""
    places = addresses or tuple(f"10.244.7.{number + 1}" for number in range(len(ready)))
    found = [{"addresses": [place], "conditions": {"ready": one}} for place, one in zip(places, ready, strict=True)]
    body = {"addressType": "IPv4", "endpoints": found, "ports": [{"name": "", "port": 8080}]}
    return make(f"discovery.k8s.io/{version}", "endpointslices", "EndpointSlice", f"{service}-x7k2p", namespace,
                labels={"kubernetes.io/service-name": service}, body=body, **made)  # fmt: skip


def api_endpoints(version: str, masters: int) -> Made:
    """Where the API servers of the control plane are, as the Service ``kubernetes`` leads to them: so many of three."""
    addresses = tuple(f"192.168.1.{11 + number}" for number in range(masters))
    return endpoints(version, "default", "kubernetes", *[True] * masters, addresses=addresses,
                     about="Service/kubernetes", codes={1: ("HP109",), 2: ("HP108",)}.get(masters, ()))  # fmt: skip


def services(namespaces: list[str], version: str, *, masters: int) -> Iterator[Made]:
    first, second, *_ = namespaces
    for namespace in namespaces:
        yield _service("web", namespace)
        yield endpoints(version, namespace, "web", True, True)
    yield _service("balanced", first, "LoadBalancer", status=ADDRESS)
    yield endpoints(version, first, "balanced", True)
    yield _service("waits", second, "LoadBalancer", codes=("HP431",))
    yield endpoints(version, second, "waits", True, False)
    yield _service("nobody", first, codes=("HP461",))
    yield _service("not-ready", second, codes=("HP462",))
    yield endpoints(version, second, "not-ready", False, False)
    yield _service("down", first, codes=("HP461",))
    yield _service("switched-off", second)
    yield api_endpoints(version, masters)
    yield _service("new", first, "LoadBalancer", age=YOUNG)


def _ingress(
    name: str,
    namespace: str,
    ingress_class: str = "",
    backend: str = "web",
    *,
    served: bool = False,
    tls: list[dict[str, Any]] | None = None,
    **made: Any,
) -> Made:
    port = {"service": {"name": backend, "port": {"number": 80}}}
    rule = {"host": f"{name}.{namespace}.home.invalid",
            "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": port}]}}  # fmt: skip
    spec = {"rules": [rule], "tls": tls or [], **({"ingressClassName": ingress_class} if ingress_class else {})}
    return make(API, "ingresses", "Ingress", name, namespace, body={"spec": spec},
                status=ADDRESS if served else {}, **made)  # fmt: skip


def _service(name: str, namespace: str, kind: str = "ClusterIP", **made: Any) -> Made:
    spec = {"type": kind, "selector": {"app.kubernetes.io/instance": name}, "ports": [{"port": 80}]}
    return make("v1", "services", "Service", name, namespace, body={"spec": spec}, **made)

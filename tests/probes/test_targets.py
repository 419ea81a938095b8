"""What a cluster's objects name as targets."""

from __future__ import annotations

from typing import Any

from homeperf_ray.kube.resources import (
    ENDPOINT_SLICES,
    ENDPOINTS,
    GATEWAYS,
    HTTP_ROUTES,
    INGRESSES,
    NODES,
    SERVICES,
    GroupResource,
)
from homeperf_ray.probes.probe import INSIDE, DnsProbe, HttpProbe, Target, TcpProbe, TlsProbe
from homeperf_ray.probes.settings import ProbeSettings
from homeperf_ray.probes.targets import MAX_TARGETS, placed, resolver_of, targets_of
from tests.checks.judging import condition, meta, table

Object = dict[str, Any]


def targets(objects: dict[GroupResource, list[Object]]) -> tuple[Target, ...]:
    return targets_of({resource: table(resource, items) for resource, items in objects.items()}).targets


def probes(objects: dict[GroupResource, list[Object]]) -> list[str]:
    return [str(target.probe) for target in targets(objects)]


def ingress(rules: list[Object], tls: list[Object] | None = None, name: str = "plex") -> Object:
    return {"metadata": meta(name), "spec": {"rules": rules, "tls": tls or []}}


def rule(host: str | None, *paths: str) -> Object:
    backend = {"service": {"name": "plex", "port": {"number": 80}}}
    made = [{"path": path, "pathType": "Prefix", "backend": backend} for path in paths]
    return {"host": host, "http": {"paths": made}} if host else {"http": {"paths": made}}


def service(name: str, ports: list[Object], **more: Any) -> Object:
    status = {"loadBalancer": {"ingress": more.pop("ingress", [])}}
    return {"metadata": meta(name), "spec": {"ports": ports, **more}, "status": status}


def port(number: int, name: str = "http", protocol: str = "TCP", node: int | None = None) -> Object:
    return {"name": name, "port": number, "protocol": protocol, **({"nodePort": node} if node else {})}


def slice_of(name: str, *addresses: str, namespace: str = "media", ports: list[int] = [], ready: bool = True) -> Object:  # noqa: B006
    return {
        "metadata": meta(f"{name}-x", namespace, labels={"kubernetes.io/service-name": name}),
        "addressType": "IPv4",
        "endpoints": [{"addresses": [address], "conditions": {"ready": ready}} for address in addresses],
        "ports": [{"port": number} for number in ports],
    }


def node(name: str, address: str, *, ready: str = "True") -> Object:
    addresses = [{"type": "InternalIP", "address": address}]
    return {"metadata": meta(name, ""), "status": {"addresses": addresses, "conditions": [condition("Ready", ready)]}}


def test_an_ingress_gives_a_site_a_host_and_its_name_inside():
    found = targets(
        {
            INGRESSES: [
                ingress(
                    [rule("plex.home.arpa", "/web", "/api"), rule("old.home.arpa", "/")],
                    [{"hosts": ["plex.home.arpa"], "secretName": "x"}],
                )
            ]
        }
    )
    assert [target.probe for target in found] == [
        HttpProbe("plex.home.arpa", 443, "/web"),
        DnsProbe("plex.home.arpa", resolver=INSIDE),
        HttpProbe("old.home.arpa", 80, "/", tls=False),
        DnsProbe("old.home.arpa", resolver=INSIDE),
    ]
    assert {(target.namespace, target.object) for target in found} == {("media", "Ingress/plex")}


def test_tls_without_hosts_is_for_all_and_a_wildcard_for_its_children():
    assert probes({INGRESSES: [ingress([rule("a.home.arpa", "/")], [{"secretName": "x"}])]})[0].startswith("https:")
    wildcard = [{"hosts": ["*.home.arpa"], "secretName": "x"}]
    assert probes({INGRESSES: [ingress([rule("a.home.arpa", "/")], wildcard)]})[0].startswith("https:")
    assert probes({INGRESSES: [ingress([rule("a.b.home.arpa", "/")], wildcard)]})[0].startswith("http:")


def test_wildcards_and_rules_without_a_host_are_no_targets():
    assert probes({INGRESSES: [ingress([rule("*.home.arpa", "/"), rule(None, "/"), {"host": "a.home.arpa"}])]}) == [
        "http://a.home.arpa/",
        "dns:a.home.arpa/A@inside",
    ]


def test_what_two_ingresses_publish_is_probed_once():
    rules = [rule("plex.home.arpa", "/")]
    assert len(targets({INGRESSES: [ingress(rules), ingress(rules, name="other")]})) == 2


def test_hostile_objects_give_targets_that_cannot_change_a_request():
    names = ["evil\r\nhost.arpa", "user:pw@home.arpa", "x" * 300, "169.254.169.254", "\x1b[2J"]
    found = targets({INGRESSES: [ingress([rule(name, "/\r\nX: y") for name in names])]})
    assert len(found) == 2 * len(names)
    assert all(target.probe.path == "/" for target in found if isinstance(target.probe, HttpProbe))
    assert all(str(target.probe).isprintable() for target in found)


def gateway(listeners: list[Object], **more: Any) -> Object:
    return {
        "metadata": meta("internal"),
        "spec": {"gatewayClassName": "cilium", "listeners": listeners},
        "status": {"addresses": [{"value": "192.168.1.7"}], "conditions": [condition("Programmed", "True")], **more},
    }


def listener(name: str, port: int, protocol: str, hostname: str = "", mode: str = "") -> Object:
    found: Object = {"name": name, "port": port, "protocol": protocol}
    return found | ({"hostname": hostname} if hostname else {}) | ({"tls": {"mode": mode}} if mode else {})


def route(hosts: list[str], **parent: Any) -> Object:
    rules = [{"matches": [{"path": {"type": "RegularExpression", "value": "/.*"}}, {"path": {"value": "/app"}}]}]
    parents = [{"name": "internal", **parent}]
    return {"metadata": meta("dash"), "spec": {"hostnames": hosts, "parentRefs": parents, "rules": rules}}


def test_a_gateway_gives_what_its_listeners_are():
    assert probes(
        {
            GATEWAYS: [
                gateway(
                    [
                        listener("a", 443, "HTTPS", "a.home.arpa"),
                        listener("b", 8080, "HTTP", "b.home.arpa"),
                        listener("c", 8443, "TLS", "c.home.arpa", "Passthrough"),
                        listener("d", 5432, "TCP"),
                        listener("e", 53, "UDP"),
                        listener("f", 443, "HTTPS", "*.home.arpa"),
                    ]
                )
            ]
        }
    ) == [
        "https://a.home.arpa/",
        "dns:a.home.arpa/A@inside",
        "http://b.home.arpa:8080/",
        "dns:b.home.arpa/A@inside",
        "tls://c.home.arpa:8443",
        "tcp://192.168.1.7:5432",
    ]


def test_a_route_is_reached_at_the_listeners_that_it_is_bound_to():
    listeners = [listener("web", 80, "HTTP"), listener("secure", 8443, "HTTPS", "*.home.arpa")]
    gateways = [gateway(listeners)]
    both = probes({GATEWAYS: gateways, HTTP_ROUTES: [route(["d.home.arpa"])]})
    assert both == ["http://d.home.arpa/app", "dns:d.home.arpa/A@inside", "https://d.home.arpa:8443/app"]
    section = probes({GATEWAYS: gateways, HTTP_ROUTES: [route(["d.home.arpa"], sectionName="secure")]})
    assert section == ["https://d.home.arpa:8443/app", "dns:d.home.arpa/A@inside"]
    assert probes({GATEWAYS: gateways, HTTP_ROUTES: [route(["d.other.arpa"], sectionName="secure")]}) == []
    assert probes({GATEWAYS: gateways, HTTP_ROUTES: [route(["d.home.arpa"], name="gone")]}) == []
    assert probes({GATEWAYS: gateways, HTTP_ROUTES: [route(["d.home.arpa"], kind="Service")]}) == []


def test_a_gateway_that_is_not_programmed_is_told_elsewhere():
    down = gateway([listener("a", 443, "HTTPS", "a.home.arpa")], conditions=[condition("Programmed", "False")])
    assert probes({GATEWAYS: [down]}) == []


def test_a_load_balancer_is_reached_at_each_address_and_tcp_port():
    ports = [port(80), port(443, "https"), port(53, "dns", "UDP")]
    balancer = service("lb", ports, type="LoadBalancer", ingress=[{"ip": "192.168.1.9"}, {"hostname": "lb.home.arpa"}])
    assert probes({SERVICES: [balancer]}) == [
        "tcp://192.168.1.9:80",
        "tcp://192.168.1.9:443",
        "tcp://lb.home.arpa:80",
        "tcp://lb.home.arpa:443",
    ]


def test_a_node_port_is_tried_on_some_ready_nodes_where_somebody_is_behind_it():
    nodes = [node(f"n{number}", f"192.168.1.1{number}") for number in range(5)]
    nodes.append(node("down", "192.168.1.10", ready="Unknown"))
    one = service("np", [port(80, node=30080)], type="NodePort")
    objects = {SERVICES: [one], NODES: nodes[1:], ENDPOINT_SLICES: [slice_of("np", "10.42.0.5")]}
    assert probes(objects) == [f"tcp://192.168.1.1{number}:30080" for number in (1, 2, 3)]
    assert probes({**objects, ENDPOINT_SLICES: [slice_of("np", "10.42.0.5", ready=False)]}) == []
    local = service("np", [port(80, node=30080)], type="NodePort", externalTrafficPolicy="Local")
    assert probes({**objects, SERVICES: [local]}) == []


def test_a_headless_service_with_ready_pods_has_a_name_inside():
    headless = service("db", [port(5432)], clusterIP="None", type="ClusterIP")
    assert targets({SERVICES: [headless], ENDPOINT_SLICES: [slice_of("db", "10.42.0.5")]})[0].probe == DnsProbe(
        "db.media.svc", resolver=INSIDE
    )
    assert targets({SERVICES: [headless], ENDPOINT_SLICES: [slice_of("db")]}) == ()


def test_the_api_servers_are_the_endpoints_of_the_service_kubernetes():
    one = slice_of("kubernetes", "192.168.1.2", "192.168.1.3", namespace="default", ports=[6443])
    assert probes({ENDPOINT_SLICES: [one, slice_of("web", "10.42.0.1", ports=[80])]}) == [
        "tcp://192.168.1.2:6443",
        "tcp://192.168.1.3:6443",
    ]
    old = {
        "metadata": meta("kubernetes", "default"),
        "subsets": [{"addresses": [{"ip": "192.168.1.2"}], "ports": [{"port": 6443}]}],
    }
    tables = {ENDPOINT_SLICES: table(ENDPOINTS, [old])}
    assert [str(target.probe) for target in targets_of(tables).targets] == ["tcp://192.168.1.2:6443"]


def test_the_clusters_resolver_is_known_by_its_selector_or_its_name():
    ports = [port(53, "dns", "UDP"), port(53, "dns-tcp")]
    selected = service("rke-dns", ports, clusterIP="10.43.0.10", selector={"k8s-app": "kube-dns"})
    selected["metadata"]["namespace"] = "kube-system"
    assert resolver_of(targets({SERVICES: [selected]})) == "10.43.0.10:53"
    six = service("kube-dns", ports, clusterIP="fd00::a")
    six["metadata"]["namespace"] = "kube-system"
    assert resolver_of(targets({SERVICES: [six]})) == "[fd00::a]:53"
    assert resolver_of(targets({SERVICES: [service("kube-dns", ports, clusterIP="10.0.0.1")]})) == ""


def test_the_configuration_places_ingresses_and_the_clusters_names():
    ports = [port(53, "dns", "UDP")]
    dns = service("kube-dns", ports, clusterIP="10.43.0.10")
    dns["metadata"]["namespace"] = "kube-system"
    headless = service("db", [port(5432)], clusterIP="None")
    found = targets(
        {
            INGRESSES: [ingress([rule("a.home.arpa", "/")], [{"hosts": ["a.home.arpa"]}])],
            GATEWAYS: [gateway([listener("b", 443, "HTTPS", "b.home.arpa")])],
            SERVICES: [dns, headless],
            ENDPOINT_SLICES: [slice_of("db", "10.42.0.5")],
        }
    )
    settings = ProbeSettings(https_port=8443, cluster_domain="home.cluster")
    shown = [str(target.probe) for target in placed(found, settings)]
    assert shown == [
        "dns:kubernetes.default.svc.home.cluster/A@inside",
        "https://a.home.arpa:8443/",
        "dns:a.home.arpa/A@inside",
        "https://b.home.arpa/",
        "dns:b.home.arpa/A@inside",
        "dns:db.media.svc.home.cluster/A@inside",
    ]


def test_very_many_targets_are_bounded_and_that_is_said():
    rules = [rule(f"h{number}.home.arpa", "/") for number in range(MAX_TARGETS)]
    found = targets_of({INGRESSES: table(INGRESSES, [ingress(rules)])})
    assert len(found.targets) == MAX_TARGETS
    assert found.notes == (f"the cluster names {2 * MAX_TARGETS} targets; the first {MAX_TARGETS} are probed",)


def test_nothing_read_gives_nothing():
    assert targets_of({}) == ((), ())


def test_only_the_users_own_words_are_trusted():
    everything = targets(
        {
            INGRESSES: [ingress([rule("a.home.arpa", "/")])],
            GATEWAYS: [gateway([listener("d", 5432, "TCP"), listener("c", 8443, "TLS", "c.home.arpa", "Passthrough")])],
            SERVICES: [service("lb", [port(80)], type="LoadBalancer", ingress=[{"ip": "127.0.0.1"}])],
        }
    )
    assert len(everything) == 5
    assert not any(getattr(target.probe, "trusted", False) for target in everything)
    assert any(isinstance(target.probe, TcpProbe) for target in everything)
    assert any(isinstance(target.probe, TlsProbe) for target in everything)

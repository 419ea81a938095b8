"""Services, ingress classes and Ingresses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from homeperf_ray.sim.content import endpoints
from homeperf_ray.sim.content.names import SYSTEM
from homeperf_ray.sim.content.plan import Workload
from homeperf_ray.sim.content.pods import Pod
from homeperf_ray.sim.content.world import DAY, Object, Owner, World

DOMAIN = "home.arpa"
BALANCER = "192.168.10.200"
CONTROLLER = "ingress-nginx-controller"
_ISSUED = {"cert-manager.io/cluster-issuer": "letsencrypt-production"}


@dataclass(frozen=True)
class Site:
    """What is published: a workload under a host name, with the Secret of its certificate."""

    namespace: str
    name: str
    host: str
    secret: str
    port: int


def sites(world: World, workloads: Sequence[Workload]) -> list[Site]:
    """What this homelab publishes: up to a fifteenth as many as it has pods, and at most 200."""
    offered = [
        one for one in workloads if one.namespace not in SYSTEM and one.app.kind == "Deployment" and one.app.port
    ]
    number = min(len(offered), max(3, world.options.pods // 15), 200)
    found, hosts = [], set()
    for workload in offered[:number]:
        host = f"{workload.name}.{DOMAIN}"
        if host in hosts:
            host = f"{workload.name}.{workload.namespace}.{DOMAIN}"
        hosts.add(host)
        found.append(Site(workload.namespace, workload.name, host, f"{workload.name}-tls", workload.app.port))
    return found


def service(world: World, workload: Workload, pods: Sequence[Pod]) -> dict[str, list[Object]]:
    """The Service of a workload and the endpoints behind it."""
    app = workload.app
    balanced = app.name == CONTROLLER
    name = "kube-dns" if app.name == "coredns" else app.name
    metadata = world.metadata(name, workload.namespace, age=120 * DAY, labels=workload.labels)
    address = "10.43.0.10" if name == "kube-dns" else world.address("10.43")
    port: Object = {"name": "http", "protocol": "TCP", "port": app.port, "targetPort": app.port}
    if balanced:
        port["nodePort"] = 30443
    ports = [port]
    if name == "kube-dns":
        ports = [
            {"name": "dns", "protocol": "UDP", "port": 53, "targetPort": 53},
            {"name": "dns-tcp", "protocol": "TCP", "port": 53, "targetPort": 53},
            {"name": "metrics", "protocol": "TCP", "port": 9153, "targetPort": 9153},
        ]
    headless = app.kind == "StatefulSet"
    spec: Object = {
        "ports": ports,
        "selector": workload.labels,
        "clusterIP": "None" if headless else address,
        "clusterIPs": ["None" if headless else address],
        "type": "LoadBalancer" if balanced else "ClusterIP",
        "sessionAffinity": "None",
        "ipFamilies": ["IPv4"],
        "ipFamilyPolicy": "SingleStack",
        "internalTrafficPolicy": "Cluster",
    }
    status: Object = {"loadBalancer": {"ingress": [{"ip": BALANCER}]} if balanced else {}}
    owner = Owner("v1", "Service", name, metadata["uid"])
    return {
        "services": [{"metadata": metadata, "spec": spec, "status": status}],
        **endpoints.of_service(world, owner, workload.namespace, pods, ports),
    }


def stray_service(world: World, namespace: str) -> dict[str, list[Object]]:
    """A Service that was left behind when its workload was renamed; its EndpointSlice is empty."""
    labels = {"app.kubernetes.io/name": "legacy-api"}
    metadata = world.metadata("legacy-api", namespace, age=200 * DAY, labels=labels)
    ports = [{"name": "http", "protocol": "TCP", "port": 8080, "targetPort": 8080}]
    address = world.address("10.43")
    spec = {"ports": ports, "selector": labels, "clusterIP": address, "clusterIPs": [address], "type": "ClusterIP"}
    owner = Owner("v1", "Service", "legacy-api", metadata["uid"])
    return {
        "services": [{"metadata": metadata, "spec": spec, "status": {"loadBalancer": {}}}],
        **endpoints.of_service(world, owner, namespace, (), ports),
    }


def default_service(world: World, addresses: Sequence[str]) -> dict[str, list[Object]]:
    """``default/kubernetes``, which leads to the API servers at ``addresses``."""
    labels = {"component": "apiserver", "provider": "kubernetes"}
    ports = [{"name": "https", "protocol": "TCP", "port": 443, "targetPort": 6443}]
    spec = {"ports": ports, "clusterIP": "10.43.0.1", "clusterIPs": ["10.43.0.1"], "type": "ClusterIP"}
    metadata = world.metadata("kubernetes", "default", age=400 * DAY, labels=labels)
    return {
        "services": [{"metadata": metadata, "spec": spec, "status": {"loadBalancer": {}}}],
        **endpoints.of_api(world, addresses),
    }


def ingress_class(world: World) -> Object:
    """The class of ingress-nginx, the default one."""
    annotations = {"ingressclass.kubernetes.io/is-default-class": "true"}
    labels = {"app.kubernetes.io/name": "ingress-nginx", "app.kubernetes.io/component": "controller"}
    metadata = world.metadata("nginx", age=300 * DAY, labels=labels, annotations=annotations, generation=1)
    return {"metadata": metadata, "spec": {"controller": "k8s.io/ingress-nginx"}}


def ingresses(world: World, sites: Sequence[Site]) -> list[Object]:
    """One a site; of a homelab that is not healthy, the second one names its Service as it was called once."""
    return [
        _ingress(world, site, f"{site.name}-v1" if position == 1 and not world.healthy else site.name)
        for position, site in enumerate(sites)
    ]


def _ingress(world: World, site: Site, backend_name: str) -> Object:
    backend = {"service": {"name": backend_name, "port": {"number": site.port}}}
    spec = {
        "ingressClassName": "nginx",
        "rules": [{"host": site.host, "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}}],
        "tls": [{"hosts": [site.host], "secretName": site.secret}],
    }
    metadata = world.metadata(
        site.name,
        site.namespace,
        age=120 * DAY,
        labels={"app.kubernetes.io/name": site.name},
        annotations=None if "certificates" in world.options.without else _ISSUED,
        generation=1,
    )
    return {"metadata": metadata, "spec": spec, "status": {"loadBalancer": {"ingress": [{"ip": BALANCER}]}}}

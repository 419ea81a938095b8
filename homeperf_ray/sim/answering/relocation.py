"""Moves what the homelab's objects name to loopback, where somebody answers: addresses and ports."""

from __future__ import annotations

from typing import Any

from homeperf_ray.sim.answering.ports import Ports
from homeperf_ray.sim.answering.zone import ADDRESS
from homeperf_ray.sim.store import Store

Object = dict[str, Any]

_SLICES = "endpointslices.discovery.k8s.io"
_GATEWAYS = "gateways.gateway.networking.k8s.io"


def relocate(store: Store, ports: Ports, *, dns: int, http: int, https: int, api: int) -> None:
    """Rewrite Services, ingresses, Gateways, nodes and the API server's endpoints. The numbers are ports.

    One Service of the homelab becomes one of type NodePort.
    """
    for service in _items(store, "services"):
        if _moved(service, ports, dns):
            store.put("services", service)
    _node_port(store, ports)
    for ingress in _items(store, "ingresses.networking.k8s.io"):
        ingress["status"] = {"loadBalancer": {"ingress": [{"ip": ADDRESS}]}}
        store.put("ingresses.networking.k8s.io", ingress)
    for gateway in _items(store, _GATEWAYS):
        if gateway["status"].get("addresses"):
            gateway["status"]["addresses"] = [{"type": "IPAddress", "value": ADDRESS}]
        for listener in gateway["spec"]["listeners"]:
            listener["port"] = https if listener["port"] == 443 else http
        store.put(_GATEWAYS, gateway)
    for node in _items(store, "nodes"):
        for address in node["status"]["addresses"]:
            address["address"] = ADDRESS if address["type"] == "InternalIP" else address["address"]
        store.put("nodes", node)
    _api(store, api)


def _moved(service: Object, ports: Ports, dns: int) -> bool:
    meta, spec = service["metadata"], service["spec"]
    if meta["name"] == "kube-dns":
        spec |= {"clusterIP": ADDRESS, "clusterIPs": [ADDRESS]}
        for port in spec["ports"]:
            port["port"] = dns if port["name"].startswith("dns") else port["port"]
        return True
    if spec.get("type") != "LoadBalancer":
        return False
    numbers = ports.open(f"{meta['namespace']}/{meta['name']}", len(spec["ports"]))
    for port, number in zip(spec["ports"], numbers, strict=True):
        port |= {"port": number, "nodePort": number}
    service["status"] = {"loadBalancer": {"ingress": [{"ip": ADDRESS}]}}
    return True


def _node_port(store: Store, ports: Ports) -> None:
    for service in _items(store, "services"):
        meta, spec = service["metadata"], service["spec"]
        system = meta["namespace"] in ("default", "kube-system")
        if spec.get("type") != "ClusterIP" or spec["clusterIP"] == "None" or system:
            continue
        numbers = ports.open(f"{meta['namespace']}/{meta['name']}", len(spec["ports"]))
        spec["type"] = "NodePort"
        for port, number in zip(spec["ports"], numbers, strict=True):
            port["nodePort"] = number
        store.put("services", service)
        return


def _api(store: Store, port: int) -> None:
    """One API server, which is this one."""
    entry = store.collection(_SLICES).get("default", "kubernetes")
    if entry:
        item = entry.document()
        item["endpoints"] = [{"addresses": [ADDRESS], "conditions": {"ready": True}}]
        item["ports"] = [{"name": "https", "port": port, "protocol": "TCP"}]
        store.put(_SLICES, item)
    entry = store.collection("endpoints").get("default", "kubernetes")
    if entry:
        subset = {"addresses": [{"ip": ADDRESS}], "ports": [{"name": "https", "port": port, "protocol": "TCP"}]}
        store.put("endpoints", entry.document() | {"subsets": [subset]})


def _items(store: Store, resource: str) -> list[Object]:
    return [entry.document() for entry in store.collection(resource).entries]

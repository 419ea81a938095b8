"""What is to be probed, as a cluster's own objects say. Pure: from tables to targets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
import pyarrow as pa

from homeperf_ray.kube.resources import (
    ENDPOINT_SLICES,
    GATEWAYS,
    HTTP_ROUTES,
    INGRESSES,
    NODES,
    SERVICES,
    GroupResource,
)
from homeperf_ray.probes.hosts import path_of
from homeperf_ray.probes.probe import INSIDE, DnsProbe, HttpProbe, Probe, Target, TcpProbe, TlsProbe
from homeperf_ray.probes.settings import ProbeSettings

READS = (INGRESSES, GATEWAYS, HTTP_ROUTES, SERVICES, ENDPOINT_SLICES, NODES)
"""The resources whose tables are looked at, where they are there."""

MAX_TARGETS = 5_000
"""Targets of one cluster; more are counted and left out."""

MAX_NODES = 3
"""Nodes on which a NodePort is tried."""

CANARY = "kubernetes.default.svc"
"""A name that every cluster's resolver knows, without the cluster's domain."""

_DNS_SELECTOR = "k8s-app=kube-dns"
_DNS_NAMES = frozenset({"kube-dns", "coredns", "rke2-coredns-rke2-coredns"})
_WEB = {"HTTP": False, "HTTPS": True}

Tables = Mapping[GroupResource, pa.Table]
Row = Mapping[str, Any]


class Found(NamedTuple):
    """Targets, each probe once, and notes for the reader."""

    targets: tuple[Target, ...]
    notes: tuple[str, ...]


def targets_of(tables: Tables) -> Found:
    """The targets of a cluster: what is published by ingresses, Gateways and HTTPRoutes; LoadBalancers, NodePorts and
    headless Services; the API servers; and the cluster's resolver.

    Names inside the cluster end in ``.svc`` here, and ingresses have the ports 80 and 443: see ``placed``. Hosts that
    are wildcards are no targets, since nobody knows a name that they stand for.
    """
    made = (
        *_resolvers(_rows(tables, SERVICES)),
        *_api_servers(_rows(tables, ENDPOINT_SLICES)),
        *_ingresses(_rows(tables, INGRESSES)),
        *_gateways(_rows(tables, GATEWAYS), _rows(tables, HTTP_ROUTES)),
        *_services(_rows(tables, SERVICES), _rows(tables, NODES), _answering(_rows(tables, ENDPOINT_SLICES))),
    )
    unique = each_once(made)
    notes = []
    if len(unique) > MAX_TARGETS:
        notes.append(f"the cluster names {len(unique)} targets; the first {MAX_TARGETS} are probed")
    return Found(unique[:MAX_TARGETS], tuple(notes))


def each_once(targets: Iterable[Target]) -> tuple[Target, ...]:
    """Each probe once, for the first object that names it."""
    found: dict[Probe, Target] = {}
    for target in targets:
        found.setdefault(target.probe, target)
    return tuple(found.values())


def placed(targets: Iterable[Target], settings: ProbeSettings) -> tuple[Target, ...]:
    """The targets with what only the configuration knows: the ingress controller's ports, the cluster's domain."""
    return tuple(msgspec.structs.replace(target, probe=_placed(target, settings)) for target in targets)


def resolver_of(targets: Iterable[Target]) -> str:
    """The cluster's resolver as its Service says, ``ADDRESS:PORT``; empty where there is none."""
    return next((target.probe.resolver for target in targets if _is_canary(target.probe)), "")  # type: ignore[union-attr]


def _placed(target: Target, settings: ProbeSettings) -> Probe:
    probe = target.probe
    if isinstance(probe, HttpProbe) and target.object.startswith("Ingress/"):
        return msgspec.structs.replace(probe, port=settings.https_port if probe.tls else settings.http_port)
    if isinstance(probe, DnsProbe) and _is_canary(probe):
        return DnsProbe(f"{probe.name}.{settings.cluster_domain}", resolver=INSIDE)
    if isinstance(probe, DnsProbe) and probe.resolver == INSIDE and target.object.startswith("Service/"):
        return msgspec.structs.replace(probe, name=f"{probe.name}.{settings.cluster_domain}")
    return probe


def _is_canary(probe: Probe) -> bool:
    return isinstance(probe, DnsProbe) and probe.name == CANARY and probe.resolver != INSIDE


def _rows(tables: Tables, resource: GroupResource) -> list[dict[str, Any]]:
    table = tables.get(resource)
    return [] if table is None else table.to_pylist()


def _target(probe: Probe, kind: str, row: Row) -> Target:
    return Target(probe=probe, object=f"{kind}/{row['name']}", namespace=row.get("namespace") or "")


def _published(kind: str, row: Row, host: str, port: int, path: str, *, tls: bool) -> Iterator[Target]:
    """A host as it is reached from here, and as the cluster's own resolver knows it."""
    if host and not host.startswith("*"):
        yield _target(HttpProbe(host, port, path_of(path), tls), kind, row)
        yield _target(DnsProbe(host, resolver=INSIDE), kind, row)


def _ingresses(rows: Sequence[Row]) -> Iterator[Target]:
    for row in rows:
        for route in row["routes"] or ():
            tls = bool(route["tls"])
            yield from _published("Ingress", row, route["host"], 443 if tls else 80, route["path"], tls=tls)


def _gateways(gateways: Sequence[Row], routes: Sequence[Row]) -> Iterator[Target]:
    """Listeners with a host of their own, then the hosts of routes at the listeners to which they are bound."""
    listeners: dict[tuple[str, str], list[Row]] = {}
    for row in gateways:
        there = listeners.setdefault((row["namespace"] or "", row["name"]), [])
        there += [one for one in row["listeners"] or () if one["port"]] if row["programmed"] != "False" else []
        for listener in there:
            yield from _listener(row, listener)
    for row in routes:
        for parent in row["parents"] or ():
            for listener in listeners.get((parent["namespace"] or "", parent["name"] or ""), ()):
                if _bound(parent, listener) and listener["protocol"] in _WEB:
                    tls = _WEB[listener["protocol"]]
                    for host in row["hosts"] or ():
                        if _within(host, listener["hostname"]):
                            yield from _published("HTTPRoute", row, host, listener["port"], row["path"], tls=tls)


def _listener(row: Row, listener: Row) -> Iterator[Target]:
    host, port, protocol = listener["hostname"] or "", listener["port"], listener["protocol"]
    if protocol == "TCP" or (protocol == "TLS" and not listener["passthrough"] and not host):
        for address in row["addresses"] or ():
            yield _target(TcpProbe(address, port), "Gateway", row)
    elif protocol == "TLS" and host and not host.startswith("*"):
        yield _target(TlsProbe(host, port), "Gateway", row)
    elif protocol in _WEB:
        yield from _published("Gateway", row, host, port, "/", tls=_WEB[protocol])


def _bound(parent: Row, listener: Row) -> bool:
    section, port = parent["section"], parent["port"]
    return (not section or section == listener["name"]) and (not port or port == listener["port"])


def _within(host: str, of: str | None) -> bool:
    """Whether a route's host is one of a listener's (Gateway API: a wildcard stands for one or more labels)."""
    if not of or host == of:
        return True
    return of.startswith("*.") and host.endswith(of[1:])


def _services(services: Sequence[Row], nodes: Sequence[Row], answering: frozenset[tuple[str, str]]) -> Iterator[Target]:
    ready = [row["addresses"][0] for row in nodes if row["ready"] == "True" and row["addresses"]]
    for row in services:
        ports = [port for port in row["ports"] or () if port["protocol"] == "TCP"]
        place = (row["namespace"] or "", row["name"])
        if row["type"] == "LoadBalancer":
            for address in row["addresses"] or ():
                for port in ports:
                    yield _target(TcpProbe(address, port["number"] or 0), "Service", row)
        elif row["type"] == "NodePort" and not row["local_traffic"] and place in answering:
            for address in sorted(set(ready))[:MAX_NODES]:
                for port in ports:
                    if port["node_port"]:
                        yield _target(TcpProbe(address, port["node_port"]), "Service", row)
        elif row["headless"] and place in answering:
            name = f"{row['name']}.{row['namespace']}.svc"
            yield _target(DnsProbe(name, resolver=INSIDE), "Service", row)


def _answering(slices: Sequence[Row]) -> frozenset[tuple[str, str]]:
    """The Services that have a ready pod: behind others nobody answers, which is told elsewhere.

    Slices of IPv6 alone do not count: their Services have no record of type A.
    """
    return frozenset(
        (row["namespace"] or "", row["service"] or "")
        for row in slices
        if row["ready"] and row["address_type"] != "IPv6"
    )


def _api_servers(slices: Sequence[Row]) -> Iterator[Target]:
    """Every API server that the cluster itself knows, by its address; whoever reads the cluster knows its own."""
    for row in slices:
        for address in row["addresses"] or ():
            for port in row["ports"] or ():
                yield _target(TcpProbe(address, port), "Service", {"namespace": row["namespace"], "name": "kubernetes"})


def _resolvers(services: Sequence[Row]) -> Iterator[Target]:
    for row in services:
        marked = _DNS_SELECTOR in (row["selector"] or ()) or row["name"] in _DNS_NAMES
        if marked and row["cluster_ip"] and row["namespace"] == "kube-system":
            ports = [port["number"] for port in row["ports"] or () if port["protocol"] == "UDP" and port["number"]]
            address = f"[{row['cluster_ip']}]" if ":" in row["cluster_ip"] else row["cluster_ip"]
            yield _target(DnsProbe(CANARY, resolver=f"{address}:{ports[0] if ports else 53}"), "Service", row)
            return

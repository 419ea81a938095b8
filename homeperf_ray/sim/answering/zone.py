"""The names of the homelab, as its store says at the moment: those outside, and those that only the cluster knows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from homeperf_ray.sim.answering.dns_server import Records
from homeperf_ray.sim.store import Store

ADDRESS = "127.0.0.1"
CLUSTER = "cluster.local"
_PUBLISHED = (
    "ingresses.networking.k8s.io",
    "gateways.gateway.networking.k8s.io",
    "httproutes.gateway.networking.k8s.io",
)
_READ = (*_PUBLISHED, "services", "endpointslices.discovery.k8s.io")


class Zone:
    """Names by type; read from the store again when it has changed."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._version = -1
        self._outside: dict[str, dict[str, list[str]]] = {}
        self._inside: dict[str, dict[str, list[str]]] = {}

    def outside(self, name: str, kind: str) -> Records | None:
        """What the home's own DNS server knows: what is published, and the domain itself."""
        self._read()
        return _records(self._outside, name, kind)

    def inside(self, name: str, kind: str) -> Records | None:
        """What the cluster's DNS server knows: Services, and whatever is known outside."""
        self._read()
        found = _records(self._inside, name, kind)
        return found if found is not None or name.endswith(CLUSTER) else _records(self._outside, name, kind)

    def published(self, host: str) -> bool:
        """Whether the ingress controller has a page for this host."""
        self._read()
        return host in self._outside or f"*.{host.partition('.')[2]}" in self._outside

    def _read(self) -> None:
        if self._version == self._store.version:
            return
        self._version = self._store.version
        self._outside = {"home.arpa": {"MX": ["10 mail.home.arpa"], "TXT": ["homelab"], "NS": ["ns.home.arpa"]}}
        self._outside["mail.home.arpa"] = {"A": [ADDRESS]}
        for resource in _PUBLISHED:
            for item in self._items(resource):
                for host in _hosts(item.get("spec", {})):
                    self._outside[host.lower()] = {"A": [ADDRESS]}
        self._inside = {}
        behind: dict[str, list[str]] = {}
        for one in self._items("endpointslices.discovery.k8s.io"):
            place = f"{one['metadata']['labels'].get('kubernetes.io/service-name')}.{one['metadata']['namespace']}"
            for endpoint in one.get("endpoints") or ():
                if endpoint.get("conditions", {}).get("ready") is not False:
                    behind.setdefault(place, []).extend(endpoint["addresses"])
        for service in self._items("services"):
            place = f"{service['metadata']['name']}.{service['metadata']['namespace']}"
            address = service.get("spec", {}).get("clusterIP")
            there = behind.get(place, []) if address == "None" else [address] if address else []
            if there:
                self._inside[f"{place}.svc.{CLUSTER}"] = {"A": there}

    def _items(self, resource: str) -> Iterator[dict[str, Any]]:
        return (entry.document() for entry in self._store.collection(resource).entries)


def _hosts(spec: dict[str, Any]) -> Iterator[str]:
    yield from (rule["host"] for rule in spec.get("rules") or () if rule.get("host"))
    yield from (one["hostname"] for one in spec.get("listeners") or () if one.get("hostname"))
    yield from spec.get("hostnames") or ()


def _records(zone: dict[str, dict[str, list[str]]], name: str, kind: str) -> Records | None:
    """A name's own records, or those of the wildcard above it (RFC 4592); None where there is neither."""
    found = zone.get(name)
    if found is None:
        found = zone.get(f"*.{name.partition('.')[2]}")
    return None if found is None else [(name, kind, value) for value in found.get(kind, ())]

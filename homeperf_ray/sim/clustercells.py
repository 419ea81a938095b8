"""The cells of services, storage and events."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from homeperf_ray.sim.ages import since
from homeperf_ray.sim.columns import Object, age, labels_of


def service(item: Object, now: datetime) -> list[Any]:
    spec = item["spec"]
    balancer = item.get("status", {}).get("loadBalancer", {}).get("ingress", [])
    external = ",".join(one.get("ip", one.get("hostname", "")) for one in balancer)
    if not external:
        external = "<pending>" if spec["type"] == "LoadBalancer" else "<none>"
    ports = ",".join(
        f"{port['port']}{':' + str(port['nodePort']) if port.get('nodePort') else ''}/{port.get('protocol', 'TCP')}"
        for port in spec.get("ports", [])
    )
    return [
        spec["type"],
        spec.get("clusterIP") or "<none>",
        external,
        ports or "<none>",
        age(item, now),
        labels_of(spec.get("selector")),
    ]


_MODES = {"ReadWriteOnce": "RWO", "ReadWriteMany": "RWX", "ReadOnlyMany": "ROX", "ReadWriteOncePod": "RWOP"}


def _modes(modes: list[str]) -> str:
    return ",".join(_MODES[mode] for mode in modes)


def claim(item: Object, now: datetime) -> list[Any]:
    spec, status = item["spec"], item["status"]
    bound = "capacity" in status
    return [
        status["phase"],
        spec.get("volumeName", ""),
        status["capacity"]["storage"] if bound else "",
        _modes(status.get("accessModes", [])),
        spec.get("storageClassName", ""),
        "<unset>",
        age(item, now),
        spec.get("volumeMode", "Filesystem"),
    ]


def volume(item: Object, now: datetime) -> list[Any]:
    spec, status = item["spec"], item["status"]
    claim = spec.get("claimRef")
    return [
        spec["capacity"]["storage"],
        _modes(spec["accessModes"]),
        spec["persistentVolumeReclaimPolicy"],
        status["phase"],
        f"{claim['namespace']}/{claim['name']}" if claim else "",
        spec.get("storageClassName", ""),
        "<unset>",
        status.get("reason", ""),
        age(item, now),
        spec.get("volumeMode", "Filesystem"),
    ]


def ingress(item: Object, now: datetime) -> list[Any]:
    spec = item["spec"]
    balancer = item.get("status", {}).get("loadBalancer", {}).get("ingress", [])
    return [
        spec.get("ingressClassName") or "<none>",
        ",".join(rule.get("host", "*") for rule in spec.get("rules", [])) or "*",
        ",".join(one.get("ip", one.get("hostname", "")) for one in balancer),
        "80, 443" if spec.get("tls") else "80",
        age(item, now),
    ]


def slice_(item: Object, now: datetime) -> list[Any]:
    ports = ",".join(str(port["port"]) for port in item.get("ports") or []) or "<unset>"
    addresses = [address for endpoint in item.get("endpoints") or [] for address in endpoint["addresses"]]
    shown = ",".join(addresses[:3]) + (f" + {len(addresses) - 3} more..." if len(addresses) > 3 else "")
    return [item["addressType"], ports, shown or "<unset>", age(item, now)]


def endpoints(item: Object, now: datetime) -> list[Any]:
    places = [
        f"{address['ip']}:{port['port']}"
        for subset in item.get("subsets") or []
        for port in subset["ports"]
        for address in subset.get("addresses") or []
    ]
    more = f" + {len(places) - 3} more..." if len(places) > 3 else ""
    return [",".join(places[:3]) + more or "<none>", age(item, now)]


def event(item: Object, now: datetime) -> list[Any]:
    about, source = item["involvedObject"], item.get("source", {})
    return [
        since(item.get("lastTimestamp"), now),
        item["type"],
        item["reason"],
        f"{about['kind'].lower()}/{about['name']}",
        about.get("fieldPath", ""),
        ", ".join(part for part in (source.get("component", ""), source.get("host", "")) if part),
        item["message"],
        since(item.get("firstTimestamp"), now),
        item.get("count", 1),
        item["metadata"]["name"],
    ]


def storage_class(item: Object, now: datetime) -> list[Any]:
    expansion = "true" if item.get("allowVolumeExpansion") else "false"
    return [item["provisioner"], item["reclaimPolicy"], item["volumeBindingMode"], expansion, age(item, now)]


def ingress_class(item: Object, now: datetime) -> list[Any]:
    return [item["spec"]["controller"], "<none>", age(item, now)]
